// What a hook is told, byte for byte, and how its ending is read.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HookContractTests {
    @Test func aTXTOrderAsEnvironmentAndDocument() async throws {
        let children = RecordingChildren(.exited(0))
        let hook = try HookPublisher.test(
            "/hooks/x",
            settings: ["server": "192.0.2.53", "key-name": "k"],
            secrets: ["tsig_key": "hmac-sha256:k:c2VjcmV0"],
            children: children
        )
        #expect(await hook.publish(try .txt("-7lUq", target: "shop.validation.example.com")) == .done)
        let command = try #require(await children.commands.first)
        #expect(command.program == "/hooks/x")
        #expect(command.arguments == ["publish"])
        #expect(
            command.environment == [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent",
                "TMPDIR": command.directory, "DNSPROOF_API": "1", "DNSPROOF_ACTION": "publish",
                "DNSPROOF_KIND": "txt", "DNSPROOF_ID": "9f86d081884c7d65", "DNSPROOF_DEADLINE_S": "20",
                "DNSPROOF_ZONE": "example.com", "DNSPROOF_NAME": "_acme-challenge.shop.example.com",
                "DNSPROOF_TARGET": "shop.validation.example.com", "DNSPROOF_TYPE": "TXT", "DNSPROOF_VALUE": "-7lUq",
                "DNSPROOF_TTL": "60", "DNSPROOF_SETTING_SERVER": "192.0.2.53", "DNSPROOF_SETTING_KEY_NAME": "k",
                "DNSPROOF_SECRET_TSIG_KEY": "hmac-sha256:k:c2VjcmV0",
            ]
        )
        let expected: JSONValue = [
            "api": 1, "action": "publish", "deadline_s": 20, "id": "9f86d081884c7d65", "kind": "txt",
            "zone": "example.com", "name": "_acme-challenge.shop.example.com", "target": "shop.validation.example.com",
            "type": "TXT", "value": "-7lUq", "ttl_s": 60, "settings": ["key-name": "k", "server": "192.0.2.53"],
            "secrets": ["tsig_key": "hmac-sha256:k:c2VjcmV0"],
        ]
        #expect(try StrictJSON.parse(command.input, limitBytes: 4096) == expected)
        #expect(!FileManager.default.fileExists(atPath: command.directory))
    }

    @Test func aCNAMEOrderAndAnHTTPOrder() async throws {
        let children = RecordingChildren(.exited(0))
        let hook = try HookPublisher.test("/hooks/x", children: children)
        _ = await hook.withdraw(try .cname("x.validations.example.net", at: "_x.example.com"))
        _ = await hook.publish(try .http("ca3-1dd65f"))
        let commands = await children.commands
        #expect(commands[0].arguments == ["withdraw"])
        #expect(commands[0].environment["DNSPROOF_TYPE"] == "CNAME")
        #expect(commands[0].environment["DNSPROOF_VALUE"] == "x.validations.example.net")
        let variables = commands[1].environment
        #expect(variables["DNSPROOF_HTTP_HOST"] == "shop.example.com")
        #expect(variables["DNSPROOF_HTTP_PATH"] == "/.well-known/pki-validation/ca3-4f.txt")
        #expect(variables["DNSPROOF_HTTP_BODY"] == "ca3-1dd65f")
        for absent in ["NAME", "TARGET", "TYPE", "VALUE", "TTL"] { #expect(variables["DNSPROOF_" + absent] == nil) }
        let expected: JSONValue = [
            "api": 1, "action": "publish", "deadline_s": 20, "id": "9f86d081884c7d65", "kind": "http",
            "zone": "example.com",
            "http": [
                "host": "shop.example.com", "path": "/.well-known/pki-validation/ca3-4f.txt", "body": "ca3-1dd65f",
            ],
            "settings": [:], "secrets": [:],
        ]
        #expect(try StrictJSON.parse(commands[1].input, limitBytes: 4096) == expected)
    }

    @Test func endingsAreReadAsTheContractSays() async throws {
        func outcome(_ ending: ChildResult.Ending, _ words: String = "why\n") async throws -> HookOutcome {
            let children = RecordingChildren(ending, errorOutput: words)
            return try await HookPublisher.test("/hooks/x", children: children).publish(.txt("v"))
        }
        #expect(try await outcome(.exited(0)) == .done)
        #expect(try await outcome(.exited(69)) == .notMyZone(reason: "why (exit code 69)"))
        #expect(try await outcome(.exited(75)) == .tryLater(reason: "why (exit code 75)"))
        #expect(try await outcome(.exited(78)) == .misconfigured(reason: "why (exit code 78)"))
        for code: Int32 in [1, 2, 64, 126, 127, 255] {
            #expect(try await outcome(.exited(code)) == .failed(reason: "why (exit code \(code))"))
        }
        #expect(
            try await outcome(.signaled(11))
                == .tryLater(reason: "the hook was ended by signal 11; its last words: why")
        )
        #expect(
            try await outcome(.timedOut, "")
                == .tryLater(reason: "the hook was not done after 7 ms and was ended")
        )
        #expect(try await outcome(.cancelled, "") == .tryLater(reason: "the hook was ended because this run ends"))
        #expect(
            try await outcome(.noRoom("too many open files"))
                == .tryLater(reason: "the hook was not started: too many open files")
        )
        #expect(
            try await outcome(.notStarted("/x is not executable; cure: chmod u+x /x"))
                == .misconfigured(reason: "the hook was not started: /x is not executable; cure: chmod u+x /x")
        )
        #expect(
            try await outcome(.exited(3), " \n\r\n\t\n")
                == .failed(reason: "the hook ended with exit code 3 and no word on stderr")
        )
        #expect(try await outcome(.exited(1), "first\nlast\n\n  \n") == .failed(reason: "last (exit code 1)"))
    }

    @Test func lastWordsAreEscapedAndShortened() async throws {
        func reason(_ words: String, isTruncated: Bool = false) async throws -> String {
            let children = RecordingChildren(.exited(1), errorOutput: words, isTruncated: isTruncated)
            let hook = try HookPublisher.test("/hooks/x", secrets: ["k": "0123456789abcdef"], children: children)
            guard case .failed(let reason) = await hook.publish(try .txt("v")) else { return "another outcome" }
            return reason
        }
        #expect(
            try await reason("\u{1B}[31mred\u{1B}]0;title\u{7}\u{202E}é\0")
                == #"\027[31mred\027]0;title\007\226\128\174é\000 (exit code 1)"#
        )
        #expect(
            try await reason("\u{AD8C}\u{D55C} \u{C5C6}\u{C74C}: \u{2018}x\u{2019}")
                == "\u{AD8C}\u{D55C} \u{C5C6}\u{C74C}: \u{2018}x\u{2019} (exit code 1)"
        )
        // Left-to-right mark, no-break space, byte order mark, private use, a tag.
        for odd in ["\u{200E}", "\u{A0}", "\u{FEFF}", "\u{E000}", "\u{E0041}"] {
            #expect(try await reason("a\(odd)b").utf8.allSatisfy { $0 < 0x80 })
        }
        #expect(try await reason("x\rprogress 3%\r") == "progress 3% (exit code 1)")
        #expect(
            try await reason(String(repeating: "a", count: 999)) == String(repeating: "a", count: 500)
                + "... (999 bytes) (exit code 1)"
        )
        // A line cut off in the middle of the secret is not shown as far as the secret may reach.
        #expect(
            try await reason("the last whole line of many\n0123456", isTruncated: true)
                == "the last whole (exit code 1)"
        )
        #expect(!(try await reason("01234567890abcdef0123456789ab", isTruncated: true)).contains("0123456789ab"))
    }

    @Test(arguments: ["", "a b", "a=b", "é", String(repeating: "k", count: 65)])
    func oddKeysAreRefused(key: String) throws {
        #expect(throws: ContractVariableError.self) { try HookPublisher.test("/hooks/x", settings: [key: "v"]) }
        #expect(throws: ContractVariableError.self) { try HookPublisher.test("/hooks/x", secrets: [key: "v"]) }
    }

    @Test func valuesNoVariableCanCarryAreRefused() throws {
        func fault(_ settings: [String: String]) -> ContractVariableError? {
            do {
                _ = try HookPublisher(
                    name: "t",
                    program: "/x",
                    settings: settings,
                    home: "/",
                    children: RecordingChildren(.exited(0))
                )
                return nil
            } catch { return error }
        }
        #expect(fault(["a": "x\0y"])?.fault == .nul)
        #expect(fault(["a": String(repeating: "x", count: 65_537)])?.fault == .tooLong)
        #expect(fault(["a": String(repeating: "x", count: 65_536)]) == nil)
        #expect(fault(["a-b": "1", "a_b": "2"])?.fault == .sameVariable(as: "a-b"))
        #expect(fault(["Ab": "1", "aB": "2"])?.fault == .sameVariable(as: "Ab"))
        #expect(fault(["a": "x\0secret"])?.description.contains("secret") == false)
    }
}
