// The hook that `hook new` writes: small, whole, and with the places marked where a person puts another service in.
import DCV
import Foundation
import Platform

package enum HookSkeleton {
    static let mode: UInt32 = 0o755

    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// Writes the hook into a folder; nothing that exists is ever written over. Gives its path.
    /// - Parameter known: folders whose hooks are found by name: one more of the same name would stand before them, or behind.
    package static func write(_ name: String, to folder: String, unlessIn known: [String] = []) throws -> String {
        guard HookLocation.isName(name) else {
            throw Refusal(
                description: "\"\(OctetText(name.utf8).shortened())\" is no name for a hook: "
                    + "wanted up to \(HookLocation.nameLimitBytes) letters, digits, \"-\", \"_\" and \".\""
            )
        }
        let path = folder + "/" + name
        // A folder made for a misspelt path would be found by nobody.
        guard FileManager.default.fileExists(atPath: folder) else {
            throw Refusal(description: "there is no folder \(folder); make it first, or name another one")
        }
        let other = known.map { $0 + "/" + name }.first { FileManager.default.fileExists(atPath: $0) }
        if let other, other != path {
            throw Refusal(
                description:
                    "\(other) has that name; of two hooks of one name a configuration finds one, and perhaps not "
                    + "the one that is meant: choose another name"
            )
        }
        try Files.writeNew(Array(text(name).utf8), to: path, mode: mode)
        return path
    }

    /// What a person does next.
    package static func nextSteps(_ name: String, path: String) -> [String] {
        [
            "written: \(path)",
            "1. look for CHANGE in it: that is where your DNS service comes in",
            "2. dnsproof hook test \(path)",
            "3. name it in the configuration, and bind it to a zone:",
            "     publishers:",
            "       \(name): { hook: \(path), settings: { folder: /an/absolute/path } }",
            "     zones:",
            "       example.com: { publishers: [\(name)] }",
            "4. dnsproof hook test \(name) --config THE-CONFIGURATION --zone example.com --yes",
        ]
    }

    static func text(_ name: String) -> String { head(name) + functions + main }

    private static func head(_ name: String) -> String {
        """
        #!/bin/sh
        # \(name): shows TXT and CNAME records, and takes them away again, for dnsproof.
        # The contract is hooks/README.md of dnsproof. Try all of it: dnsproof hook test /path/of/\(name)
        #
        # As it stands it keeps one file a record in a folder, from which something else may build the zone.
        # CHANGE marks what to put in for your DNS service. Everything else may stay.
        #
        # settings: folder  an absolute path                            (CHANGE: what your service needs)
        # secrets:  none                                                 (CHANGE: such as token)
        set -u
        LC_ALL=C
        export LC_ALL
        umask 022

        # Exit codes: 69 not my zone, 75 try again later, 78 a person must repair the settings, 1 anything else.
        # The sentence is what a person reads in the report. Never put a secret into it.
        stop() { # exit code, sentence
            printf '\(name): %s\\n' "$2" >&2
            exit "$1"
        }


        """
    }

    private static let functions = """
        # CHANGE: look whether something stands at $target that a record of this type cannot stand beside.
        # A CNAME stands alone at its name (RFC 1034 3.6.2): then nothing is changed, and it is no success.
        look_in_the_way() {
            for other in "$folder"/*; do
                [ -f "$other" ] || continue
                [ "$other" != "$folder/$file" ] || continue
                read -r other_name other_type _ <"$other" || continue
                [ "$other_name" = "$target" ] || continue
                if [ "$type" = CNAME ] || [ "$other_type" = CNAME ]; then
                    stop 1 "a $other_type record stands at $target, nothing was changed: remove it first"
                fi
            done
        }

        # CHANGE: add exactly this one record at $target in the zone $zone: $type, $value, $ttl seconds.
        # Other values at the same name stay. The same record once more is success, and still one record.
        publish() {
            look_in_the_way
            printf '%s %s %s\\n' "$target" "$type" "$value" >"$folder/.$file" || stop 75 "cannot write below $folder"
            mv -f "$folder/.$file" "$folder/$file" || stop 75 "cannot put a record into $folder"
        }

        # CHANGE: take away exactly this one record, never everything at the name. When it is not there, that is success.
        withdraw() {
            rm -f "$folder/$file" || stop 75 "cannot remove a record from $folder"
        }


        """

    private static let main = """
        case ${1-} in
        describe)
            # CHANGE: "kinds" are txt, cname and http. "labels" is "any", or a list such as ["_acme-challenge"] of the only
            # first labels that your service lets you write. "takes_s" is how long your servers need to show a change.
            printf '%s\\n' '{"kinds":["txt","cname"],"labels":"any"}'
            exit 0
            ;;
        publish | withdraw) ;;
        *) stop 64 "unknown verb: this hook knows publish, withdraw and describe" ;;
        esac

        # Everything is data: quote every expansion, never use eval, and keep secrets out of the arguments of programs.
        type=${DNSPROOF_TYPE-}
        target=${DNSPROOF_TARGET-}
        value=${DNSPROOF_VALUE-}
        # CHANGE: use them, or remove them. seconds is what is left until this program gets SIGTERM.
        zone=${DNSPROOF_ZONE-}
        ttl=${DNSPROOF_TTL-}
        seconds=${DNSPROOF_DEADLINE_S-}
        : "$zone" "$ttl" "$seconds"

        case $type in
        TXT | CNAME) ;;
        *) stop 78 "DNSPROOF_TYPE is neither TXT nor CNAME: this hook publishes nothing else" ;;
        esac
        [ -n "$target" ] || stop 78 "DNSPROOF_TARGET is missing"
        [ -n "$value" ] || stop 78 "DNSPROOF_VALUE is missing"

        # CHANGE: the settings and secrets of your service, such as ${DNSPROOF_SETTING_SERVER-} and ${DNSPROOF_SECRET_TOKEN-}.
        folder=${DNSPROOF_SETTING_FOLDER-}
        case $folder in
        /*) ;;
        *) stop 78 "the setting folder is missing, or is no absolute path" ;;
        esac
        [ -d "$folder" ] || stop 78 "$folder is no folder"
        [ -w "$folder" ] || stop 78 "this user may not write into $folder"

        # The same record always has the same file, and nothing in a value can become part of a path.
        file=$(printf '%s %s %s' "$target" "$type" "$value" | sha256sum) || stop 75 "sha256sum cannot be run"
        file=${file%% *}

        "$1"

        """
}
