# Bodies, their keys, and the law by which everybody's clocks run.
# shellcheck shell=bash disable=SC2154
chapter "A government"

say "Four departments start a ledger of their own, on this machine."
run testnet init --dir net --bullad ../target/debug/bullad
run testnet up --dir net --bullad ../target/debug/bullad
cp net/operator/passphrase passphrase

say "Three of the four enact the country's law: how long an objection may wait, a bad mark stand, a look be sealed."
enacted=()
for node in 0 1 2; do
    enacted+=(--key "net/node-$node/consensus.key" --passphrase-file "net/node-$node/passphrase")
done
run law load "$law" "${enacted[@]}" "${ledger[@]}" --wait

national=11100000TRY000001A
coast=11440000TRY0100154
port=11440300TRY010023E
hills=11510000TRY020010N
spring=11510100TRY020029Q
everything=(--role registrar --role issuer --role recorder --role steward --role consumer --role intake --role supervisor
    --role identity-authority)

say "The national body's root key, kept in a safe, gives its clerks a key for the day."
key national
act net/operator/registrar org key "$national" national.key.pub "${everything[@]}"

# Name of the key, code, name, region, level, code of the body above, key of that body.
body() {
    key "$1"
    key "$1-next"
    act "$7" org register "$2" --name "$3" --region "$4" --level "$5" --parent "$6"
    act "$7" org key "$2" "$1.key.pub" "${everything[@]}" --next "$1-next.key.pub"
}
say "The national body registers two provinces, and each of them a city. Each key comes with a promise of the one after it."
body coast "$coast" "Coast province" 440000 provincial "$national" national
body port "$port" "Port city" 440300 municipal "$coast" coast
body hills "$hills" "Hills province" 510000 provincial "$national" national
body spring "$spring" "Spring city" 510100 municipal "$hills" hills
