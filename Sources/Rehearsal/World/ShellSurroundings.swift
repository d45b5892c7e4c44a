// What a shell script needs to work in a rehearsed world: an `nsupdate` that writes into the zones' folders, and the places of things.
import DCV
import FoundationEssentials

extension RehearsedWorld {
    /// The environment in which `docs/the-shell-way.sh` finds this world. Its `nsupdate` is written into the world's folder.
    package func shellEnvironment() throws -> [String: String] {
        let programs = folder + "/bin"
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        let isWritten = FileManager.default.createFile(
            atPath: programs + "/nsupdate",
            contents: Data(Self.nsupdate.utf8),
            attributes: [.posixPermissions: 0o700]
        )
        guard isWritten else { throw RehearsalError("\(programs)/nsupdate cannot be written") }
        return [
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "CLOUDFLARE_API": cloudflare.endpoint,
            "CLOUDFLARE_API_TOKEN": token,
            "DIG": "dig -p \(nameServers.port)",
            "NSUPDATE": programs + "/nsupdate",
            "ZONES": folder + "/zones",
        ]
    }

    /// `ZONE=NAMESERVER` for every site: its first name server, as a person would write it down.
    package var shellArguments: [String] {
        scenario.sites.compactMap { site in
            site.servers.first?.addresses.first.map { "\(site.apex)=\($0)" }
        }
    }

    /// Knows `update add NAME TTL TYPE "VALUE"` and `update delete NAME TYPE`, as the real one does, for zones that are folders.
    private static let nsupdate = """
        #!/bin/sh
        set -u
        folder_of() {
            zone=$1
            while [ ! -d "$ZONES/$zone" ]; do
                case $zone in *.*) zone=${zone#*.} ;; *) echo "nsupdate: $1 lies in no zone" >&2 && exit 2 ;; esac
            done
            folder=$ZONES/$zone
        }
        while read -r verb action name rest; do
            [ "$verb" = update ] || continue
            folder_of "$name"
            case $action in
            add)
                type=${rest#* } type=${type%% *} value=${rest#*\\"} value=${value%\\"}
                file=$(printf '%s %s %s' "$name" "$type" "$value" | sha256sum)
                printf '%s %s %s\\n' "$name" "$type" "$value" >"$folder/${file%% *}"
                ;;
            delete)
                for file in "$folder"/*; do
                    [ -f "$file" ] || continue
                    read -r its_name its_type _ <"$file"
                    if [ "$its_name" = "$name" ] && [ "$its_type" = "$rest" ]; then rm -f "$file"; fi
                done
                ;;
            esac
        done

        """
}
