// DNSSEC before real servers: every kind of zone, fault and answer, with Unbound's opinion beside ours.
import DCV
import LDNS
import Platform
import Surveying
import Testing

@Suite(
    .timeLimit(.minutes(1)),
    .serialized,
    .enabled(if: SignedWorld.missing.isEmpty, "needs Debian's nsd, unbound and ldnsutils")
)
struct ValidationTests {
    @Test func everythingAtOnce() async throws {
        try await SignedWorld.run { world in
            try await statuses(world)
            try await oneServerOfTwo(world)
            try await ignored(world)
            try await clocks(world)
            try await lostKeys(world)
            try await throughResolver(world)
            try await aRunLearnsKeysOnce(world)
            try await treesThatStandElsewhere(world)
            try await registries(world)
            try await withoutAnchors(world)
            try await flippedBits(world)
            try await webHosts(world)
            try await replayed(world)
        }
    }

    /// The status of each name is the expected one, and Unbound's.
    private func statuses(_ world: SignedWorld) async throws {
        let cases = SignedWorldCase.all
        let asking = TamperedAsking(world.exchange)
        let requests = try cases.map { SurveyRequest(try .txt($0.name, "token"), under: Policy.standard.propagation) }
        let surveys = try await world.surveyor(asking: asking) { $0.limits.questionsPerZone = 2000 }.survey(requests)
        #expect(surveys.count == cases.count)
        for (wanted, survey) in zip(cases, surveys) {
            let reason = survey.security?.reason ?? ""
            #expect(survey.security?.code == wanted.status, "\(wanted.name): \(reason) \(survey.problems)")
            if let piece = wanted.reason { #expect(reason.contains(piece), "\(wanted.name): \(reason)") }
            let sightings = Set(survey.observations.map(\.sighting.code))
            #expect(sightings.contains("bogus") == (wanted.status == "bogus"), "\(wanted.name): \(sightings)")
            #expect(try await world.secondOpinion(wanted.name) == wanted.unbound, "Unbound on \(wanted.name)")
        }
        // The keys of a zone are asked for once by all who need them.
        let keyQuestions = asking.history.filter { $0.question.type == .dnskey && $0.question.name.labels.count == 1 }
        #expect(keyQuestions.count == 3)
        let zones = surveys.first?.zones.map { "\($0.apex) \($0.security?.code ?? "-")" }
        #expect(zones == [". secure", "test secure", "alg8.test secure"])
    }

    /// Addresses of a token file's host, and of a redirect's target, are judged as records are.
    private func webHosts(_ world: SignedWorld) async throws {
        let web = ScriptedWeb { request in
            let isMoved = request.url.host.description == "web.alg8.test"
            let target = [("Location", "http://web.expired.test/x")]
            let response = try? ScriptedWeb.response(isMoved ? 302 : 200, "token", headers: isMoved ? target : [])
            return response.map { .success($0) } ?? .failure(.cancelled)
        }
        let configuration = try world.configuration()
        let exchange = world.exchange
        func look(_ zone: String, ignore: Bool = false, _ asking: (any Asking)? = nil) async throws -> Survey {
            let record = RequiredRecord(
                .http(
                    host: try DomainName("web.\(zone)"),
                    path: try HTTPTokenPath("/.well-known/acme-challenge/token"),
                    body: try HTTPTokenBody("token")
                )
            )
            var policy = Policy.standard.propagation
            if ignore { policy.dnssec = .ignore }
            let surveyor = LiveSurveyor(
                configuration: configuration,
                exchange: asking ?? exchange,
                http: web,
                clock: SystemClock(),
                random: SystemRandom()
            )
            return try #require(await surveyor.survey([SurveyRequest(record, under: policy)]).first)
        }
        for (zone, status) in [("alg13.test", "secure"), ("plain.test", "insecure")] {
            let survey = try await look(zone)
            #expect(survey.security?.code == status && survey.observations.map(\.sighting) == [.present(others: [])])
        }
        // Keys that nobody shows leave the addresses in doubt: never "not examined".
        for lost in [Question(try DomainName("alg13.test"), .dnskey), Question(try DomainName("test"), .ds)] {
            let doubted = try await look("alg13.test", TamperedAsking(exchange) { query, _ in query.question != lost })
            #expect(doubted.security?.code == "indeterminate")
            #expect(doubted.codes == [.dnssecIndeterminate])
        }
        // One server's signatures are gone: a resolver goes on to the other one, and so does the search.
        let bad = try #require(IPAddress("127.0.0.3"))
        let half = TamperedAsking(exchange) { query, message in
            if query.address == bad { message.stripSignatures() }
            return true
        }
        let passedOver = try await look("alg13.test", half)
        #expect(passedOver.security == .secure && passedOver.problems == [])
        #expect(passedOver.observations.map(\.sighting) == [.present(others: [])])
        let asked = web.history.count
        let expired = try await look("expired.test")
        #expect(expired.observations.map(\.sighting.code) == ["bogus"])
        #expect(web.history.count == asked, "nothing is fetched from an address that fails validation")
        let finding = try #require(Checks.findings(expired).first { $0.code == "dnssec-bogus" })
        #expect(finding.reproduce == "delv +vtrace web.expired.test A")
        #expect(try await look("expired.test", ignore: true).observations.map(\.sighting) == [.present(others: [])])
        let moved = try await look("alg8.test")
        #expect(moved.observations.first?.fetch?.fault == .redirectRefused)
        guard case .notServed(let reason)? = moved.observations.first?.sighting else { throw BadScript(line: "served") }
        #expect(reason.contains("fail DNSSEC validation"), "\(reason)")
    }

    private func survey(_ surveyor: LiveSurveyor, _ name: String, ignore: Bool = false) async throws -> Survey {
        var policy = Policy.standard.propagation
        if ignore { policy.dnssec = .ignore }
        return try #require(await surveyor.survey([SurveyRequest(try .txt(name, "token"), under: policy)]).first)
    }

    /// One address shows stripped answers: it alone is bogus, and the keys are learnt from the other one.
    private func oneServerOfTwo(_ world: SignedWorld) async throws {
        let bad = try #require(IPAddress("127.0.0.3"))
        let asking = TamperedAsking(world.exchange) { query, message in
            if query.address == bad { message.stripSignatures() }
            return true
        }
        let surveyor = try world.surveyor(asking: asking)
        for _ in 0..<2 {
            let survey = try await survey(surveyor, "_acme-challenge.alg13.test")
            #expect(survey.lines == ["ns.test 127.0.0.2 present", "ns.test 127.0.0.3 bogus"])
            #expect(survey.security?.code == "bogus")
            #expect(survey.problems == [])
            let codes = Checks.findings(survey).filter { $0.code == "dnssec-bogus" }
            #expect(codes.map(\.severity) == [.error])
        }
        // For CAA a resolver goes on to the other one; where all are bad, there is no answer.
        let climb = try #require(await surveyor.climb([try DomainName("alg13.test")]).first)
        #expect(climb.rungs[0].security == .secure && climb.rungs[0].others.isEmpty)
        #expect(climb.rungs[0].servers.map(\.description) == ["127.0.0.2"])
        #expect(climb.rungs[0].failing.map { $0.hasPrefix("127.0.0.3: DNSSEC bogus") } == [true])
        let stripped = TamperedAsking(world.exchange) { query, message in
            if query.question.type == .caa { message.stripSignatures() }
            return true
        }
        let bogus = try #require(await world.surveyor(asking: stripped).climb([try DomainName("alg13.test")]).first)
        #expect(bogus.rungs[0].security?.code == "bogus" && bogus.rungs[0].failure != nil)
    }

    private func ignored(_ world: SignedWorld) async throws {
        let ignored = try await survey(try world.surveyor(), "_acme-challenge.nosig.test", ignore: true)
        #expect(ignored.observations.allSatisfy { $0.sighting.isPresent })
        #expect(ignored.security?.code == "bogus")
        #expect(Checks.findings(ignored).filter { $0.code == "dnssec-bogus" }.map(\.severity) == [.notice])
        let alias = try await survey(try world.surveyor(), "badalias.nsec.test")
        #expect(alias.chain.count == 2)
        #expect(alias.zones.map { "\($0.apex) \($0.security?.code ?? "-")" }.last == "expired.test bogus")
    }

    private func clocks(_ world: SignedWorld) async throws {
        let now = SystemClock().now().millisecondsSinceEpoch / 1000
        for (seconds, status, piece) in [
            (Int64(70 * 86_400), "bogus", "RRSIG over DNSKEY of . expired "),
            (-3600, "bogus", "RRSIG over DNSKEY of . is not valid before "),
            (1_700_000_000 - now, "indeterminate", "this machine's clock says 2023-11-14T22:13:"),
            (4_100_000_000 - now, "indeterminate", "signatures cannot be dated"),
        ] {
            let clock = ShiftedClock(base: SystemClock(), seconds: seconds)
            let survey = try await survey(try world.surveyor(clock: clock), "_acme-challenge.alg13.test")
            #expect(survey.security?.code == status)
            #expect(survey.security?.reason?.contains(piece) == true, "\(survey.security?.reason ?? "-")")
            #expect(survey.codes == (status == "bogus" ? [] : [.dnssecIndeterminate]))
        }
    }

    /// What is not seen is neither secure nor insecure.
    private func lostKeys(_ world: SignedWorld) async throws {
        for (type, name) in [(RecordType.dnskey, "alg13.test"), (.ds, "alg13.test"), (.dnskey, "."), (.ds, "test")] {
            let lost = Question(try DomainName(name), type)
            let asking = TamperedAsking(world.exchange) { query, _ in query.question != lost }
            let survey = try await survey(try world.surveyor(asking: asking), "_acme-challenge.alg13.test")
            #expect(survey.security?.code == "indeterminate")
            #expect(survey.security?.reason?.contains("\"\(lost)\"") == true, "\(survey.security?.reason ?? "-")")
            #expect(survey.codes == [.dnssecIndeterminate])
            #expect(survey.problems.allSatisfy { $0.blocksJudgement && !$0.isPermanent })
        }
    }

    private func throughResolver(_ world: SignedWorld) async throws {
        let address = try #require(IPAddress("127.0.0.4"))
        let unbound = SurveyorConfiguration.Resolver(name: "unbound", address: address, port: world.port)
        func surveyor(_ asking: (any Asking)? = nil) throws -> LiveSurveyor {
            try world.surveyor(asking: asking) { configuration in
                configuration.via = unbound
                configuration.rootHints = RootHints([])
            }
        }
        let secure = try await survey(try surveyor(), "_acme-challenge.alg13.test")
        #expect(secure.security == .secure)
        let unsigned = try await survey(try surveyor(), "_acme-challenge.plain.test")
        #expect(unsigned.security?.code == "insecure")
        let bogus = try await survey(try surveyor(), "_acme-challenge.nosig.test")
        #expect(bogus.security?.code == "bogus")
        let forwarder = TamperedAsking(world.exchange) { query, message in
            if query.address == address { message.stripSignatures() }
            return true
        }
        let blind = try await survey(try surveyor(forwarder), "_acme-challenge.nosig.test")
        #expect(blind.security == nil)
        #expect(blind.codes == [.dnssecNotExamined])
        #expect(blind.problems.allSatisfy { !$0.blocksJudgement })
        #expect(blind.observations.allSatisfy { $0.sighting.isPresent })
        try await aResolverThatFailsOnce(world, surveyor)
        try await aResolverThatDeclines(world, surveyor)
    }

    /// A resolver that fails once may hand on signatures the next time: until then nobody can say that a zone is sound.
    private func aResolverThatFailsOnce(_ world: SignedWorld, _ surveyor: (any Asking) throws -> LiveSurveyor)
        async throws
    {
        for isLost in [true, false] {
            let failing = TamperedAsking(world.exchange) { query, message in
                guard query.question == Question(.root, .dnskey) else { return true }
                message.rcode = .serverFailure
                message.answer = []
                return !isLost
            }
            let survey = try await survey(try surveyor(failing), "_acme-challenge.nosig.test")
            #expect(survey.security?.code == "indeterminate" && survey.codes == [.dnssecIndeterminate])
            #expect(survey.problems.allSatisfy { $0.blocksJudgement && !$0.isPermanent })
        }
        // Signatures that do not hold are no missing ones.
        let forged = TamperedAsking(world.exchange) { query, message in
            if query.question == Question(.root, .dnskey) { message.flipBit(at: 7, type: .dnskey) }
            return true
        }
        let bogus = try await survey(try surveyor(forged), "_acme-challenge.alg13.test")
        #expect(bogus.security?.code == "bogus" && bogus.observations.allSatisfy { !$0.sighting.isPresent })
    }

    /// A forwarder that does not take the question for keys always says so, and the zones can do nothing about it.
    private func aResolverThatDeclines(_ world: SignedWorld, _ surveyor: (any Asking) throws -> LiveSurveyor)
        async throws
    {
        func look(_ rcode: Rcode, _ name: String, _ type: RecordType) async throws -> Survey {
            let declined = Question(try DomainName(name), type)
            let forwarder = TamperedAsking(world.exchange) { query, message in
                guard query.question == declined else { return true }
                message.rcode = rcode
                (message.answer, message.authority) = ([], [])
                return true
            }
            return try await survey(try surveyor(forwarder), "_acme-challenge.alg13.test")
        }
        for rcode in [Rcode.refused, .notImplemented, .formatError] {
            let blind = try await look(rcode, ".", .dnskey)
            #expect(blind.security == nil && blind.codes == [.dnssecNotExamined])
            #expect(blind.problems.allSatisfy { !$0.blocksJudgement })
            let text = blind.problems.first?.text ?? "-"
            #expect(text.contains("the resolver unbound under `via:`") && text.contains("\(rcode)"), "\(text)")
            #expect(blind.observations.allSatisfy { $0.sighting.isPresent })
            // Who knows the anchor's keys and not a zone's may have been led astray.
            let below = try await look(rcode, "alg13.test", .dnskey)
            #expect(below.security?.code == "indeterminate" && below.codes == [.dnssecIndeterminate])
        }
    }

    /// Keys are learnt once a run; a zone that fails is looked at anew each time.
    private func aRunLearnsKeysOnce(_ world: SignedWorld) async throws {
        let asking = TamperedAsking(world.exchange)
        func keyQuestions() -> Int { asking.history.count { [.dnskey, .ds].contains($0.question.type) } }
        let surveyor = try world.surveyor(asking: asking)
        for name in ["_acme-challenge.alg13.test", "_acme-challenge.plain.test"] {
            let first = try await survey(surveyor, name)
            let known = keyQuestions()
            #expect(known > 0)
            let second = try await survey(surveyor, name)
            #expect(keyQuestions() == known, "\(name)")
            #expect(second.security == first.security && second.zones == first.zones)
            _ = await surveyor.climb([try DomainName(name)])
            #expect(keyQuestions() == known, "\(name)")
        }
        _ = try await survey(surveyor, "_acme-challenge.expired.test")
        let known = keyQuestions()
        func anchorQuestions() -> Int { asking.history.count { $0.question == Question(.root, .dnskey) } }
        let anchorKnown = anchorQuestions()
        #expect(try await survey(surveyor, "_acme-challenge.expired.test").security?.code == "bogus")
        // A chain that does not hold is learnt anew from its anchor.
        #expect(anchorQuestions() > anchorKnown)
        #expect(keyQuestions() > known)
        // No longer than the records say.
        let clock = ScriptedClock()
        let late = ShiftedClock(base: clock, seconds: SystemClock().now().millisecondsSinceEpoch / 1000 - 1_760_000_000)
        let patient = try world.surveyor(clock: late, asking: asking)
        _ = try await survey(patient, "_acme-challenge.alg13.test")
        clock.advance(59_000)
        let before = keyQuestions()
        _ = try await survey(patient, "_acme-challenge.alg13.test")
        #expect(keyQuestions() == before)
        clock.advance(2000)
        _ = try await survey(patient, "_acme-challenge.alg13.test")
        #expect(keyQuestions() > before)
    }

    /// Without the CNAME that belongs to a DNAME the signature over the DNAME counts, as for Unbound (RFC 6672 3.2).
    private func treesThatStandElsewhere(_ world: SignedWorld) async throws {
        for strips in [false, true] {
            let asking = TamperedAsking(world.exchange) { _, message in
                guard message.answer.contains(where: { $0.type == .dname }) else { return true }
                message.answer.removeAll { $0.type == .cname }
                if strips { message.stripSignatures() }
                return true
            }
            let survey = try await survey(try world.surveyor(asking: asking), "x.moved.alg13.test")
            #expect(survey.security?.code == (strips ? "bogus" : "secure"), "\(survey.security?.reason ?? "")")
            #expect(
                survey.chain.map(\.text)
                    == (strips ? ["x.moved.alg13.test"] : ["x.moved.alg13.test", "x.wild.alg13.test"])
            )
        }
    }

    /// That a domain is not registered is judged, too.
    private func registries(_ world: SignedWorld) async throws {
        let name = try DomainName("www.nowhere.test")
        for strips in [false, true] {
            let asking = TamperedAsking(world.exchange) { query, message in
                if strips, query.question.name.text == "nowhere.test" { message.stripSignatures() }
                return true
            }
            let surveyor = try world.surveyor(asking: asking)
            let survey = try await survey(surveyor, "_acme-challenge.nowhere.test")
            #expect(survey.codes == [.noSuchDomain])
            #expect(survey.security?.code == (strips ? "bogus" : "secure"), "\(survey.security?.reason ?? "")")
            let climb = try #require(await surveyor.climb([name]).first)
            #expect((climb.rungs[0].failure == nil) == !strips)
        }
    }

    private func withoutAnchors(_ world: SignedWorld) async throws {
        let asking = TamperedAsking(world.exchange)
        let surveyor = try world.surveyor(asking: asking) { $0.trustAnchors = nil }
        let survey = try await survey(surveyor, "_acme-challenge.nosig.test")
        #expect(survey.security == nil)
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
        #expect(!asking.history.contains { $0.question.type == .dnskey || $0.question.type == .ds })
        // An anchor that covers only another zone.
        let elsewhere = try TrustAnchors(file: "other.test. IN DS 1 13 2 \(String(repeating: "00", count: 32))")
        let island = try await self.survey(
            try world.surveyor { $0.trustAnchors = elsewhere },
            "_acme-challenge.nosig.test"
        )
        #expect(island.security?.code == "insecure")
        let wrong = try TrustAnchors(file: ". IN DS 1 13 2 \(String(repeating: "00", count: 32))")
        let broken = try await self.survey(try world.surveyor { $0.trustAnchors = wrong }, "_acme-challenge.alg13.test")
        #expect(broken.security?.reason?.contains(".: no DNSKEY is a trust anchor; the zone has") == true)
    }

    /// One bit of a needed record changed: never secure, and never the end of the process.
    private func flippedBits(_ world: SignedWorld) async throws {
        let places: [(name: String, type: RecordType, asked: String)] = [
            ("_acme-challenge.alg13.test", .txt, "_acme-challenge.alg13.test"),
            ("no.nsec3.test", .txt, "no.nsec3.test"), ("no.nsec.test", .txt, "no.nsec.test"),
            ("_acme-challenge.alg15.test", .dnskey, "alg15.test"), ("_acme-challenge.alg8.test", .ds, "alg8.test"),
            ("_acme-challenge.alg14.test", .dnskey, "test"),
        ]
        for (name, type, asked) in places {
            let question = Question(try DomainName(asked), type)
            for round in 0..<12 {
                let choice = 7 + round * 37
                let asking = TamperedAsking(world.exchange) { query, message in
                    if query.question == question { message.flipBit(at: choice, type: type) }
                    return true
                }
                let survey = try await survey(try world.surveyor(asking: asking), name)
                #expect(survey.security != .secure && survey.security != nil, "\(name) \(type) \(choice)")
            }
        }
    }
}
