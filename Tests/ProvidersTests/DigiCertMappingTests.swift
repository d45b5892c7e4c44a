// Every recorded or documented shape of domains and orders against the reading written beside it, through the whole provider.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertMappingTests {
    static func names() throws -> [String] {
        try DigiCertFixtures.names("domains") + DigiCertFixtures.names("orders")
    }

    @Test(arguments: try names())
    func shapesBecomeWhatStandsBesideThem(_ name: String) async throws {
        let fixture = try DigiCertFixtures.read(name)
        let http = DigiCertFixtures.table(fixture)
        let reading = try await DigiCertSample.provider(http).read()
        let lines = DigiCertFixtures.lines(reading)
        let expected = fixture["expect"]?.array?.compactMap { $0.string }
        #expect(lines == expected, "\(name) \(JSONValue.array(lines.map { .string($0) }).serializedText)")
        let calls = fixture["calls"]?.array?.compactMap { $0.string }
        #expect(http.calls == calls, "\(name) \(JSONValue.array(http.calls.map { .string($0) }).serializedText)")
    }

    @Test(arguments: try names())
    func aLookGivesWhatTheReadingGave(_ name: String) async throws {
        let provider = try DigiCertSample.provider(DigiCertFixtures.table(try DigiCertFixtures.read(name)))
        for read in await provider.read().authorizations {
            let quiet = read.status == .valid && !read.capabilities.revalidations.isEmpty
            guard let fresh = try? await provider.refresh(read).get() else {
                // The list was enough, and the fixture has no page of the domain.
                #expect(quiet, "\(name) \(read.key)")
                continue
            }
            #expect(fresh.status == read.status && fresh.method == read.method && fresh.proof == read.proof, "\(name)")
            #expect(fresh.tokenGeneration == read.tokenGeneration && fresh.mayBeActedOn == read.mayBeActedOn, "\(name)")
            #expect(fresh.expiresAt == read.expiresAt && fresh.capabilities == read.capabilities, "\(name)")
            #expect(fresh.scope == read.scope && fresh.identifiers == read.identifiers, "\(name)")
            // The state of the organization is told once a reading.
            let told = read.findings.filter { $0.code != "organization-pending" }
            #expect(fresh.findings.filter { $0.code != "organization-pending" } == told, "\(name)")
        }
    }

    @Test func theOrderOfTypesMeansNothing() async throws {
        let one = try DigiCertFixtures.read("domains/seed-ev-ov")["expect"]
        let other = try DigiCertFixtures.read("domains/seed-ov-ev")["expect"]
        #expect(one != nil && one == other)
    }
}
