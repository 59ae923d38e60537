# Credit: what is said of a firm, its objection, and what ends with the reason for it.
# shellcheck shell=bash disable=SC2154
chapter "Credit"

say "The national body says what may be held against a firm at all, by which law, and who may say it."
fines="$national/2"
offenders="$national/3"
act national credit item define "$fines" --name "Fines of enterprises" --of legal --bearing negative --grade ordinary \
    --law "Trial act on penalties" --article 9 --published --repairable --region 000000
act national credit item empower "$fines" "$port" --region 440300
act national credit list create "$offenders" --name "Serious offenders" --of legal --bearing negative --region 000000 \
    --term 3 --unit years --law "Trial act on lists"
act national credit item empower "$offenders" "$port" --region 440300
act national credit list join "$offenders" "$port"

say "Port city records two fines of a firm. The decisions stay with the city; the ledger has only commitments to them."
run keys handle firm
act port subject register firm --kind legal --by "$port"
about=(--by "$port" --item "$fines" --subject firm --region 440300)
echo "a fine of 5000" > first
echo "a fine of 90000" > second
act port credit record "${about[@]}" --decision first
wrong="$name"
act port credit record "${about[@]}" --decision second
right="$name"

say "The firm objects to the first: a nought too many. From now on a clock runs, and it is seen that the event is disputed."
echo "it was 500" > objection
act port credit object "$wrong" --paper objection
shows disputed credit show "$wrong"

say "It is right. The event is corrected, and the mark that it was stays."
echo "a fine of 500" > corrected
act port credit correct "$wrong" --decision corrected
shows "corrections: 1" credit show "$wrong"

say "For the second the firm is put on the black list, and one of the measures of that list is taken against it."
act port credit list enter "$offenders" --by "$port" --subject firm --region 440300 --event "$right" --decision second
entry="$name"
act port credit measure start "$entry" --decision second --by "$port"
measure="$name"
shows "in force" credit measure show "$measure"

say "The firm has made good, and is taken off the list. The measure ends with the entry; nobody can forget to end it."
act port credit list remove "$entry"
shows "not in force" credit measure show "$measure"
