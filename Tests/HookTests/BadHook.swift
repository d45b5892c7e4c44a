// Hooks that do everything a program can do wrong, with the outcome that each must end in.

/// One bad hook and the outcome it must end in.
struct BadHook: Sendable {
    let name: String
    let script: String
    /// The name of the outcome's case.
    let wanted: String
    /// A part of the reason.
    var words = ""
    var deadlineMilliseconds: Int64 = 15_000

    static let all = [
        BadHook(name: "exits 1", script: "echo no >&2; exit 1", wanted: "failed", words: "no (exit code 1)"),
        BadHook(name: "exits 126", script: "exit 126", wanted: "failed", words: "exit code 126"),
        BadHook(name: "ends itself", script: "kill -TERM $$; sleep 10", wanted: "tryLater", words: "signal 15"),
        BadHook(name: "aborts", script: "kill -ABRT $$", wanted: "tryLater", words: "signal 6"),
        BadHook(
            name: "prints its secret",
            script: "echo \"key $DNSPROOF_SECRET_KEY\" >&2; exit 1",
            wanted: "failed",
            words: "key ***"
        ),
        BadHook(
            name: "prints its secret in base64",
            script: "printf %s \"$DNSPROOF_SECRET_KEY\" | base64 >&2; exit 1",
            wanted: "failed",
            words: "***"
        ),
        BadHook(
            name: "forks fifty",
            script: "i=0; while [ $i -lt 50 ]; do sleep 1000 & i=$((i + 1)); done; exit 0",
            wanted: "done"
        ),
        BadHook(name: "becomes another program", script: "exec /bin/true", wanted: "done"),
        BadHook(
            name: "leaves its folder",
            script: "cd /; echo elsewhere >&2; exit 69",
            wanted: "notMyZone",
            words: "elsewhere"
        ),
        BadHook(name: "exits 2 silently", script: "exit 2", wanted: "failed", words: "exit code 2 and no word"),
        BadHook(name: "command not found", script: "no-such-command-here", wanted: "failed", words: "(exit code 127)"),
        BadHook(name: "exits 255", script: "echo why >&2; exit 255", wanted: "failed", words: "why (exit code 255)"),
        BadHook(name: "crashes", script: "kill -SEGV $$", wanted: "tryLater", words: "signal 11"),
        BadHook(name: "kills itself", script: "kill -KILL $$", wanted: "tryLater", words: "signal 9"),
        BadHook(name: "kills its group", script: "trap '' TERM; kill -KILL 0", wanted: "tryLater", words: "signal 9"),
        BadHook(
            name: "sleeps for ever",
            script: "echo waiting >&2; exec sleep 1000",
            wanted: "tryLater",
            words: "waiting",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "stops itself",
            script: "kill -STOP $$; sleep 1000",
            wanted: "tryLater",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "ignores TERM",
            script: "trap '' TERM; while :; do sleep 1; done",
            wanted: "tryLater",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "ignores TERM with a child",
            script: "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done",
            wanted: "tryLater",
            deadlineMilliseconds: 600
        ),
        BadHook(name: "leaves a child that holds stdout", script: "sleep 1000 2>/dev/null & exit 0", wanted: "done"),
        BadHook(
            name: "leaves a child that holds stderr",
            script: "echo last >&2; sleep 1000 >/dev/null & exit 1",
            wanted: "failed",
            words: "last"
        ),
        BadHook(
            name: "leaves a quiet child",
            script: "trap '' HUP TERM; sleep 1000 >/dev/null 2>&1 </dev/null & exit 0",
            wanted: "done"
        ),
        BadHook(
            name: "leaves a daemon",
            script: "setsid sh -c 'trap \"\" TERM HUP; sleep 1000' >/dev/null 2>&1 </dev/null & sleep 0.1",
            wanted: "done"
        ),
        BadHook(
            name: "forks twice into a session",
            script: "(setsid sh -c '(sleep 1000 &) ; sleep 0.1' &) ; sleep 0.3",
            wanted: "done"
        ),
        BadHook(name: "closes stdin", script: "exec <&-; exit 0", wanted: "done"),
        BadHook(
            name: "closes everything and hangs",
            script: "exec <&- >&- 2>&-; while :; do sleep 1; done",
            wanted: "tryLater",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "reads slowly",
            script: "for i in 1 2 3; do dd bs=1 count=1 of=/dev/null 2>/dev/null; sleep 0.1; done",
            wanted: "done"
        ),
        BadHook(name: "floods stdout", script: "head -c 30000000 /dev/zero", wanted: "done"),
        BadHook(
            name: "floods stderr",
            script: "head -c 30000000 /dev/zero >&2; exit 1",
            wanted: "failed",
            words: "\\000\\000... ("
        ),
        BadHook(
            name: "writes no newline",
            script: "head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1",
            wanted: "failed",
            words: "xxxx... ("
        ),
        BadHook(name: "writes NUL", script: "printf 'a\\000b' >&2; exit 1", wanted: "failed", words: "a\\000b (exit"),
        BadHook(
            name: "writes no UTF-8",
            script: "printf '\\377\\300\\200' >&2; exit 1",
            wanted: "failed",
            words: "\\255\\192\\128"
        ),
        BadHook(
            name: "writes terminal sequences",
            script: "printf '\\033]0;x\\007\\033[2J\\033[31mred' >&2; exit 78",
            wanted: "misconfigured",
            words: "\\027]0;x\\007\\027[2J\\027[31mred"
        ),
        BadHook(
            name: "writes a bidi override",
            script: "printf '\\342\\200\\256x' >&2; exit 75",
            wanted: "tryLater",
            words: "\\226\\128\\174x"
        ),
        BadHook(name: "rewrites itself", script: "echo '#!/bin/sh\nexit 9' >\"$0\"; exit 0", wanted: "done"),
        BadHook(
            name: "fills its folder",
            script: "head -c 50000000 /dev/zero >fill; mkdir -p a/b/c; ln -s / a/root; exit 0",
            wanted: "done"
        ),
        BadHook(name: "locks its folder", script: "mkdir locked; touch locked/x; chmod 0 .; exit 0", wanted: "done"),
        BadHook(name: "removes its folder", script: "rmdir \"$TMPDIR\"; exit 0", wanted: "done"),
        BadHook(
            name: "tells a story on stdout",
            script: "echo '{\"type\":\"TXT\",\"value\":\"other\"}'; exit 0",
            wanted: "done"
        ),
        BadHook(name: "claims another exit code", script: "echo 'exit code 0' >&2; exit 256", wanted: "done"),
    ]
}
