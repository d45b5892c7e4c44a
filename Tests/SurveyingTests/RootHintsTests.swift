// Root hints: the built-in list, and files in IANA's form.
import DCV
import Foundation
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct RootHintsTests {
    @Test func builtIn() {
        let hints = RootHints.builtIn
        #expect(hints.servers.map(\.name.text) == "abcdefghijklm".map { "\($0).root-servers.net" })
        #expect(hints.servers.allSatisfy { $0.addresses.count == 2 && $0.addresses.last?.isV6 == true })
        #expect(hints.servers.allSatisfy { server in server.addresses.allSatisfy { !$0.isSpecialUse } })
    }

    @Test(.enabled(if: FileManager.default.isReadableFile(atPath: "/usr/share/dns/root.hints"), "needs dns-root-data"))
    func builtInIsWhatDebianHas() throws {
        let text = try String(contentsOfFile: "/usr/share/dns/root.hints", encoding: .utf8)
        #expect(try RootHints(file: text) == .builtIn)
    }

    @Test func laboratoryFile() throws {
        let hints = try RootHints(
            file: """
                ; a laboratory
                .       3600 IN NS ns.root.test. ; the only one
                \tNS.root.test. 3600 A 127.0.0.1
                ns.root.test. AAAA ::1\r
                other.test. A 127.0.0.9
                """
        )
        #expect(hints.servers.map(\.name.text) == ["ns.root.test"])
        #expect(hints.servers.first?.addresses.map(\.description) == ["127.0.0.1", "::1"])
    }

    @Test(arguments: [
        ("", 0), ("; nothing", 0), (". NS ns.test.", 0), ("ns.test. A 127.0.0.1", 0),
        (". NS ns.test.\nns.test. A 127.1", 2),
        (". NS ns.test.\nns.test. A ::1", 2), (". NS", 1), ("test. NS ns.test.", 1), (". NS bad$name", 1),
        ("a..b A 127.0.0.1", 1), (". 60 IN MX mail.test.", 1),
    ])
    func faults(text: String, line: Int) {
        let fault = #expect(throws: RootHints.Fault.self) { try RootHints(file: text) }
        #expect(fault?.line == line)
    }
}
