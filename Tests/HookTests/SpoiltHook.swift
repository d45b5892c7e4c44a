// Hooks that break the contract in one way each, made from good ones.
import DCV
import Testing

/// A hook that was good, with one thing changed in it.
struct SpoiltHook: Sendable, CustomTestStringConvertible {
    enum Base: String, Sendable { case nsupdate, webroot, skeleton }

    let name: String
    let base: Base
    let change: (from: String, to: String)
    let breaks: HookGuarantee
    /// A part of what is told.
    let words: String

    init(_ name: String, _ base: Base, _ from: String, _ to: String, _ breaks: HookGuarantee, _ words: String) {
        (self.name, self.base, self.change, self.breaks, self.words) = (name, base, (from, to), breaks, words)
    }

    var testDescription: String { name }

    private static let add = "\"update add $target $ttl TXT $value\""
    private static let dropOthers = """
            look_in_the_way
            for one in "$folder"/*; do
                read -r name kind _ <"$one" && [ "$name $kind $type" = "$target TXT TXT" ] && rm "$one"
            done

        """

    static let all = [
        SpoiltHook("replaces", .nsupdate, add, "\"update delete $target TXT\" \(add)", .keepsOthers, "it took away"),
        SpoiltHook("drops others", .skeleton, "    look_in_the_way\n", dropOthers, .keepsOthers, "it took away"),
        SpoiltHook(
            "removes all",
            .nsupdate,
            "delete $target TXT $value",
            "delete $target TXT",
            .withdrawsOne,
            "it took away"
        ),
        SpoiltHook("lies", .nsupdate, "    \"publish_$kind\"", "    exit 0", .publishes, "not shown; it exited 0"),
        SpoiltHook("fails", .skeleton, "    look_in_the_way\n", "    stop 1 \"no luck\"\n", .publishes, "no luck"),
        SpoiltHook("does it and exits 3", .skeleton, "\n\"$1\"\n", "\n\"$1\"\nexit 3\n", .publishes, "exit code 3"),
        SpoiltHook(
            "adds more",
            .nsupdate,
            add,
            "\(add) \"update add $target $ttl TXT by-me\"",
            .publishes,
            "it added \"by-me\""
        ),
        SpoiltHook(
            "withdraws nothing",
            .skeleton,
            "    rm -f \"$folder/$file\"",
            "    : ",
            .withdraws,
            "still shown; it exited 0"
        ),
        SpoiltHook("withdraws no file", .webroot, "    rm -f \"./$file\"", "    : ", .withdraws, "still shown"),
        SpoiltHook("writes another file", .webroot, "'%s' \"$body\" >", "'x%s' \"$body\" >", .publishes, "not shown"),
        SpoiltHook(
            "cannot repeat",
            .skeleton,
            "    look_in_the_way\n",
            "    [ ! -e \"$folder/$file\" ] || stop 1 \"it exists\"\n    look_in_the_way\n",
            .repeats,
            "the second time"
        ),
        SpoiltHook(
            "fails on absent",
            .skeleton,
            "    rm -f \"$folder/$file\"",
            "    rm \"$folder/$file\"",
            .absentIsDone,
            "cannot remove"
        ),
        SpoiltHook("writes at NAME", .nsupdate, "${DNSPROOF_TARGET-}", "${DNSPROOF_NAME-}", .target, "not shown"),
        SpoiltHook(
            "eats the hyphen",
            .nsupdate,
            "value=${DNSPROOF_VALUE-}",
            "value=${DNSPROOF_VALUE#-}",
            .leadingHyphen,
            "it added"
        ),
        SpoiltHook(
            "cuts long values",
            .skeleton,
            "value=${DNSPROOF_VALUE-}",
            "value=$(printf %.250s \"$DNSPROOF_VALUE\")",
            .longValue,
            "it added"
        ),
        SpoiltHook(
            "splits values",
            .skeleton,
            "value=${DNSPROOF_VALUE-}",
            "value=${DNSPROOF_VALUE%%;*}",
            .oddCharacters,
            "it added"
        ),
        SpoiltHook(
            "knows one label",
            .skeleton,
            "\n\"$1\"\n",
            "\ncase $target in _dns*) exit 0 ;; esac\n\"$1\"\n",
            .anyLabel,
            "not shown"
        ),
        SpoiltHook("knows no CNAME", .skeleton, "TXT | CNAME) ;;", "TXT) ;;\nCNAME) exit 0 ;;", .cname, "not shown"),
        SpoiltHook(
            "is silent about a CNAME",
            .nsupdate,
            "send \"prereq nxrrset $target CNAME\" \(add)",
            "send \(add)",
            .keepsCNAME,
            "nothing was published"
        ),
        SpoiltHook(
            "replaces a CNAME",
            .nsupdate,
            "send \"prereq nxrrset $target CNAME\" \(add)",
            "send \"update delete $target CNAME\" \(add)",
            .keepsCNAME,
            "was taken away"
        ),
        SpoiltHook(
            "calls silence success",
            .nsupdate,
            "*'Communication with'*) stop 75",
            "*'Communication with'*) stop 0",
            .deadline,
            "exited 0"
        ),
        SpoiltHook(
            "ignores TERM",
            .nsupdate,
            "*'Communication with'*) stop",
            "*'Communication with'*) while :; do sleep 1; done; stop",
            .endsOnTERM,
            "had to be killed"
        ),
        SpoiltHook(
            "leaves a child",
            .skeleton,
            "\n\"$1\"\n",
            "\nsleep 300 >/dev/null 2>&1 </dev/null &\n\"$1\"\n",
            .leavesNothing,
            "was killed"
        ),
        SpoiltHook(
            "leaves a daemon",
            .skeleton,
            "\n\"$1\"\n",
            "\nsetsid sleep 300 >/dev/null 2>&1 </dev/null &\nsleep 0.2\n\"$1\"\n",
            .leavesNothing,
            "was killed"
        ),
        SpoiltHook(
            "fails on a wrong secret as on anything",
            .nsupdate,
            "stop 78 \"$place has another",
            "stop 1 \"$place has another",
            .wrongSecret,
            "another secret"
        ),
        SpoiltHook(
            "says its key",
            .nsupdate,
            "for the key ${key_name#*:} (BADSIG)",
            "for the key $key (BADSIG)",
            .keepsSecrets,
            "standard error"
        ),
        SpoiltHook(
            "prints its key",
            .nsupdate,
            "key_name=${key%:*}",
            "key_name=${key%:*}; echo \"using $key\"",
            .keepsSecrets,
            "standard output"
        ),
        SpoiltHook("takes any verb", .skeleton, "*) stop 64", "*) stop 1", .unknownVerb, "it exited 1"),
        SpoiltHook("cannot describe itself", .skeleton, "'{\"kinds\":", "'kinds: {", .describes, "not understood"),
    ]
}
