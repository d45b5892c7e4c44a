// What each kind of answer of an authoritative server becomes.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct SightingTests {
    static let name = "_acme-challenge.example.test"
    static let base = "example.test NS ns1.example.test\nns1.example.test A 5.0.2.1\n"

    /// The sighting of one server that holds `text`, or behaves as `manner` says.
    static func sighting(
        _ text: String,
        of record: RequiredRecord? = nil,
        hasSOA: Bool = true,
        manner: (([ScriptedZone]) -> Manner)? = nil
    ) async throws -> Sighting {
        let zone = try ScriptedZone("example.test", hasSOA: hasSOA, base + text)
        let world = try ScriptedWorld([
            "5.0.0.1": .honest([try ScriptedZone(".", ZoneCutTests.top)]),
            "5.0.1.1": .honest([try ScriptedZone("test", "ns.test A 5.0.1.1\n" + base)]),
            "5.0.2.1": manner?([zone]) ?? .honest([zone]),
        ])
        let survey = try await LiveSurveyor(world).survey(record ?? .txt(name, "token"))
        return try #require(survey.observations.first, "\(survey)").sighting
    }

    private static func text(_ values: String...) -> [OctetText] { values.map { OctetText($0.utf8) } }

    @Test func theValueAloneAndBesideOthers() async throws {
        #expect(try await Self.sighting("\(Self.name) TXT token") == .present(others: []))
        #expect(
            try await Self.sighting("\(Self.name) TXT zebra\n\(Self.name) TXT token\n\(Self.name) TXT apple")
                == .present(others: Self.text("apple", "zebra"))
        )
    }

    @Test func stringsAreJoinedBeforeComparing() async throws {
        #expect(try await Self.sighting("\(Self.name) TXT to|ken") == .present(others: []))
    }

    @Test func octetsCountIncludingLetterCase() async throws {
        #expect(
            try await Self.sighting("\(Self.name) TXT ToKen", of: .txt(Self.name, "ToKen")) == .present(others: [])
        )
        #expect(try await Self.sighting("\(Self.name) TXT Token") == .wrong(saw: Self.text("Token"), ttlSeconds: 300))
        #expect(
            try await Self.sighting("\(Self.name) TXT token2\n\(Self.name) TXT toke")
                == .wrong(saw: Self.text("toke", "token2"), ttlSeconds: 300)
        )
    }

    @Test func absentWithTheNegativeTTLOfTheSOA() async throws {
        #expect(try await Self.sighting("") == .absent(negativeTTLSeconds: 60))
        #expect(try await Self.sighting("\(Self.name) A 5.0.9.9") == .absent(negativeTTLSeconds: 60))
        #expect(try await Self.sighting("x.\(Self.name) A 5.0.9.9") == .absent(negativeTTLSeconds: 60))
    }

    @Test func theSmallerOfSOATTLAndMinimumCounts() async throws {
        let short = try await Self.sighting("") { zones in
            .changed(zones) { reply in
                reply.authority = reply.authority.map { record in
                    guard record.type == .soa else { return record }
                    return ResourceRecord(
                        ownerOctets: record.ownerOctets,
                        type: .soa,
                        ttlSeconds: 5,
                        dataOctets: record.dataOctets
                    )
                }
            }
        }
        #expect(short == .absent(negativeTTLSeconds: 5))
    }

    @Test func noSOAMeansNoCacheKeepsIt() async throws {
        #expect(try await Self.sighting("", hasSOA: false) == .absent(negativeTTLSeconds: 0))
    }

    @Test func anSOAFromAboveOrAsideDoesNotCount() async throws {
        for owner in ["test", "other.test", "x._acme-challenge.example.test"] {
            let soa = try ScriptedZone(owner, "").soa()
            let seen = try await Self.sighting("", hasSOA: false) { zones in
                .changed(zones) { reply in if reply.answer.isEmpty { reply.authority = [soa] } }
            }
            #expect(seen == .absent(negativeTTLSeconds: 0))
        }
    }

    @Test func aWildcardAnswersForTheName() async throws {
        #expect(try await Self.sighting("*.example.test TXT token") == .present(others: []))
        #expect(try await Self.sighting("*.example.test TXT spf") == .wrong(saw: Self.text("spf"), ttlSeconds: 300))
        // A record of another type at the name keeps the wildcard away.
        #expect(
            try await Self.sighting("*.example.test TXT spf\n\(Self.name) A 5.0.9.9") == .absent(negativeTTLSeconds: 60)
        )
    }

    @Test(arguments: [Rcode.refused, .serverFailure, .notImplemented, .formatError])
    func errorsAreNamed(rcode: Rcode) async throws {
        #expect(try await Self.sighting("") { _ in .failing(rcode) } == .notServed(reason: "answers \(rcode)"))
    }

    @Test func withoutAuthorityNothingCounts() async throws {
        for text in ["\(Self.name) TXT token", ""] {
            let seen = try await Self.sighting(text) { .lame($0) }
            guard case .notServed(let reason) = seen else {
                Issue.record("\(seen)")
                continue
            }
            #expect(reason.contains("lame"))
        }
    }

    @Test func silenceAndHostilityAreKeptApart() async throws {
        #expect(
            try await Self.sighting("") { _ in .silent } == .unreachable(reason: "no answer before the deadline")
        )
        #expect(try await Self.sighting("") { _ in .hostile } == .hostile(reason: "malformed answer"))
    }

    @Test func foreignRecordsInTheAnswerAreIgnored() async throws {
        let value = try ScriptedZone.record(DomainName("other.example.test"), "TXT", "token")
        let chaos = ResourceRecord(
            ownerOctets: try DomainName(Self.name).wire,
            type: .txt,
            recordClass: 3,
            ttlSeconds: 300,
            dataOctets: [5] + Array("token".utf8)
        )
        let own = try ScriptedZone.record(DomainName(Self.name), "TXT", "token")
        let changes: [@Sendable (inout Message) -> Void] = [
            { $0.answer.append(value) }, { $0.answer.append(chaos) }, { $0.authority.append(own) },
            { $0.additional.append(own) },
        ]
        for change in changes {
            #expect(try await Self.sighting("") { .changed($0, change) } == .absent(negativeTTLSeconds: 60))
        }
    }

    @Test func tooManyValuesAreHostile() async throws {
        let many = (0..<65).map { "\(Self.name) TXT v\($0)" }.joined(separator: "\n")
        let seen = try await Self.sighting(many)
        #expect(seen.code == "hostile")
        let enough = (0..<63).map { "\(Self.name) TXT v\($0)" }.joined(separator: "\n") + "\n\(Self.name) TXT token"
        #expect(try await Self.sighting(enough).isPresent)
    }

    // MARK: CNAME records

    private static func cname(_ text: String) async throws -> Sighting {
        try await sighting(text, of: .cname(name, "Proof.CA.test"))
    }

    @Test func aCNAMEIsComparedAsANameAndNotFollowed() async throws {
        #expect(try await Self.cname("\(Self.name) CNAME PROOF.ca.test") == .present(others: []))
        #expect(
            try await Self.cname("\(Self.name) CNAME elsewhere.test")
                == .wrong(saw: Self.text("elsewhere.test"), ttlSeconds: 300)
        )
        #expect(try await Self.cname("") == .absent(negativeTTLSeconds: 60))
        #expect(try await Self.cname("\(Self.name) TXT token") == .absent(negativeTTLSeconds: 60))
    }

    @Test func twoCNAMEsAtOneNameAreHostile() async throws {
        #expect(
            try await Self.cname("\(Self.name) CNAME proof.ca.test\n\(Self.name) CNAME elsewhere.test").code
                == "hostile"
        )
    }

    @Test func aCNAMETargetThatIsNoUsableName() async throws {
        let seen = try await Self.cname("\(Self.name) BAD-CNAME bad$name")
        guard case .wrong(let saw, _) = seen else {
            Issue.record("\(seen)")
            return
        }
        #expect(saw.first?.description.contains("not usable") == true)
    }
}
