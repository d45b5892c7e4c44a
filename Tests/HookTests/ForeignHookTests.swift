// Hooks written for other tools, unchanged: called as those tools call them, and publishing to real servers.
import DCV
import Foundation
import Platform
import Testing

@testable import Agent

@Suite("Foreign hooks", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct ForeignHookTests {
    private let name = "_acme-challenge.shop.example.com"

    private func hook(
        _ foreign: ForeignHook,
        name: String = "test",
        settings: [String: String] = [:],
        secrets: [String: String] = [:],
        memory: String? = nil,
        home: String = "/nonexistent",
        children: any ChildRunning = ImpatientChildren()
    ) throws -> HookPublisher {
        try HookPublisher(
            name: name,
            program: "/bin/sh",
            settings: settings,
            secrets: try secrets.mapValues { try #require(Secret(Array($0.utf8))) },
            home: home,
            foreign: foreign,
            memory: memory,
            deadlineMilliseconds: 20_000,
            children: children
        )
    }

    private func calls(_ foreign: ForeignHook, _ order: PublishingOrder) async throws -> [ChildCommand] {
        let children = RecordingChildren(.exited(0))
        let hook = try hook(
            foreign,
            settings: ["PDNS_Url": "u"],
            secrets: ["PDNS_Token": "t0p-secret"],
            children: children
        )
        #expect(await hook.publish(order) == .done)
        #expect(await hook.withdraw(order) == .done)
        let commands = await children.commands
        for command in commands {
            let own = Set(command.environment.keys.filter { $0.hasPrefix("DNSPROOF_") })
            #expect(
                own.isSubset(of: [
                    "DNSPROOF_ID", "DNSPROOF_SCRIPT", "DNSPROOF_FUNCTION", "DNSPROOF_FQDN", "DNSPROOF_TXT",
                ])
            )
            #expect(command.environment["PDNS_Url"] == "u" && command.environment["PDNS_Token"] == "t0p-secret")
            #expect(command.environment["DNSPROOF_ID"] == order.id && command.environment["HOME"] == "/nonexistent")
            #expect(!command.arguments.contains { $0.contains("t0p") } && command.input.isEmpty)
        }
        return commands
    }

    // MARK: words

    @Test func certbotIsToldByVariablesAlone() async throws {
        let commands = try await calls(.certbot(auth: "/a", cleanup: "/c"), try .txt("-v"))
        #expect(commands.map(\.program) == ["/a", "/c"] && commands.allSatisfy(\.arguments.isEmpty))
        for command in commands {
            let told = command.environment.filter { $0.key.hasPrefix("CERTBOT_") && $0.key != "CERTBOT_AUTH_OUTPUT" }
            #expect(
                told == [
                    "CERTBOT_DOMAIN": "shop.example.com", "CERTBOT_IDENTIFIER": "shop.example.com",
                    "CERTBOT_VALIDATION": "-v", "CERTBOT_ALL_DOMAINS": "shop.example.com",
                    "CERTBOT_ALL_IDENTIFIERS": "shop.example.com", "CERTBOT_REMAINING_CHALLENGES": "0",
                ]
            )
        }
        #expect(commands[0].environment["CERTBOT_AUTH_OUTPUT"] == nil)
        #expect(commands[1].environment["CERTBOT_AUTH_OUTPUT"] == "")
    }

    @Test func dehydratedAndLegoGetPositionalsVerbatim() async throws {
        let order = try PublishingOrder.txt("-v", at: name, target: "_acme-challenge.moved.example.com")
        let dehydrated = try await calls(.dehydrated(program: "/d"), order)
        let token = PublishedOutputs.key(order)
        #expect(token.utf8.count == 32 && token.utf8.allSatisfy { ASCII.isDigit($0) || ASCII.isLetter($0) })
        #expect(
            dehydrated.map(\.arguments) == [
                ["deploy_challenge", "moved.example.com", token, "-v"],
                ["clean_challenge", "moved.example.com", token, "-v"],
            ]
        )
        let lego = try await calls(.lego(program: "/l"), order)
        #expect(
            lego.map(\.arguments) == [
                ["present", "_acme-challenge.moved.example.com.", "-v"],
                ["cleanup", "_acme-challenge.moved.example.com.", "-v"],
            ]
        )
    }

    @Test func lexiconAlwaysNamesTheContent() async throws {
        let foreign = ForeignHook.lexicon(program: "/usr/bin/lexicon", provider: "powerdns")
        #expect(
            try await calls(foreign, .txt("-v")).map(\.arguments) == [
                [
                    "--delegated=example.com", "powerdns", "create", "example.com", "TXT", "--name=\(name).",
                    "--content=-v", "--ttl=60",
                    "--output=QUIET",
                ],
                [
                    "--delegated=example.com", "powerdns", "delete", "example.com", "TXT", "--name=\(name).",
                    "--content=-v", "--output=QUIET",
                ],
            ]
        )
        let cname = try await calls(foreign, .cname("x.example.net", at: "_x.example.com"))
        #expect(cname[1].arguments.contains("CNAME") && cname[1].arguments.contains("--content=x.example.net."))
    }

    @Test func noDataStandsInTheTextOfAShell() async throws {
        let texts = try await ["plain", "; touch x", "-e a=b @c"].asyncMap { value in
            try await calls(.acmeSh(acmeSh: "/usr/bin/env", script: "/usr/bin/env", function: "dns_x"), .txt(value))
        }
        let first = texts[0].map(\.arguments)
        #expect(texts.allSatisfy { $0.map(\.arguments) == first } && first[0] == first[1])
        #expect(texts[1].map { $0.environment["DNSPROOF_FUNCTION"] } == ["dns_x_add", "dns_x_rm"])
        #expect(texts[1][0].environment["DNSPROOF_TXT"] == "; touch x" && texts[1][0].program == "/bin/sh")
        #expect(texts[1][0].environment["DNSPROOF_FQDN"] == name)
    }

    @Test func whatADialectCannotSayNeverStartsAProgram() async throws {
        let children = RecordingChildren(.exited(0))
        let all: [ForeignHook] = [
            .certbot(auth: "/a", cleanup: "/c"), .dehydrated(program: "/d"), .lego(program: "/l"),
            .acmeSh(acmeSh: "/usr/bin/env", script: "/usr/bin/env", function: "f"),
            .lexicon(program: "/l", provider: "p"),
        ]
        for foreign in all {
            var orders = [try PublishingOrder.http("body")]
            if !foreign.description.kinds.contains(.cname) {
                orders.append(try .cname("x.example.net", at: "_x.example.com"))
            }
            if foreign.description.labels != .any { orders.append(try .txt("v", at: "_dnsauth.example.com")) }
            for order in orders {
                guard case .misconfigured = await (try hook(foreign, children: children)).publish(order) else {
                    Issue.record("\(foreign) takes \(order.record)")
                    continue
                }
            }
            #expect(try await hook(foreign, children: children).describe().get() == foreign.description)
        }
        #expect(await children.commands.isEmpty)
    }

    @Test func aHooksOutputReachesTheCleanupOfTheSameValue() async throws {
        let folder = try HookFolder()
        let auth = try await folder.addScript("auth", "printf '  id of %s\\n\\n' \"$CERTBOT_VALIDATION\"")
        let cleanup = try await folder.addScript("cleanup", "printf '%s|' \"$CERTBOT_AUTH_OUTPUT\" >>\"$LOG\"")
        let foreign = ForeignHook.certbot(auth: auth, cleanup: cleanup)
        let memory = folder.path + "/state/hooks"
        for value in ["one", "two"] {
            #expect(await (try hook(foreign, memory: memory)).publish(try .txt(value)) == .done)
        }
        // As a later run would: another publisher value, the same configuration.
        for value in ["two", "one", "one"] {
            #expect(await (try hook(foreign, memory: memory)).withdraw(try .txt(value)) == .done)
        }
        #expect(try folder.text() == "id of two|id of one||")
        #expect(try FileManager.default.contentsOfDirectory(atPath: memory).isEmpty)
    }

    /// The record may stand all the same, and only the hook knows under which id.
    @Test func theOutputOfAHookThatFailedIsKeptToo() async throws {
        let folder = try HookFolder()
        let auth = try await folder.addScript("auth", "[ -e \"$LOG.done\" ] || echo id; : >\"$LOG.done\"; exit 1")
        let cleanup = try await folder.addScript("cleanup", "printf '%s' \"$CERTBOT_AUTH_OUTPUT\" >>\"$LOG\"")
        let foreign = ForeignHook.certbot(auth: auth, cleanup: cleanup)
        let publisher = try hook(foreign, memory: folder.path + "/state/hooks")
        for _ in 0..<2 {
            guard case .failed = await publisher.publish(try .txt("v")) else {
                Issue.record("it did not fail")
                return
            }
        }
        #expect(await publisher.withdraw(try .txt("v")) == .done)
        #expect(try folder.text() == "id")
    }

    @Test func whatIsKeptIsTheLastOutputOfThisPublisher() async throws {
        let folder = try HookFolder()
        let auth = try await folder.addScript("auth", #". "${0%/*}/says""#)
        let told = #"printf '%s|' "$CERTBOT_AUTH_OUTPUT" >>"$LOG"; exit "$(cat "${0%/*}/code")""#
        let cleanup = try await folder.addScript("cleanup", told)
        let foreign = ForeignHook.certbot(auth: auth, cleanup: cleanup)
        let memory = folder.path + "/state/hooks"
        func publish(_ says: String) async throws -> String {
            try folder.write("says", says)
            return await (try hook(foreign, memory: memory)).publish(try .txt("v")).told.kind
        }
        func withdraw(_ name: String = "test", code: Int = 0) async throws -> String {
            try folder.write("code", "\(code)")
            return await (try hook(foreign, name: name, memory: memory)).withdraw(try .txt("v")).told.kind
        }
        #expect(try await publish(#"printf 'a\000b'"#) == "done", "NUL can stand in no variable")
        #expect(try await withdraw("another") == "done")
        #expect(try await withdraw(code: 1) == "failed")
        #expect(try await withdraw() == "done" && folder.text() == "|ab|ab|")
        for second in ["exit 0", "exit 1"] {
            #expect(try await publish("echo one") == "done")
            #expect(try await publish(second) == (second == "exit 0" ? "done" : "failed"))
            #expect(try await withdraw() == "done")
        }
        #expect(try folder.text() == "|ab|ab||one|")
    }

    @Test func otherToolsKnowNoExitCodesOfOurs() async throws {
        for code: Int32 in [1, 69, 75, 78] {
            let children = RecordingChildren(.exited(code), errorOutput: "why t0p-secret\n")
            let hook = try hook(.lego(program: "/l"), secrets: ["TOKEN": "t0p-secret"], children: children)
            #expect(await hook.publish(try .txt("v")) == .failed(reason: "why *** (exit code \(code))"))
        }
    }

    // MARK: real hooks, real servers

    /// Add, add a second, again, take one away, take it away again; what others have there stays.
    private func story(_ hook: HookPublisher, _ server: some LoopbackNameServer, _ second: String = "-second")
        async throws
    {
        let (one, two) = (try PublishingOrder.txt("first", at: name), try PublishingOrder.txt(second, at: name))
        for order in [one, two, one] { #expect(await hook.publish(order) == .done) }
        #expect(try await server.values(name) == ["\"\(second)\"", "\"first\"", "\"foreign\""].sorted())
        for order in [two, two] { #expect(await hook.withdraw(order) == .done) }
        #expect(try await server.values(name) == ["\"first\"", "\"foreign\""])
        #expect(await hook.withdraw(one) == .done)
        #expect(try await server.values(name) == ["\"foreign\""])
    }

    /// What such hooks do: nsupdate with a key from the environment.
    private static let update = """
        update() { # add or delete, owner, value
            printf 'server 127.0.0.1 %s\\nkey %s\\nupdate %s %s. %s TXT "%s"\\nsend\\n' \\
                "$MY_Port" "$MY_Key" "$1" "$2" "$4" "$3" | nsupdate
        }
        """

    private func settings(_ server: BINDServer) -> (settings: [String: String], secrets: [String: String]) {
        let parts = server.key.split(separator: ":", maxSplits: 1).map { String($0) }
        let rest = parts[1].split(separator: ":", maxSplits: 1).map { String($0) }
        return (["MY_Port": "\(server.port)"], ["MY_Key": "\(parts[0]):\(rest[0]) \(rest[1])"])
    }

    @Test func certbotHooksPublishToBIND() async throws {
        try await BINDServer.with { server in
            let auth = try await server.folder.addScript(
                "auth",
                Self.update + "\nupdate add \"_acme-challenge.$CERTBOT_DOMAIN\" \"$CERTBOT_VALIDATION\" 60"
            )
            let cleanup = try await server.folder.addScript(
                "cleanup",
                Self.update + "\nupdate delete \"_acme-challenge.$CERTBOT_DOMAIN\" \"$CERTBOT_VALIDATION\""
            )
            let (settings, secrets) = settings(server)
            let foreign = ForeignHook.certbot(auth: auth, cleanup: cleanup)
            try await story(try hook(foreign, settings: settings, secrets: secrets), server)
        }
    }

    @Test func aDehydratedHookPublishesToBIND() async throws {
        try await BINDServer.with { server in
            let program = try await server.folder.addScript(
                "hook.sh",
                Self.update + """

                    # Also as with HOOK_CHAIN=yes: triples, as many as come.
                    operation=$1; shift
                    while [ $# -ge 3 ]; do
                        case $operation in
                        deploy_challenge) update add "_acme-challenge.$1" "$3" 60 || exit 1 ;;
                        clean_challenge) update delete "_acme-challenge.$1" "$3" || exit 1 ;;
                        esac
                        shift 3
                    done
                    """
            )
            let (settings, secrets) = settings(server)
            try await story(try hook(.dehydrated(program: program), settings: settings, secrets: secrets), server)
        }
    }

    @Test func aLegoProgramPublishesToBIND() async throws {
        try await BINDServer.with { server in
            let program = try await server.folder.addScript(
                "exec",
                Self.update + """

                    case $1 in
                    present) update add "${2%.}" "$3" 60 ;;
                    cleanup) update delete "${2%.}" "$3" ;;
                    esac
                    """
            )
            let (settings, secrets) = settings(server)
            try await story(try hook(.lego(program: program), settings: settings, secrets: secrets), server)
        }
    }

    @Test func aScriptOfDnsapiPublishesToBIND() async throws {
        try await BINDServer.with { server in
            let acmeSh = try await server.folder.add("acme.sh", Self.acmeShStandIn)
            try FileManager.default.createDirectory(
                atPath: server.folder.path + "/dnsapi",
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755]
            )
            let script = try await server.folder.add("dnsapi/dns_my.sh", "#!/bin/sh\n" + Self.update + Self.dnsapi)
            let (settings, secrets) = settings(server)
            let foreign = ForeignHook.acmeSh(acmeSh: acmeSh, script: script, function: "dns_my")
            try await story(try hook(foreign, settings: settings, secrets: secrets), server)
            // A wrong key: the script says so, and that reaches the person without the key.
            let outcome = await
                (try hook(foreign, settings: settings, secrets: ["MY_Key": "hmac-sha256:no d3Jvbmcgd3Jvbmc="]))
                .publish(try .txt("v", at: name))
            guard case .failed(let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.contains("exit code 1") && !reason.contains("d3Jvbmcgd3Jvbmc="), "\(reason)")
            // A script that others may write is not sourced.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: script)
            guard case .misconfigured(let refusal) = await (try hook(foreign)).publish(try .txt("v", at: name)) else {
                Issue.record("it was sourced")
                return
            }
            #expect(refusal.contains("chmod go-w"))
        }
    }

    @Test func realLexiconPublishesToPowerDNS() async throws {
        let program = DialectSections.lexiconPath
        try #require(FileManager.default.fileExists(atPath: program), "\(program) is missing: apt install lexicon")
        let home = try HookFolder()
        try await PowerDNSServer.with { server in
            let hook = try hook(
                .lexicon(program: program, provider: "powerdns"),
                settings: ["LEXICON_POWERDNS_PDNS_SERVER": server.url, "LEXICON_POWERDNS_PDNS_SERVER_ID": "localhost"],
                secrets: ["LEXICON_POWERDNS_AUTH_TOKEN": server.key],
                // It keeps a list of public suffixes there.
                home: home.path
            )
            try await story(hook, server)
        }
    }

    /// Behaves as acme.sh does where a script of dnsapi meets it; no line of acme.sh stands in it.
    private static let acmeShStandIn = """
        #!/bin/sh
        _info() { printf '%s\\n' "$*"; }
        _err() { printf '%s\\n' "$*" >&2; return 1; }
        _readaccountconf_mutable() {
            [ -f "$ACCOUNT_CONF_PATH" ] && sed -n "s/^SAVED_$1='\\(.*\\)'\\$/\\1/p" "$ACCOUNT_CONF_PATH"
        }
        _saveaccountconf_mutable() { printf "SAVED_%s='%s'\\n" "$1" "$2" >>"$ACCOUNT_CONF_PATH"; }
        main() {
            [ -z "$1" ] && { echo usage; return 0; }
            case $1 in
            -*) echo "no such option" >&2; return 1 ;;
            *) "$@" ;;
            esac
        }
        main "$@"

        """

    private static let dnsapi = """

        _prepare() {
            MY_Key="${MY_Key:-$(_readaccountconf_mutable MY_Key)}"
            [ -n "$MY_Key" ] || { _err "MY_Key is not set"; return 1; }
            case $1 in *.) _err "invalid owner name: empty label"; return 1 ;; esac
            _saveaccountconf_mutable MY_Key "$MY_Key"
        }
        dns_my_add() {
            _prepare "$1" || return 1
            _info "adding $1"
            update add "$1" "$2" 60 || { _err "the server refused"; return 1; }
        }
        dns_my_rm() {
            _prepare "$1" || return 1
            update delete "$1" "$2" || { _err "the server refused"; return 1; }
        }

        """
}

extension Array where Element: Sendable {
    fileprivate func asyncMap<Value>(_ change: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await change(element)) }
        return values
    }
}
