// A whole explanation of real servers is written down and told again from the file: signed zones, resolvers on two ways, a token file.
import Agent
import DCV
import Foundation
import LDNS
import Platform
import Surveying
import Testing

/// A resolver's TLS as seen from here: the messages go on to the real one.
private struct RelayedFrames: FramedExchanging {
    let exchange: Exchange
    let address: IPAddress
    let port: UInt16

    func exchange(_ request: FramedRequest) async -> FramedReplies {
        var replies: [[UInt8]] = []
        for message in request.messages {
            guard let question = (try? Wire.decode(message))?.question else { continue }
            let query = Query(question, to: address, port: port, recursionDesired: true)
            guard let answer = await exchange.ask([query]).first, answer.octets.count > 2 else { continue }
            replies.append(Array(message.prefix(2)) + answer.octets.dropFirst(2))
        }
        return FramedReplies(messages: replies)
    }
}

extension ValidationTests {
    private func request() throws -> ExplainRequest {
        var policy = Policy.standard
        policy.propagation.resolvers = ["unbound", "secured"]
        let file = RequiredRecord(
            .http(
                host: try DomainName("web.alg8.test"),
                path: try HTTPTokenPath("/.well-known/acme-challenge/token"),
                body: try HTTPTokenBody("token")
            )
        )
        let records = [
            try RequiredRecord.txt("_acme-challenge.alg13.test", "token"), try .txt("alias.bind.test", "token"),
            try .txt("_acme-challenge.nosig.test", "token"), try .txt("x.wild.nsec3.test", "other"),
            try .txt("missing.salted.test", "token"), file,
        ]
        let issuance = try ["alg13.test", "nosig.test"].map { name in
            let issuer = CertificateAuthorities.named(try DomainName("letsencrypt.org"))
            let request = CAARequest(Identifier(try DomainName(name)), issuers: [issuer], methods: [])
            return ExplainRequest.Issuance(request, isEnforced: true)
        }
        return ExplainRequest(
            asked: "_acme-challenge.alg13.test",
            names: [try DomainName("iterations.test")],
            wanted: records.map { ExplainRequest.Wanted($0, under: policy) },
            issuance: issuance
        )
    }

    /// The same explanation, word for word, in a world where nobody can be asked.
    func replayed(_ world: SignedWorld) async throws {
        let address = try #require(IPAddress("127.0.0.4"))
        let request = try request()
        var configuration = try world.configuration()
        configuration.resolvers = [
            .init(name: "unbound", address: address, port: world.port),
            .init(
                name: "secured",
                address: address,
                port: 853,
                transport: .secured(.tls(name: try DomainName("dns.test"), trust: .systemRoots)),
                isTrusted: true
            ),
        ]
        let web = ScriptedWeb { request in
            let isFirst = request.url.host.description == "web.alg8.test"
            let target = [("Location", "http://web.alg13.test/moved")]
            let response = try? ScriptedWeb.response(isFirst ? 302 : 200, "token", headers: isFirst ? target : [])
            return response.map { .success($0) } ?? .failure(.cancelled)
        }
        let relay = RelayedFrames(exchange: world.exchange, address: address, port: world.port)
        let clock = StoppedClock(SystemClock())
        let recorder = EvidenceRecorder(
            exchange: RoutedAsking(plain: world.exchange, tls: relay, http: web),
            http: web,
            clock: clock,
            random: SystemRandom()
        )
        let seen = await Explainer.explain(
            request,
            surveyor: LiveSurveyor(
                configuration: configuration,
                exchange: recorder,
                http: recorder,
                clock: clock,
                random: recorder
            ),
            at: clock.now()
        )
        let told = lines(seen)
        for word in ["secured", "unbound", "DNSSEC", "web.alg13.test", "bogus"] {
            #expect(told.contains { $0.contains(word) }, "\(word) is no part of it: \(told)")
        }
        let evidence = recorder.evidence(of: request, under: configuration, seenAt: clock.now())
        #expect(evidence.leftOut == 0)
        let read = try JSONDecoder().decode(Evidence.self, from: try JSONEncoder().encode(evidence))
        for _ in 0..<3 {
            let file = EvidenceReplay(read)
            let surveyor = LiveSurveyor(
                configuration: read.surroundings.configuration,
                exchange: file,
                http: file,
                clock: file,
                random: file
            )
            let again = lines(await Explainer.explain(read.request, surveyor: surveyor, at: read.seenAt))
            let differing = zip(told, again).filter { $0 != $1 }
            #expect(again == told, "\(differing)")
        }
    }

    private func lines(_ explanation: Explanation) -> [String] {
        ExplainText.lines(explanation, columns: 200).map(\.text)
    }
}
