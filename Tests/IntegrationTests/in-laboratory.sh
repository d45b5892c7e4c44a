#!/bin/sh
# Runs a command in a laboratory for real name servers: a network namespace of its own where one can be had (any address,
# ports 53 and 80, nothing leaves it), else loopback with high ports. Says which, and why.
#
# usage: in-laboratory.sh COMMAND [ARGUMENT ...]
#
# The command learns what it has by DNSPROOF_LAB (namespace or loopback), DNSPROOF_LAB_IPV6 (yes or no: addresses of the
# laboratory's own) and DNSPROOF_LAB_FOLDER (a private folder; daemons that leave NAME.pid there are ended at the end).
set -eu

say() { printf 'laboratory: %s\n' "$*"; }

# Inside a new namespace: its loopback is down and has no address.
dress() {
    ip link set lo up
    # All of 127/8 is local already, but BIND listens only on addresses that an interface has.
    for host in 1 2 3 80; do
        ip addr add "127.0.0.$host/8" dev lo 2>/dev/null || ip addr show dev lo | grep -q "127.0.0.$host/"
    done
    DNSPROOF_LAB_IPV6=yes
    for host in 1 2 3 80; do
        ip -6 addr add "fd00:53::$host/128" dev lo nodad 2>/dev/null || DNSPROOF_LAB_IPV6=no
    done
    DNSPROOF_LAB=namespace
    export DNSPROOF_LAB DNSPROOF_LAB_IPV6
}

# Only processes that were started for this laboratory: each has its folder in its command line.
end_daemons() {
    for file in "$DNSPROOF_LAB_FOLDER"/*/*.pid; do
        [ -f "$file" ] || continue
        pid=$(cat "$file")
        case $pid in '' | *[!0-9]*) continue ;; esac
        if [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$DNSPROOF_LAB_FOLDER"; then
            say "ends $(basename "$file" .pid) (process $pid), which was left behind"
            kill -KILL "$pid" 2>/dev/null || true
        fi
    done
}

if [ "${1-}" = --inside ]; then
    shift
    dress
    exec "$@"
fi

[ $# -gt 0 ] || { say 'usage: in-laboratory.sh COMMAND [ARGUMENT ...]' >&2; exit 64; }
case $0 in */*) self=$0 ;; *) self=$(command -v -- "$0") ;; esac

if [ "$(id -u)" = 0 ]; then flags=-n; else flags=-Urn; fi
if why=$(unshare "$flags" sh "$self" --inside true 2>&1); then
    say "a network namespace of its own (unshare $flags): any address, ports 53 and 80, nothing leaves it"
    set -- unshare "$flags" sh "$self" --inside "$@"
else
    say "loopback with high ports, BIND on 127.0.0.1 only, no IPv6, because no namespace can be had: ${why:-no reason given}"
    DNSPROOF_LAB=loopback
    DNSPROOF_LAB_IPV6=no
    export DNSPROOF_LAB DNSPROOF_LAB_IPV6
fi

DNSPROOF_LAB_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/dnsproof-laboratory.XXXXXXXX")
export DNSPROOF_LAB_FOLDER
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'end_daemons; [ -n "${DNSPROOF_LAB_KEEP-}" ] || rm -rf "$DNSPROOF_LAB_FOLDER"' EXIT
"$@"
