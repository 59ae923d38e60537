# What a citizen takes home, and what a stranger makes of it with every node switched off.
# shellcheck shell=bash disable=SC2154
chapter "Proofs"

say "The holders take proof files home, one licence each."
for licence in "tea $tea" "noodles $noodles" "never $never"; do
    run proof save "${licence#* }" "${licence%% *}.bulla" --node http://127.0.0.1:7401 --genesis net/genesis.json
done
ls -l ./*.bulla | awk '{ print "    " $9 ": " $5 " bytes" }'

say "All four nodes stop. There is no network any more."
run testnet down --dir net

anchored=(--anchor net/genesis.json --max-age 24h)
say "A stranger with nothing but the genesis file checks the tea room's licence."
ends 0 verify tea.bulla "${anchored[@]}"
say "And the one that the noodle house had before it moved."
ends 3 verify noodles.bulla "${anchored[@]}"
say "And one that somebody made up: it is proved that it was never issued."
ends 3 verify never.bulla "${anchored[@]}"
say "A forger changes one byte of the tea room's file."
cp tea.bulla forged.bulla
byte="$(od -An -tu1 -j300 -N1 forged.bulla)"
printf "\\x$(printf %02x $((byte ^ 1)))" | dd of=forged.bulla bs=1 seek=300 conv=notrunc status=none
ends 4 verify forged.bulla "${anchored[@]}"

printf '\n\033[1m%s\033[0m\n' \
    "That was Bulla: what is inside can be checked from the seals outside, by anyone, without trusting the bearer."
