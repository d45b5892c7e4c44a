// What was recorded leads to the same survey again, without the world; a file that lies or is too large is refused, and nothing crashes.
import DCV
import Foundation
import LDNS
import Platform
import Testing

@testable import Surveying

@Suite("Evidence", .timeLimit(.minutes(1)))
struct EvidenceTests {
    /// A scripted world whose messages have octets, as those of sockets have.
    private struct WiredWorld: Asking {
        let world: ScriptedWorld

        func ask(_ batch: [Query]) async -> [Answer] {
            await world.ask(batch).map { answer in
                guard case .message(let message) = answer.outcome, let octets = try? Wire.encode(message) else {
                    return answer
                }
                return Answer(
                    answer.query,
                    answer.outcome,
                    roundTripMilliseconds: 7,
                    manner: answer.manner,
                    octets: octets
                )
            }
        }
    }

    private static let name = "_acme-challenge.example.test"
    private static let base = """
        example.test NS ns1.example.test
        example.test NS ns2.example.test
        ns1.example.test A 5.0.2.1
        ns2.example.test A 5.0.2.2
        ns2.example.test A 5.0.2.3

        """

    private static func world() throws -> ScriptedWorld {
        let zone = try ScriptedZone("example.test", base + "\(name) CNAME end.other.test")
        let other = try ScriptedZone("other.test", "other.test NS ns1.example.test\nend.other.test TXT token")
        let registry = try ScriptedZone(
            "test",
            "ns.test A 5.0.1.1\nother.test NS ns1.example.test\n" + base
        )
        return try ScriptedWorld([
            "5.0.0.1": .honest([try ScriptedZone(".", ZoneCutTests.top)]), "5.0.1.1": .honest([registry]),
            "5.0.2.1": .honest([zone, other]), "5.0.2.2": .honest([zone]), "5.0.2.3": .silent,
        ])
    }

    private static let configuration: SurveyorConfiguration? = {
        guard let root = try? DomainName("root.test"), let address = IPAddress(LiveSurveyor.hints) else { return nil }
        return SurveyorConfiguration(
            dnsPort: 5300,
            rootHints: RootHints([RootHints.Server(root, [address])]),
            allowedNetworks: [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        )
    }()

    private func seen() async throws -> (evidence: Evidence, surveys: [Survey], views: [NameView]) {
        let configuration = try #require(Self.configuration)
        let record = try RequiredRecord.txt(Self.name, "token")
        let zone = try DomainName("other.test")
        let request = ExplainRequest(
            asked: Self.name,
            names: [zone],
            wanted: [ExplainRequest.Wanted(record, under: .standard)]
        )
        let clock = StoppedClock(ScriptedClock())
        let recorder = EvidenceRecorder(
            exchange: WiredWorld(world: try Self.world()),
            http: ScriptedWeb(),
            clock: clock,
            random: SystemRandom()
        )
        let surveyor = LiveSurveyor(
            configuration: configuration,
            exchange: recorder,
            http: recorder,
            clock: clock,
            random: recorder
        )
        let surveys = await surveyor.survey(request.wanted.map(\.survey))
        let views = [await surveyor.view(of: zone)]
        return (recorder.evidence(of: request, under: configuration, seenAt: clock.now()), surveys, views)
    }

    /// With keys in a known order, so that pieces of it can be changed.
    private static func text(_ evidence: Evidence) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(evidence), as: UTF8.self)
    }

    private func replayed(_ evidence: Evidence) async -> ([Survey], [NameView]) {
        let world = EvidenceReplay(evidence)
        let surveyor = LiveSurveyor(
            configuration: evidence.surroundings.configuration,
            exchange: world,
            http: world,
            clock: world,
            random: world
        )
        let surveys = await surveyor.survey(evidence.request.wanted.map(\.survey))
        var views: [NameView] = []
        for name in evidence.request.names { views.append(await surveyor.view(of: name)) }
        return (surveys, views)
    }

    @Test func theFileLeadsToTheSameSurveysTimeAfterTime() async throws {
        let (evidence, surveys, views) = try await seen()
        #expect(surveys.first?.observations.isEmpty == false && surveys.first?.chain.count == 2)
        #expect(views.first?.zones.isEmpty == false)
        let text = try JSONEncoder().encode(evidence)
        let read = try JSONDecoder().decode(Evidence.self, from: text)
        #expect(read == evidence)
        for _ in 0..<5 {
            let (again, viewsAgain) = await replayed(read)
            #expect(again == surveys)
            #expect(viewsAgain == views)
        }
    }

    @Test func whatWasNotAskedIsSaidToBeSo() async throws {
        let evidence = try await seen().evidence
        let emptied = Evidence(
            seenAt: evidence.seenAt,
            request: evidence.request,
            surroundings: evidence.surroundings.configuration,
            dns: [],
            http: []
        )
        let survey = try #require(await replayed(emptied).0.first)
        #expect(survey.observations.isEmpty)
        #expect(survey.problems.contains { $0.text.contains(EvidenceReplay.notAsked) }, "\(survey.problems)")
    }

    /// What was asked beyond the limit is not there; whoever gets the file must know.
    @Test func aRecordingThatWasCutSaysSo() async throws {
        let configuration = try #require(Self.configuration)
        let clock = StoppedClock(ScriptedClock())
        let recorder = EvidenceRecorder(
            exchange: WiredWorld(world: try Self.world()),
            http: ScriptedWeb(),
            clock: clock,
            random: SystemRandom(),
            questionLimit: 3
        )
        let surveyor = LiveSurveyor(
            configuration: configuration,
            exchange: recorder,
            http: recorder,
            clock: clock,
            random: recorder
        )
        _ = await surveyor.survey([SurveyRequest(try .txt(Self.name, "token"))])
        let request = ExplainRequest(asked: Self.name, names: [], wanted: [])
        let evidence = recorder.evidence(of: request, under: configuration, seenAt: clock.now())
        #expect(evidence.dns.count == 3)
        #expect(evidence.leftOut > 0)
        let read = try JSONDecoder().decode(Evidence.self, from: try JSONEncoder().encode(evidence))
        #expect(read.leftOut == evidence.leftOut)
        let whole = try await seen().evidence
        #expect(whole.leftOut == 0)
        #expect(!(try Self.text(whole)).contains("left_out"))
    }

    /// The refusal of a file that is too long names the list that is.
    @Test func theListThatIsTooLongIsNamed() async throws {
        let evidence = try await seen().evidence
        let draws = try Self.text(evidence).replacingOccurrences(
            of: "\"random\":[",
            with: "\"random\":[" + String(repeating: "\"00\",", count: Evidence.randomLimit)
        )
        do {
            _ = try JSONDecoder().decode(Evidence.self, from: Data(draws.utf8))
            Issue.record("it was read")
        } catch DecodingError.dataCorrupted(let context) {
            #expect(context.codingPath.map(\.stringValue) == ["random"])
            #expect(context.debugDescription.contains("more than \(Evidence.randomLimit)"))
        }
    }

    @Test func theFileIsNotBelieved() async throws {
        let evidence = try await seen().evidence
        let text = try Self.text(evidence)
        func refused(_ piece: String, _ other: String) -> Bool {
            guard text.contains(piece) else { return false }
            let changed = text.replacingOccurrences(of: piece, with: other)
            return (try? JSONDecoder().decode(Evidence.self, from: Data(changed.utf8))) == nil
        }
        #expect(refused("\"dnsproof_evidence\":2", "\"dnsproof_evidence\":1"))
        #expect(refused("\"dns_port\":5300", "\"dns_port\":70000"))
        let climb = "{\"identifier\":\"a.test\",\"issuers\":[],\"methods\":[],\"enforced\":true}"
        for (count, isRefused) in [(ExplainRequest.nameLimit, false), (ExplainRequest.nameLimit + 1, true)] {
            let climbs = Array(repeating: climb, count: count).joined(separator: ",")
            #expect(refused("\"issuance\":[]", "\"issuance\":[\(climbs)]") == isRefused)
        }
        for (data, isRefused) in [("4f660d02", true), ("4f660d02aa", false)] {
            let anchor = "{\"owner\":\"test\",\"type\":\"DS\",\"data\":\"\(data)\"}"
            #expect(refused("\"resolvers\":[", "\"trust_anchors\":[\(anchor)],\"resolvers\":[") == isRefused, "\(data)")
        }
        #expect(refused("\"allow_networks\":[", "\"allow_networks\":[\"5.0.2.0/33\","))
        #expect(refused("\"address\":\"5.0.2.1\"", "\"address\":\"5.0.2.256\""))
        #expect(refused("\"asked\":\"\(Self.name)\",", ""))
        #expect(refused("\"message\":\"", "\"message\":\"xx"))
        #expect(refused("\"message\":\"", "\"message\":\"0"))
    }

    /// Octets of a stranger: every message damaged in turn is an answer that does not count, not the end of the program.
    @Test func damagedMessagesAreAnswersThatDoNotCount() async throws {
        let evidence = try await seen().evidence
        let text = try Self.text(evidence)
        for (piece, other) in [
            ("\"message\":\"", "\"message\":\"ff"), ("8180", "ffff"), ("00", "ff"), ("c00c", "c0ff"),
        ] {
            let changed = text.replacingOccurrences(of: piece, with: other)
            guard let damaged = try? JSONDecoder().decode(Evidence.self, from: Data(changed.utf8)) else { continue }
            let (surveys, views) = await replayed(damaged)
            #expect(surveys.count == 1 && views.count == 1)
        }
    }

    @Test func fetchesKeepWhatAVerdictDependsOnAndNoCookie() async throws {
        let url = try HTTPURL(.http, host: .name(try DomainName("example.test")), segments: ["token"])
        let peer = HTTPRequest.Peer(address: .v4(0x0500_0201), port: 80)
        let request = HTTPRequest(.get, url, peer: peer)
        let response = try ScriptedWeb.response(
            302,
            "moved",
            headers: [("Location", "http://other.test/"), ("Set-Cookie", "session=canary")]
        )
        let written = EvidenceFetch(request, .success(response), atMilliseconds: 1)
        let text = String(decoding: try JSONEncoder().encode(written), as: UTF8.self)
        #expect(!text.contains("canary"))
        let read = try JSONDecoder().decode(EvidenceFetch.self, from: Data(text.utf8))
        let again = try read.result().get()
        #expect(again.status == 302 && again.body == response.body && again.headers["location"] == "http://other.test/")
        let failures: [HTTPFailure] = [
            .refused("a"), .unreachable("b"), .noRoute("2a00::1"), .tlsFailed("c"), .timedOut(milliseconds: 5),
            .brokenOff("d"),
            .tooLarge(what: "body", limitBytes: 9), .malformedAnswer("e"), .cancelled,
        ]
        for failure in failures {
            let written = EvidenceFetch(request, .failure(failure), atMilliseconds: 1)
            let read = try JSONDecoder().decode(EvidenceFetch.self, from: try JSONEncoder().encode(written))
            #expect(throws: failure) { try read.result().get() }
        }
    }
}
