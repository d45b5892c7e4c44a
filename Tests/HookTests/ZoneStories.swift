// What is expected of every stock hook that writes through a provider's API, told once.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// A hook, and the zone `example.com` behind its API as the test sees and changes it.
struct ZoneStories {
    static let name = "_acme-challenge.shop.example.com"

    let hook: HookPublisher
    /// What `hook` starts, with settings and secrets as variables: for values that no order can hold.
    let program: String
    let variables: [String: String]
    /// Writes a record of a stranger's: type, name, value.
    let plant: (String, String, String) async throws -> Void
    /// The values of a type at a name, without the notation of the API.
    let read: (String, String) async throws -> [String]

    func oneValueBesideAForeignOne(kinds: Set<RecordKind> = [.txt, .cname]) async throws {
        try await plant("TXT", Self.name, "foreign")
        #expect(try await hook.describe().get() == HookDescription(kinds: kinds, labels: .any))
        for value in ["-one", "-one", "two; x=y"] { #expect(await hook.publish(try .txt(value)) == .done) }
        #expect(try await read("TXT", Self.name).sorted() == ["-one", "foreign", "two; x=y"])
        for value in ["-one", "-one", "never there", "foreig", "FOREIGN"] {
            #expect(await hook.withdraw(try .txt(value)) == .done)
        }
        #expect(try await read("TXT", Self.name).sorted() == ["foreign", "two; x=y"])
        // The record goes where the CNAMEs lead, and the last value leaves nothing behind.
        #expect(await hook.publish(try .txt("v", at: "x.example.net", target: "t.example.com")) == .done)
        #expect(try await read("TXT", "t.example.com") == ["v"])
        #expect(await hook.withdraw(try .txt("v", at: "t.example.com")) == .done)
        #expect(try await read("TXT", "t.example.com") == [])
        #expect(await hook.publish(try .txt("at the apex", at: "example.com")) == .done)
        #expect(try await read("TXT", "example.com") == ["at the apex"])
        #expect(await hook.withdraw(try .txt("at the apex", at: "example.com")) == .done)
        #expect(try await read("TXT", "example.com") == [])
    }

    /// - Parameter hostile: what no order can hold and the API can
    func everyValueArrivesByteForByte(
        _ hostile: [String] = [
            "a\"b", "a\\b", "\\065", "\"", "\\(1+1)", "$(id)`id`", "%s%n", "{\"a\":1}", "a\tb", "é",
        ]
    ) async throws {
        let name = "odd.example.com"
        for value in HookInjectionTests.someValues {
            #expect(await hook.publish(try .txt(value, at: name)) == .done)
            #expect(try await read("TXT", name) == [value])
            #expect(await hook.withdraw(try .txt(value, at: name)) == .done)
            #expect(try await read("TXT", name) == [])
        }
        for value in hostile {
            for (verb, wanted) in [("publish", [value]), ("publish", [value]), ("withdraw", [])] {
                let told = await run(verb, value, at: name)
                #expect(told.0 == 0, "\(value): \(told)")
                #expect(try await read("TXT", name) == wanted)
            }
        }
    }

    func whatStandsInTheWayIsNeverIgnored() async throws {
        let name = "cname.example.com"
        try await plant("CNAME", name, "elsewhere.example.net")
        try await plant("TXT", Self.name, "foreign")
        let refused = await hook.publish(try .txt("v", at: name)).told
        #expect(refused.kind == "failed" && refused.reason.contains("a CNAME stands at \(name)"), "\(refused)")
        #expect(await hook.withdraw(try .txt("v", at: name)) == .done)
        #expect(await hook.publish(try .cname("elsewhere.example.net", at: name)) == .done)
        for (target, name) in [("other.example.net", name), ("x.example.net", Self.name)] {
            let refused = await hook.publish(try .cname(target, at: name)).told
            #expect(refused.kind == "failed" && refused.reason.contains("other data stands at \(name)"), "\(refused)")
            #expect(await hook.withdraw(try .cname(target, at: name)) == .done)
        }
        #expect(try await read("CNAME", name) == ["elsewhere.example.net"])
        for _ in 1...2 { #expect(await hook.publish(try .cname("x.example.net", at: "new.example.com")) == .done) }
        #expect(try await read("CNAME", "new.example.com") == ["x.example.net"])
        for _ in 1...2 { #expect(await hook.withdraw(try .cname("x.example.net", at: "new.example.com")) == .done) }
        #expect(try await read("CNAME", "new.example.com") == [])
        #expect(try await read("TXT", Self.name) == ["foreign"])
        let outside = await hook.publish(try .txt("v", at: "badexample.com")).told
        #expect(outside.kind == "notMyZone" && outside.reason.contains("not inside the zone"), "\(outside)")
    }

    func anySequenceKeepsToTheModel(steps: Int) async throws {
        try await HookModel.hold(hook, steps: Rounds.steps(steps)) {
            try await plant("TXT", $0, HookModel.stranger)
        } read: {
            try await read("TXT", $0)
        }
    }

    /// Every variable that could become an address, an option, a file or a program: refused before anything is asked.
    func nothingOddIsSent(_ more: [(String, String)]) async throws {
        let cases: [(String, String)] = [
            ("DNSPROOF_VALUE", ""), ("DNSPROOF_TARGET", ""), ("DNSPROOF_TARGET", "x.example.com\nb"),
            ("DNSPROOF_TARGET", "x y.example.com"), ("DNSPROOF_TARGET", "x\".example.com"), ("DNSPROOF_ZONE", ""),
            ("DNSPROOF_ZONE", "a;b"), ("DNSPROOF_TTL", ""), ("DNSPROOF_TTL", "1 A 192.0.2.1"),
            ("DNSPROOF_KIND", "http"), ("DNSPROOF_KIND", ""),
        ]
        for (variable, text) in cases + more {
            let told = await run("publish", "v", at: Self.name, [variable: text])
            #expect(told.0 == 78, "\(variable)=\(text): \(told)")
        }
        #expect(await run("publish", String(repeating: "x", count: 256), at: Self.name).0 == 1)
        #expect(await run("list", "v", at: Self.name).0 == 64)
    }

    /// A quoted string of the zone file format without its notation (RFC 1035 5.1).
    static func plain(_ content: String) -> String {
        var octets: [UInt8] = []
        var rest = Array(content.utf8).dropFirst().dropLast()
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                octets.append(octet)
                continue
            }
            let digits = [next] + rest.prefix(2)
            if digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self)) {
                octets.append(code)
                rest = rest.dropFirst(2)
            } else {
                octets.append(next)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    func run(_ verb: String, _ value: String, at name: String, _ changes: [String: String] = [:]) async
        -> (Int32, String)
    {
        var environment = variables
        environment.merge([
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "DNSPROOF_KIND": "txt", "DNSPROOF_ZONE": "example.com",
            "DNSPROOF_NAME": name, "DNSPROOF_TARGET": name, "DNSPROOF_TYPE": "TXT", "DNSPROOF_VALUE": value,
            "DNSPROOF_TTL": "60", "DNSPROOF_DEADLINE_S": "20",
        ]) { $1 }
        environment.merge(changes) { $1 }
        let result = await ChildProcess().run(
            ChildCommand(program: program, arguments: [verb], environment: environment)
        )
        guard case .exited(let code) = result.ending else { return (-1, "\(result.ending)") }
        return (code, String(decoding: result.errorOutput.bytes, as: UTF8.self))
    }
}

extension RehearsedAPI {
    /// What no request may be, as the API noted it; empty where the hook kept to the API.
    var odd: String { (try? folder.text("odd")) ?? "" }
    var history: [String] { ((try? folder.text("history")) ?? "").split(separator: "\n").map { String($0) } }

    /// A stand-in for a provider's command line program, in a folder of its own.
    static func program(_ name: String, as program: String) async throws -> RehearsedAPI {
        let folder = try HookFolder()
        for file in [name + ".py", "rehearsal.py"] {
            let bytes = try Files.read(fixture(file), limitBytes: 1 << 20)
            try folder.write(file, String(decoding: bytes, as: UTF8.self))
        }
        // It is started hundreds of times: what it needs stands compiled beside it after the first.
        _ = try await folder.add(
            program,
            """
            #!/usr/bin/python3 -IS
            import sys
            sys.path.insert(0, '\(folder.path)')
            import \(name)
            sys.exit(\(name).main())

            """
        )
        return RehearsedAPI(folder: folder, endpoint: "")
    }

    /// What stands behind the API, in its own words.
    func records() throws -> [JSONValue] {
        guard folder.has("records") else { return [] }
        return try StrictJSON.parse(try folder.read("records"), limitBytes: 1 << 20).array ?? []
    }

    func plant(_ record: JSONValue) async throws {
        let text = String(decoding: JSONValue.array(try records() + [record]).serialized(), as: UTF8.self)
        try folder.write("records", text)
    }

    func fault(_ lines: String...) async throws {
        try folder.write("faults", lines.joined(separator: "\n") + "\n")
    }

    /// The stories about a hook with these settings and secrets.
    func stories(
        _ hook: String,
        settings: [String: String],
        secrets: [String: String],
        plant: @escaping (String, String, String) async throws -> Void,
        read: @escaping (String, String) async throws -> [String]
    ) async throws -> ZoneStories {
        let program = try await StockHooks.copy(hook, into: folder)
        func variables(_ pairs: [String: String], _ family: String) -> [(String, String)] {
            pairs.map { ("DNSPROOF_\(family)_" + $0.key.uppercased(), $0.value) }
        }
        return ZoneStories(
            hook: try HookPublisher.test(
                program,
                settings: settings,
                secrets: secrets,
                deadlineMilliseconds: 20_000
            ),
            program: program,
            variables: Dictionary(
                uniqueKeysWithValues: variables(settings, "SETTING") + variables(secrets, "SECRET")
            ),
            plant: plant,
            read: read
        )
    }
}
