# What time does by itself, and what a key's owner does against thieves.
# shellcheck shell=bash disable=SC2154
chapter "Time passes"

say "The investigator's seal is over, and nobody has opened it. The duty to do so is overdue."
pass "$unseal_by"
duty="$("$bulla" duty due "$(TZ=UTC-8 date -d "$unseal_by" +%F)" --open "${asked[@]}")"
indented <<<"$duty"
duty="$(grep -o 'unseal[^ ]*' <<<"$duty" | head -1)"

say "The province above takes it up, and opens the seal itself. Now the person sees who looked."
act coast duty escalate "$duty" --to "$coast"
shows "$coast" duty show "$duty"
act coast access unseal "$sealed" --by "$coast" --subject-file person --seal-file seal
shows "$sealed" subject lines person accesses

say "Port city goes over to its next key. Only the one that it promised will do, and the old one signs nothing any more."
act port-next org rotate port.key.pub port-next.key.pub
refused BUL-0204 port licence revoke "$market"

say "The tea room's suspension is over. Nobody lifted it: the next act, with the new key, corrects a spelling, and finds it active."
pass "$tea_again"
act port-next licence correct "$tea" --slip spelling --field name="Tea-room"
shows active licence show "$tea"
