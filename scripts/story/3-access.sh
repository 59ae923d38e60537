# A person's data: who may look, who did, and who has to answer for it.
# shellcheck shell=bash disable=SC2154
chapter "Who looked at my data"

say "A person is registered by a random name, of which nothing can be computed back."
run keys handle person
act port subject register person --kind natural --by "$port"

say "Coast province puts its register of health certificates into the catalogue; Port city asks for it, and gets it."
echo "who may see it, and for what" > conditions
echo "officer 17, at counter 3" > officer
register="$coast/1"
terms=(--purposes 1 --fields 0,2 --region 440300 --until "$until" --budget 100)
act coast access register "$register" --name "Health certificates" --region 440000 --fields 3 --conditions conditions
act coast access publish "$register"
act port access request "$register" --by "$port" "${terms[@]}"
request="$name"
act coast access grant "$request" --by "$coast" "${terms[@]}"

say "An officer wants to look. The person was never asked: the ledger opens no ticket."
look=(--subject-file person --purpose 1 --fields 2 --region 440300 --officer officer)
refused BUL-0737 port access ticket "$request" "${look[@]}"

say "The person consents. Now there is a ticket before anything is released, and a receipt of what was."
echo "I agree" > consent
echo "the certificate" > released
act port access consent "$register" --by "$port" --subject-file person --requester "$port" --purposes 1 --paper consent
act port access ticket "$request" "${look[@]}" --consent "$name"
act coast access receipt "$name" --released released --subject-file person --found hit

say "An investigator looks because a law says so, and that law keeps it from the person for a while: twelve seconds, here."
act port access request "$register" --by "$port" "${terms[@]}"
investigation="$name"
act coast access grant "$investigation" --by "$coast" "${terms[@]}" --law "Trial act on investigations" --article 7
unseal_by="$(after 12)"
act port access ticket "$investigation" "${look[@]}" --seal-file seal --seal-until "$unseal_by"
sealed="$name"

say "The person asks who looked. The list is whole: one line nobody can read yet, and none can be left out."
shows sealed subject lines person accesses
