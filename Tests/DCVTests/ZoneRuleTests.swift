// Which hands a record may need: those of its own zone, and of the zones to which a CNAME may lead it.
import Testing

@testable import DCV

@Suite("Zone rules", .timeLimit(.minutes(1)))
struct ZoneRuleTests {
    @Test func publishersThatMayBeCalled() throws {
        var delegating = Policy.standard
        delegating.publish.delegations = [try name("proofs.example.net"), try name("elsewhere.test")]
        func rule(_ apex: String?, _ publishers: [String], _ policy: Policy = .standard) throws -> Situation.ZoneRule {
            Situation.ZoneRule(
                apex: try apex.map { try name($0) },
                publishers: publishers.map { .init(name: $0, kinds: nil) },
                policy: policy
            )
        }
        let zones = [
            try rule("example.com", ["bind", "web"]), try rule("shop.example.com", ["shop"], delegating),
            try rule("example.net", ["net"]), try rule("deep.proofs.example.net", ["deep"]),
            try rule("example.org", ["org"]), try rule(nil, ["any"]),
        ]
        func needed(_ owners: String...) throws -> Set<String> {
            zones.publishers(for: try owners.map { try txt($0, "v") })
        }
        #expect(try needed() == [])
        #expect(try needed("_acme-challenge.example.com") == ["bind", "web"])
        #expect(try needed("_acme-challenge.example.com", "_a.www.example.org") == ["bind", "web", "org"])
        #expect(try needed("_acme-challenge.unknown.test") == ["any"])
        #expect(try needed("_acme-challenge.shop.example.com") == ["shop", "net", "deep", "any"])
        #expect([Situation.ZoneRule]().publishers(for: [try txt("_a.example.com", "v")]) == [])
    }
}
