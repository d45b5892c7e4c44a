#!/bin/sh
# Makes a world of signed zones, most of them with one fault, in the current folder, for the port given: NSD (nsd.conf, zones
# signed by ldns-signzone) at 127.0.0.2 and 127.0.0.3, BIND (named.conf, zones signed by its own tools) at 127.0.0.1, Unbound
# (unbound.conf) at 127.0.0.4, and the root's anchor in root.anchor.
set -eu
port=$1
key_of() { cat "key.$1"; }

# One key an algorithm; the same key serves many zones.
for algorithm in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
    bits=
    case $algorithm in RSA*) bits="-b 1024" ;; esac
    # shellcheck disable=SC2086
    ldns-keygen -a "$algorithm" $bits -k key.example >"key.$algorithm" 2>/dev/null
done
ldns-keygen -a ECDSAP256SHA256 -k key.example >key.OTHER 2>/dev/null

# key ZONE ALGORITHM: the algorithm's key with the zone's name; prints its base name.
key() {
    base="zonekey.$1.$2"
    sed "s/^key\.example\./${1%.}./" "$(key_of "$2").key" >"$base.key"
    cp "$(key_of "$2").private" "$base.private"
    echo "$base"
}

# ds ZONE ALGORITHM [-1|-2|-4]: the DS line.
ds() { ldns-key2ds -n -f "${3:--2}" "$(key "$1" "$2").key"; }

head_of() { printf "\$TTL 300\n%s IN SOA ns.test. admin.test. 7 3600 600 86400 45\n%s IN NS ns.test.\n" "$1" "$1"; }

# body ZONE: what every zone below test. holds.
body() {
    head_of "$1."
    cat <<ZONE
$1. IN TXT "v=spf1 -all"
_acme-challenge.$1. IN TXT "token"
*.wild.$1. IN TXT "token"
deep.below.ent.$1. IN TXT "token"
alias.$1. IN CNAME _acme-challenge.alg15.test.
plainalias.$1. IN CNAME _acme-challenge.plain.test.
badalias.$1. IN CNAME _acme-challenge.expired.test.
*.wildalias.$1. IN CNAME _acme-challenge.alg13.test.
moved.$1. IN DNAME wild.alg13.test.
many.$1. IN TXT "b"
many.$1. IN TXT "A"
many.$1. IN TXT "token"
web.$1. IN A 127.0.0.99
ZONE
}

# sign ZONE ALGORITHMS SIGNZONE-OPTIONS: body.ZONE -> signed.ZONE
sign() {
    zone=$1 algorithms=$2
    shift 2
    keys=
    for algorithm in $algorithms; do keys="$keys $(key "$zone" "$algorithm")"; done
    # shellcheck disable=SC2086
    ldns-signzone "$@" -f "signed.$zone" -o "$zone" "body.$zone" $keys
}

delegate() { printf '%s. IN NS ns.test.\n' "$1"; }

zones=". test opt gap"
head_of . >body.root
for zone in test opt gap; do head_of "$zone." >"body.$zone"; delegate $zone >>body.root; done
for address in 127.0.0.2 127.0.0.3; do
    printf 'ns.test. IN A %s\n' $address >>body.root
    printf 'ns.test. IN A %s\n' $address >>body.test
done

# make ZONE ALGORITHMS SIGNZONE-OPTIONS: a zone with its delegation in body.PARENT, without a DS.
make() {
    zones="$zones $1"
    body "$1" >"body.$1"
    delegate "$1" >>"body.${1#*.}"
    if [ -n "$2" ]; then sign "$@"; else cp "body.$1" "signed.$1"; fi
}
with_ds() { ds "$1" "${2:-ECDSAP256SHA256}" "${3:--2}" >>"body.${1#*.}"; }

n=8
for algorithm in RSASHA256:8 RSASHA512:10 ECDSAP256SHA256:13 ECDSAP384SHA384:14 ED25519:15 ED448:16; do
    n=${algorithm#*:} name=${algorithm%:*}
    make "alg$n.test" "$name"
    with_ds "alg$n.test" "$name"
done
one=ECDSAP256SHA256
make nsec.test $one && with_ds nsec.test
make nsec3.test $one -n -t 0 && with_ds nsec3.test
make salted.test $one -n -t 12 -s aabbccdd && with_ds salted.test
make optout.test $one -n -p -t 0 && with_ds optout.test
make iterations.test $one -n -t 200 -s ab && with_ds iterations.test
make bomb.test $one -n -t 65535 -s ab && with_ds bomb.test
make expired.test $one -i 20200101000000 -e 20200201000000 && with_ds expired.test
make child.expired.test $one && with_ds child.expired.test
sign expired.test $one -i 20200101000000 -e 20200201000000
make future.test $one -i 20600101000000 -e 20600201000000 && with_ds future.test
make wrongds.test $one && with_ds wrongds.test OTHER
make nods.test $one
make plain.test ""
make stripped.test "" && with_ds stripped.test
make mixed.test "RSASHA256 $one" && with_ds mixed.test && with_ds mixed.test RSASHA256
make onemissing.test $one && with_ds onemissing.test && with_ds onemissing.test RSASHA256
make unknownalgorithm.test $one
printf 'unknownalgorithm.test. IN DS 1 253 2 %064d\n' 0 >>body.test
make unknowndigest.test $one
printf 'unknowndigest.test. IN DS 1 13 99 %064d\n' 0 >>body.test
make sha1.test $one && with_ds sha1.test $one -1
make sha384.test $one && with_ds sha384.test $one -4
make bothdigests.test $one && with_ds bothdigests.test $one -1 && with_ds bothdigests.test OTHER -2

# Faults made after signing.
change() { make "$1" $one && with_ds "$1" && sed "$2" "signed.$1" >changed && mv changed "signed.$1"; }
change nosig.test '/^_acme-challenge.*RRSIG.*TXT/d'
change wrongsigner.test '/^_acme-challenge.*RRSIG.*TXT/s/wrongsigner\.test\. /nsec.test. /'
change badtext.test '/^_acme-challenge.*TXT/s/token/tokem/'
change badsoa.test '/SOA.*ns\.test/s/ 3600 / 3601 /'
change nodenial.test '/IN[[:space:]]*NSEC/d;/RRSIG[[:space:]]*NSEC/d'
change expiredsig.test '/^_acme-challenge.*RRSIG.*TXT/s/20[0-9]\{12\} 20[0-9]\{12\}/20200201000000 20200101000000/'
change nokeysig.test '/RRSIG[[:space:]]*DNSKEY/d'
make otherkey.test "RSASHA256 $one" && with_ds otherkey.test RSASHA256
sed '/RRSIG[[:space:]]*DNSKEY 8 /d' signed.otherkey.test >changed && mv changed signed.otherkey.test

for parent in opt gap; do
    make "plain.$parent" ""
    make "secure.$parent" $one && with_ds "secure.$parent"
done

# Zones of BIND: signed and served by it.
printf 'ns.bind.test. IN A 127.0.0.1\n' >>body.test
for zone in bind.test bind3.test; do
    {
        printf "\$TTL 300\n%s. IN SOA ns.bind.test. admin.test. 7 3600 600 86400 45\n%s. IN NS ns.bind.test.\n" $zone $zone
        body $zone | sed '1,3d'
    } >body.$zone
    [ $zone = bind3.test ] || printf 'ns.bind.test. IN A 127.0.0.1\n' >>body.$zone
    printf '%s. IN NS ns.bind.test.\n' $zone >>body.test
    name=$(dnssec-keygen -q -a ED25519 -f KSK $zone)
    dnssec-dsfromkey -2 "$name.key" >>body.test
    options=
    [ $zone = bind.test ] || options="-3 -"
    # shellcheck disable=SC2086
    dnssec-signzone -q -S -z $options -o $zone -f signed.$zone body.$zone >/dev/null 2>&1
done
sign test $one -n -t 0
sign opt $one -n -p -t 0
sign gap $one
for zone in test opt gap; do ds $zone $one >>body.root; done
cp body.root body..
sign . $one
ds . $one >root.anchor

{
    cat <<CONF
server:
  ip-address: 127.0.0.2@$port
  ip-address: 127.0.0.3@$port
  username: ""
  chroot: ""
  database: ""
  zonesdir: "$PWD"
  pidfile: "$PWD/nsd.pid"
  zonelistfile: "$PWD/nsd.list"
  xfrdfile: "$PWD/nsd.xfrd"
  xfrdir: "$PWD"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
CONF
    for zone in $zones; do printf 'zone:\n  name: "%s"\n  zonefile: "signed.%s"\n' "$zone" "$zone"; done
} >nsd.conf
cat >named.conf <<CONF
options {
  directory "$PWD"; pid-file "$PWD/named.pid"; session-keyfile "$PWD/session.key"; managed-keys-directory "$PWD";
  lock-file none; listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
  notify no; allow-query { any; };
};
controls { };
zone "bind.test" { type primary; file "signed.bind.test"; };
zone "bind3.test" { type primary; file "signed.bind3.test"; };
CONF
{
    cat <<CONF
server:
  interface: 127.0.0.4@$port
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-daemonize: no
  do-ip6: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "$PWD"
  use-syslog: no
  num-threads: 1
  module-config: "validator iterator"
  trust-anchor-file: "$PWD/root.anchor"
  val-sig-skew-min: 0
  val-sig-skew-max: 0
  qname-minimisation: no
  local-zone: "test." nodefault
remote-control:
  control-enable: no
CONF
    for zone in $zones; do printf 'stub-zone:\n  name: "%s"\n  stub-addr: 127.0.0.2@%s\n' "$zone" "$port"; done
    for zone in bind.test bind3.test; do printf 'stub-zone:\n  name: "%s"\n  stub-addr: 127.0.0.1@%s\n' $zone "$port"; done
} >unbound.conf
