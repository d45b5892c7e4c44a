// Token files: fetched from every address of the host, each checked first, and judged by status and octets.
import DCV
import LDNS
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPTokenTests {
    private static let path = "/.well-known/pki-validation/ca3.txt"

    private static func record(_ host: String = "shop.example.test") throws -> RequiredRecord {
        RequiredRecord(
            .http(host: try DomainName(host), path: try HTTPTokenPath(path), body: try HTTPTokenBody("token-body"))
        )
    }

    private static func world(_ hosts: String) throws -> ScriptedWorld {
        try ZoneCutTests.world(zone: ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + hosts)
    }

    private static func sighting(_ answer: Result<HTTPResponse, HTTPFailure>) async throws -> Sighting {
        let web = ScriptedWeb { $0.url.scheme == .http ? answer : .failure(.tlsFailed("no TLS")) }
        let survey = try await LiveSurveyor(world("shop.example.test A 5.0.8.1"), web: web).survey(record())
        #expect(survey.problems == [])
        return try #require(survey.observations.first).sighting
    }

    @Test func everyAddressIsFetchedFrom() async throws {
        let web = ScriptedWeb([
            "5.0.8.1": .success(try ScriptedWeb.response(200, "token-body\r\n")),
            "2a00::81": .success(try ScriptedWeb.response(404, "none")),
        ])
        let world = try Self.world(
            "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.2\nshop.example.test AAAA 2a00::81"
        )
        let survey = try await LiveSurveyor(world, web: web) { $0.httpPort = 8080 }.survey(Self.record())
        #expect(
            survey.lines == [
                "shop.example.test 2a00::81 absent", "shop.example.test 5.0.8.1 present",
                "shop.example.test 5.0.8.2 unreachable",
            ]
        )
        #expect(survey.zone?.text == "example.test")
        for request in web.history {
            #expect(request.url.description == "http://shop.example.test:8080" + Self.path)
            #expect(request.peer?.port == 8080)
            #expect(request.headers["accept-encoding"] == "identity")
            #expect(request.bodyLimitBytes == 10 + 64)
            #expect(request.deadlineMilliseconds == 10_000)
            #expect(request.method == .get)
        }
    }

    @Test func bodiesAreComparedByOctets() async throws {
        #expect(try await Self.sighting(.success(ScriptedWeb.response(200, "token-body"))) == .present(others: []))
        #expect(
            try await Self.sighting(.success(ScriptedWeb.response(200, "Token-body")))
                == .wrong(saw: [OctetText("Token-body".utf8)], ttlSeconds: 0)
        )
        #expect(
            try await Self.sighting(.success(ScriptedWeb.response(200, " token-body"))).code == "wrong"
        )
        let long = String(repeating: "x", count: 70)
        #expect(
            try await Self.sighting(.success(ScriptedWeb.response(200, long)))
                == .wrong(saw: [OctetText(long.utf8.prefix(64))], ttlSeconds: 0)
        )
    }

    @Test func statusesAreToldApart() async throws {
        for status in [404, 410] {
            #expect(
                try await Self.sighting(.success(ScriptedWeb.response(status, "token-body")))
                    == .absent(negativeTTLSeconds: 0)
            )
        }
        for status in [201, 204, 304, 400, 401, 403, 500, 503] {
            #expect(
                try await Self.sighting(.success(ScriptedWeb.response(status, "token-body")))
                    == .notServed(reason: "HTTP status \(status)")
            )
        }
    }

    /// nginx says "not found" in some 150 octets of HTML, others in kilobytes: the status is the answer.
    @Test(arguments: [150, 2048, 1 << 20]) func aLongPageIsJudgedByItsStatus(octets: Int) async throws {
        let page = String(repeating: "<p>page</p>", count: octets / 11 + 1)
        for status in [404, 410] {
            #expect(
                try await Self.sighting(.success(ScriptedWeb.response(status, page)))
                    == .absent(negativeTTLSeconds: 0)
            )
        }
        #expect(
            try await Self.sighting(.success(ScriptedWeb.response(503, page)))
                == .notServed(reason: "HTTP status 503")
        )
        let other = try await Self.sighting(.success(ScriptedWeb.response(200, page)))
        #expect(other == .wrong(saw: [OctetText(page.utf8.prefix(64))], ttlSeconds: 0))
        #expect(!other.isBlind, "the token may be published in its place")
    }

    @Test func aTokenWithMoreBehindTheLimitIsNoToken() async throws {
        let body = "token-body" + String(repeating: "\n", count: 64)
        #expect(try await Self.sighting(.success(ScriptedWeb.response(200, body))).isPresent)
        #expect(try await Self.sighting(.success(ScriptedWeb.response(200, body + "x"))).code == "wrong")
    }

    @Test func compressedBodiesDoNotCount() async throws {
        let seen = try await Self.sighting(
            .success(ScriptedWeb.response(200, "token-body", headers: [("content-encoding", "gzip")]))
        )
        #expect(
            seen
                == .notServed(reason: "the file comes with Content-Encoding \"gzip\", which was not asked for")
        )
        let missing = try await Self.sighting(
            .success(ScriptedWeb.response(404, "none", headers: [("content-encoding", "gzip")]))
        )
        #expect(missing == .absent(negativeTTLSeconds: 0))
        let identity = try await Self.sighting(
            .success(ScriptedWeb.response(200, "token-body", headers: [("content-encoding", "Identity")]))
        )
        #expect(identity.isPresent)
    }

    @Test func failuresOfTheFetch() async throws {
        #expect(try await Self.sighting(.failure(.unreachable("refused"))).code == "unreachable")
        // A connection that was taken: the CA tries no other address then.
        #expect(try await Self.sighting(.failure(.timedOut(milliseconds: 10_000))).code == "not-served")
        #expect(try await Self.sighting(.failure(.brokenOff("reset"))).code == "not-served")
        #expect(try await Self.sighting(.failure(.tooLarge(what: "head", limitBytes: 65_536))).code == "not-served")
    }

    @Test func specialUseAddressesAreNotFetchedFrom() async throws {
        let web = ScriptedWeb(["169.254.169.254": .success(try ScriptedWeb.response(200, "token-body"))])
        let alone = try await LiveSurveyor(Self.world("shop.example.test A 169.254.169.254"), web: web).survey(
            Self.record()
        )
        #expect(alone.codes == [.specialUseAddress, .hostWithoutAddress])
        let beside = try await LiveSurveyor(
            Self.world("shop.example.test A 169.254.169.254\nshop.example.test A 5.0.8.1"),
            web: web
        ).survey(Self.record())
        #expect(beside.codes == [.specialUseAddress])
        #expect(beside.lines == ["shop.example.test 5.0.8.1 unreachable"])
        #expect(web.history.map { $0.peer?.address.description } == ["5.0.8.1"])
    }

    @Test func hostsWithoutAddress() async throws {
        let none = try await LiveSurveyor(Self.world("")).survey(Self.record())
        #expect(none.codes == [.hostWithoutAddress])
        let text = try await LiveSurveyor(Self.world("shop.example.test TXT x")).survey(Self.record())
        #expect(text.codes == [.hostWithoutAddress])
        let nowhere = try await LiveSurveyor(Self.world("")).survey(Self.record("shop.nowhere.test"))
        #expect(nowhere.codes == [.noSuchDomain])
        let silent = try await LiveSurveyor(
            ZoneCutTests.world(others: ["5.0.2.1": .silent, "2a00::21": .silent, "5.0.2.2": .silent])
        ).survey(Self.record())
        #expect(silent.codes == [.zoneCutUnknown])
    }

    @Test func theHostsCNAMEChainIsFollowed() async throws {
        let web = ScriptedWeb(["5.0.8.1": .success(try ScriptedWeb.response(200, "token-body"))])
        let chain = "shop.example.test CNAME cdn.example.test\ncdn.example.test A 5.0.8.1"
        let survey = try await LiveSurveyor(Self.world(chain), web: web).survey(Self.record())
        #expect(survey.lines == ["shop.example.test 5.0.8.1 present"])
        let loop = "shop.example.test CNAME cdn.example.test\ncdn.example.test CNAME shop.example.test"
        let looping = try await LiveSurveyor(Self.world(loop), web: web).survey(Self.record())
        #expect(looping.codes == [.cnameLoop])
    }

    @Test func theFileAsItStandsNow() async throws {
        let web = ScriptedWeb([
            "5.0.8.1": .success(try ScriptedWeb.response(200, "old")),
            "5.0.8.2": .success(try ScriptedWeb.response(404, "")),
        ])
        let world = try Self.world(
            "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.2\nshop.example.test A 5.0.8.3"
        )
        let record = try Self.record()
        let view = await (try LiveSurveyor(world, web: web)).rrset(of: record, at: record.name)
        #expect(view.kind == .http)
        let shown = view.values.map { "\($0.key.address) \($0.value)" }.sorted()
        #expect(shown == ["5.0.8.1 [old]", "5.0.8.2 []"])
    }
}
