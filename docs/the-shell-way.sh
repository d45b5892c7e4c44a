#!/bin/sh
# What people put into cron to prove domains to Cloudflare; `make demo` runs it beside dnsproof. Written with care: it adds values, looks at
# the zone's name server before it asks, sleeps as long as certbot's plugins do, tries again with new tokens, and cleans up.
# usage: CLOUDFLARE_API_TOKEN=... the-shell-way.sh ZONE=NAMESERVER...
set -u
api=${CLOUDFLARE_API:-https://api.cloudflare.com/client/v4}
sleep_seconds=${SLEEP_SECONDS:-10}
tries=3

call() { curl -sS --max-time 30 -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" -H 'Content-Type: application/json' "$@"; }
update() { printf 'server %s\n%s\nsend\n' "$server" "$1" | ${NSUPDATE:-nsupdate}; }

# One line a token: pack, name, value.
pending_tokens() {
    call "$api/zones/$zone_id/ssl/verification" | jq -r '.result[] | select(.certificate_status == "pending_validation") | .cert_pack_uuid as $pack
        | [.verification_info] | flatten | .[] | select(.txt_name) | "\($pack) \(.txt_name) \(.txt_value)"'
}

# Until the name server shows the value, at most a minute.
wait_for() { # name, value
    for _ in $(seq 60); do
        ${DIG:-dig} +short @"$server" TXT "$1" | grep -qF -e "$2" && return 0
        sleep 1
    done
    return 1
}

prove_zone() {
    try=0
    while [ "$try" -lt "$tries" ]; do
        try=$((try + 1))
        tokens=$(pending_tokens)
        [ -n "$tokens" ] || return 0
        while read -r _ name value; do
            update "update add $name 60 TXT \"$value\""
            wait_for "$name" "$value"
        done <<EOF
$tokens
EOF
        sleep "$sleep_seconds"
        for pack in $(echo "$tokens" | cut -d' ' -f1 | sort -u); do
            call -X PATCH -d '{"validation_method":"txt"}' "$api/zones/$zone_id/ssl/verification/$pack" >/dev/null
        done
        for _ in $(seq 10); do # until the provider has looked
            [ "$(pending_tokens)" = "$tokens" ] || break
            sleep 3
        done
        for name in $(echo "$tokens" | cut -d' ' -f2 | sort -u); do update "update delete $name TXT"; done
    done
    [ -z "$(pending_tokens)" ]
}

failed=0
for pair in "$@"; do
    zone=${pair%%=*} server=${pair#*=}
    zone_id=$(call "$api/zones?name=$zone" | jq -r '.result[0].id')
    prove_zone || { echo "$zone: not proved after $tries tries" >&2 && failed=1; }
done
exit $failed
