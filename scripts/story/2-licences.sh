# Licences: issued, suspended for a time, issued by two together, moved from one province to another.
# shellcheck shell=bash disable=SC2154
chapter "Licences"

type="${national}001"
number() { "$bulla" licence identifier "$type" "$@"; }
noodles="$(number "$port" 2026000001)"
tea="$(number "$port" 2026000002)"
market="$(number "$port" 2026000003)"
never="$(number "$port" 2026999999)"
moved="$(number "$spring" 2026000001)"

say "The national body opens a type of licence, and makes three bodies competent to issue it."
act national type register "$type" --name "Food business licence" --region 000000 --max-term-days 1830
act national type grant "$type" "$port" --region 440300
act national type grant "$type" "$coast" --region 440000
act national type grant "$type" "$spring" --region 510100

say "Port city issues two licences."
until="$(date -d '+3 years' +%F)"
act port licence issue "$noodles" --region 440300 --until "$until" --field name="Noodle house"
act port licence issue "$tea" --region 440300 --until "$until" --field name="Tea room"

say "Somebody without the right tries to suspend one. The ledger refuses, and says which rule and what to do."
refused BUL-0503 spring licence suspend "$noodles" --by "$spring"

say "Port city suspends the tea room's licence, for twenty seconds. Nobody will have to lift it."
tea_again="$(after 20)"
act port licence suspend "$tea" --until "$tea_again"
shows suspended licence show "$tea"

say "A licence for the market hall needs the city and the province. It is nothing until the second has signed."
act port licence issue-jointly "$market" --region 440300 --until "$until" --field name="Market hall" \
    --with "$coast" --sign-by "$(date -d '+30 days' +%F)"
shows "not in force" licence show "$market"
act coast licence cosign "$market" --by "$coast"
shows active licence show "$market"

say "The noodle house moves to the other province. Port city offers its licence, Spring city takes it over: there is always one."
act port licence transfer-out "$noodles" --to "$spring"
act spring licence transfer-in "$moved" --from "$noodles" --region 510100 --field name="Noodle house"
shows transferred licence show "$noodles"
