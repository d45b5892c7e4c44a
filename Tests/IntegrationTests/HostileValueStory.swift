// What a provider asks for reaches a hook only when it is what it should be: everything else is refused with a reason.
import DCV
import Foundation
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("Hostile values") struct HostileValueStory {
        private static let name = "_acme-challenge.shop.test"

        struct Hostile: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let token: RehearsedToken

            init(_ description: String, _ token: RehearsedToken) {
                testDescription = description
                self.token = token
            }
        }

        static let all = [
            Hostile("a command substitution", .txt(name: name, value: "$(touch x)")),
            Hostile("backticks", .txt(name: name, value: "`touch x`")),
            Hostile("a second line", .txt(name: name, value: "good\n_acme-challenge.shop.test. 60 TXT bad")),
            Hostile("another command of nsupdate", .txt(name: name, value: "\"; update delete shop.test.")),
            Hostile("300 octets", .txt(name: name, value: String(repeating: "a", count: 300))),
            Hostile("NUL", .txt(name: name, value: "nul\u{0}nul")),
            Hostile("another zone", .txt(name: "_acme-challenge.evil.test", value: "outside")),
            Hostile("a zone that ends alike", .txt(name: "_acme-challenge.evilshop.test", value: "outside")),
            Hostile("the zone in the middle", .txt(name: "_acme-challenge.shop.test.evil.test", value: "outside")),
            Hostile("a name that is a command", .txt(name: "_acme-challenge.$(touch x).shop.test", value: "good")),
            Hostile(
                "a CNAME of two lines",
                .cname(name: "_proof.shop.test", target: "target.test\nshop.test. 60 NS evil.test.")
            ),
            Hostile("a CNAME in another zone", .cname(name: "_proof.evil.test", target: "target.test")),
            Hostile(
                "a file at another host",
                .http(url: "http://evil.test/.well-known/acme-challenge/token", body: "outside")
            ),
            Hostile(
                "a path that leaves the folder",
                .http(url: "http://shop.test/.well-known/acme-challenge/../../../etc/x", body: "path")
            ),
            Hostile(
                "a body that is a command",
                .http(url: "http://shop.test/.well-known/acme-challenge/x", body: "$(touch x)")
            ),
        ]

        @Test("Refused with a reason, no hook, no PATCH, exit 4", arguments: all)
        func refused(_ hostile: Hostile) async throws {
            let method =
                switch hostile.token {
                case .txt: "txt"
                case .cname: "cname"
                case .http: "http"
                }
            let pack = LaboratoryPlan.pack(1, "shop.test", method: method, tokens: [hostile.token])
            try await Laboratory.with(LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])])) { lab in
                let before = try await lab.servers.dump("shop.test")
                let end = try await lab.run("run", "--wait", "5s")
                #expect(end.code == 4, "\(end)")
                #expect(end.lines.contains { $0.hasPrefix("error ") }, "\(end)")
                #expect(end.output.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) }, "\(end)")
                #expect(lab.hooks.changes.isEmpty, "a hook was started: \(lab.hooks.changes)")
                #expect(lab.patches == 0 && lab.cloudflare.count(of: .retry) == 0)
                #expect(try await lab.servers.dump("shop.test") == before)
                let files = FileManager.default.enumerator(atPath: lab.folder)?.allObjects ?? []
                #expect(!files.contains { ($0 as? String)?.split(separator: "/").last == "x" }, "somebody made x")
            }
        }

        @Test("A certificate with a hostile value does not keep its neighbour waiting")
        func neighbour() async throws {
            let packs = [
                LaboratoryPlan.pack(1, "shop.test", tokens: [Self.all[0].token]),
                LaboratoryPlan.pack(2, "www.shop.test"),
            ]
            try await Laboratory.with(LaboratoryPlan(zones: [.init(apex: "shop.test", packs: packs)])) { lab in
                let end = try await lab.run("run", "--wait", "1m")
                #expect(end.code == 4, "\(end)")
                #expect(try !lab.pack(1).isActive && lab.pack(2).isActive && lab.patches == 1)
                #expect(lab.hooks.changes.count == 2)
                #expect(lab.hooks.changes.allSatisfy { $0.contains(" _acme-challenge.www.shop.test ") })
            }
        }
    }
}
