// The climb from a name to its top-level domain for CAA records, as CAs' resolvers see it: every server asked, CNAMEs followed.
import DCV
import LDNS

struct CAALook: Sendable {
    let cuts: ZoneCuts

    /// What was learnt of one name.
    struct Found: Sendable {
        let rung: CAAClimb.Rung
        /// False when budget or time of the one who asked ran out: then the next one asks again.
        let isFinal: Bool
        /// How long it may be kept, in seconds; 0 for what is not to be kept.
        let keptSeconds: Int64
    }

    private var pass: SurveyPass { cuts.pass }
    private var limits: SurveyLimits { cuts.configuration.limits }

    /// Name by name up to the first that has records, which decides; the root has none.
    func climb(from name: DomainName, for errand: Errand) async -> CAAClimb {
        var rungs: [CAAClimb.Rung] = []
        for ancestor in name.selfAndAncestors where !ancestor.isRoot {
            let rung = await pass.rungs.value(of: ancestor) { await found(at: ancestor, for: errand) }.rung
            rungs.append(rung)
            if !rung.isOpen { break }
        }
        return CAAClimb(name, at: pass.clock.now(), rungs: rungs)
    }

    // MARK: one name

    private func found(at name: DomainName, for errand: Errand) async -> Found {
        if let rung = pass.memory.rung(of: name) { return Found(rung: rung, isFinal: true, keptSeconds: 0) }
        let found = await look(at: name, for: errand)
        pass.memory.keep(found.rung, seconds: found.keptSeconds)
        return found
    }

    /// The CNAMEs followed so far, and what was met on them.
    private struct Path {
        var chain: [DomainName]
        /// The status of a chain of answers is that of its weakest.
        var security: SecurityStatus?
        var failing: [String] = []
        var bogus: [CAAClimb.Bogus] = []
    }

    /// Where servers differ about a CNAME, each way is followed.
    private func look(at name: DomainName, for errand: Errand) async -> Found {
        var open = [Path(chain: [name])]
        var rungs: [CAAClimb.Rung] = []
        var isFinal = true
        var seconds = Int64.max
        var links = 0
        while let path = open.popLast(), let last = path.chain.last {
            let heard = await hear(Question(last, .caa), for: errand)
            isFinal = isFinal && heard.isFinal
            for saying in heard.sayings {
                var path = path
                path.security = SecurityStatus.worse(path.security, saying.security)
                path.failing += heard.failing.prefix(Self.failingTold)
                path.bogus += heard.bogus.map { CAAClimb.Bogus(name: last, server: $0) }
                seconds = min(seconds, saying.seconds)
                let answer: CAAClimb.Answer
                switch saying.meaning {
                case .answer(let own): answer = own
                case .alias(let target):
                    links += 1
                    do throws(AliasChain.End) {
                        path.chain = try AliasChain.adding(target, to: path.chain, limit: limits.aliasHops)
                        // Where servers differ, all ways together may have no more CNAMEs than one.
                        if links <= limits.aliasHops {
                            open.append(path)
                            continue
                        }
                        answer = .failed(reason: "more than \(limits.aliasHops) CNAMEs from \(name), servers differing")
                    } catch {
                        answer = .failed(reason: (error.code == .cnameLoop ? "a CNAME loop: " : "") + error.text)
                    }
                }
                rungs.append(rung(name, answer, path, saying.servers))
            }
        }
        let rung =
            rungs.first?.with(others: Array(rungs.dropFirst())) ?? CAAClimb.Rung(name, .failed(reason: "no answer"))
        return Found(rung: rung, isFinal: isFinal, keptSeconds: isFinal && rung.isFlawless ? seconds : 0)
    }

    private func rung(
        _ name: DomainName,
        _ answer: CAAClimb.Answer,
        _ path: Path,
        _ servers: [IPAddress]
    ) -> CAAClimb.Rung {
        CAAClimb.Rung(
            name,
            answer,
            aliases: Array(path.chain.dropFirst()),
            security: path.security,
            failing: path.failing,
            bogus: path.bogus,
            servers: servers,
            port: cuts.configuration.dnsPort
        )
    }

    // MARK: one question

    /// What an answer comes to.
    private enum Meaning: Hashable {
        case answer(CAAClimb.Answer)
        case alias(DomainName)
    }

    /// The same answer of some servers.
    private struct Saying {
        let meaning: Meaning
        var security: SecurityStatus?
        var servers: [IPAddress]
        /// How long the shortest of the answers may be kept.
        var seconds: Int64

        init(
            _ meaning: Meaning,
            security: SecurityStatus? = nil,
            servers: [IPAddress] = [],
            seconds: Int64 = 0
        ) {
            self.meaning = meaning
            self.security = security
            self.servers = servers
            self.seconds = seconds
        }

        /// Whether a CA's resolver takes it; else it goes on to another server.
        var isSound: Bool {
            if case .answer(.failed) = meaning { return false }
            return security?.isSound != false
        }

        /// Why it is not taken.
        var fault: String {
            if case .answer(.failed(let reason)) = meaning { return reason }
            return "DNSSEC \(security?.description ?? "not examined")"
        }
    }

    /// All that servers say to one question.
    private struct Heard {
        var sayings: [Saying] = []
        /// Servers that failed, each with its reason.
        var failing: [String] = []
        /// Those of them whose answers fail validation.
        var bogus: [IPAddress] = []
        var isFinal = true

        init(sayings: [Saying] = [], isFinal: Bool = true) {
            self.sayings = sayings
            self.isFinal = isFinal
        }

        init(failure: String, isFinal: Bool) {
            self.init(sayings: [Saying(.answer(.failed(reason: failure)))], isFinal: isFinal)
        }

        /// Keeps what resolvers take, equal answers together; where they take none, all.
        mutating func take(_ all: [Saying]) {
            let sound = all.filter(\.isSound)
            for saying in sound.isEmpty ? all : sound {
                if let index = sayings.firstIndex(where: { $0.meaning == saying.meaning }) {
                    sayings[index].servers += saying.servers
                    sayings[index].seconds = min(sayings[index].seconds, saying.seconds)
                    sayings[index].security = SecurityStatus.worse(sayings[index].security, saying.security)
                } else {
                    sayings.append(saying)
                }
            }
            guard !sound.isEmpty else { return }
            for saying in all where !saying.isSound {
                failing += saying.servers.map { "\($0): \(saying.fault)" }
                if case .bogus? = saying.security { bogus += saying.servers }
            }
        }
    }

    private func hear(_ question: Question, for errand: Errand) async -> Heard {
        // Registries are what a named resolver stands in for.
        let isOutOfReach = cuts.configuration.via != nil && question.name.labels.count <= 1
        let located =
            isOutOfReach ? Located(nil, way: []) : await cuts.zone(of: question.name, orAt: true, for: errand)
        var heard = Heard()
        var isAsked = false
        if let zone = located.zone {
            isAsked = true
            do throws(GaveUp) {
                try await ask(zone, question, &heard, for: errand)
            } catch {
                let text = cuts.problem(error, "to ask every server of \(zone.apex) for \(question)").text
                return Heard(failure: text, isFinal: false)
            }
        }
        if heard.sayings.isEmpty, located.problem?.code == .noSuchDomain {
            // A domain that is not registered has no records; a top-level domain that does not exist is an error to CAs.
            if question.name.labels.count > 1 {
                let status = await Validation(cuts: cuts).status(of: located.denial, for: errand)
                return Heard(sayings: [Saying(.answer(.none), security: status)])
            }
        } else if heard.sayings.isEmpty, let resolver = cuts.configuration.via {
            // Where the zones above cannot be reached, the resolver that stands in for them is asked for their records, too.
            switch await pass.ask(resolver, question, for: errand) {
            case .reading(let reading):
                return Heard(sayings: [Saying(meaning(of: reading, at: question.name), seconds: reading.secondsKept)])
            case .silent(let reasons): heard.failing += reasons
            case .gaveUp(let why): return Heard(failure: cuts.problem(why, "for \(question)").text, isFinal: false)
            }
        }
        guard heard.sayings.isEmpty else { return heard }
        let reason = located.problem?.text ?? cuts.cutUnknown(question, located.zone?.apex ?? .root, heard.failing).text
        var saying = Saying(.answer(.failed(reason: reason)))
        if isAsked, let zone = located.zone {
            saying.security = await Validation(cuts: cuts).security(of: zone.apex, for: errand)
            saying.servers = [zone.someAddress].compactMap { $0 }
        }
        return Heard(sayings: [saying], isFinal: located.gaveUp == nil)
    }

    /// Puts the question to every server of a zone, together; to those of a registry, who are many, one by one until one gives an answer
    /// that counts.
    private func ask(
        _ zone: Zone,
        _ question: Question,
        _ heard: inout Heard,
        for errand: Errand
    ) async throws(GaveUp) {
        var errand = errand
        var waves: [[IPAddress]]
        if zone.isRegistry {
            let known = await cuts.workingAddresses(of: zone, for: errand)
            heard.failing += known.refusals
            waves = await pass.inOrder(known.usable, for: question).prefix(Self.registryServersAsked).map { [$0] }
        } else {
            let set: ServerSet
            (set, errand) = await cuts.servers(of: zone, for: errand)
            let speaking = await pass.speaking(set.addresses)
            waves = [speaking.isEmpty ? set.addresses : speaking]
            heard.failing += set.addresses.filter { !waves[0].contains($0) }.map { "\($0): no answer" }
            heard.failing += set.problems.filter { set.addresses.isEmpty || $0.silences != nil }.map(\.text)
        }
        var sayings: [Saying] = []
        while !waves.isEmpty, !sayings.contains(where: \.isSound) {
            let wave = waves.removeFirst()
            let answers = try await pass.askEach(wave, question, for: errand)
            for address in wave.sorted() {
                switch answers[address]?.outcome {
                case .message(let message):
                    let reading = Reading(message, to: question, zone: zone.apex)
                    if let fault = reading.fault {
                        heard.failing.append("\(address) \(fault)")
                        continue
                    }
                    let status = await Validation(cuts: cuts).judge(message, question, zone: zone.apex, for: errand)
                    sayings.append(
                        Saying(
                            meaning(of: reading, at: question.name),
                            security: status,
                            servers: [address],
                            seconds: reading.secondsKept
                        )
                    )
                case .unreachable(let reason), .hostile(let reason): heard.failing.append("\(address): \(reason)")
                case nil: heard.failing.append("\(address): no answer")
                }
            }
        }
        heard.take(sayings)
    }

    private func meaning(of reading: Reading, at name: DomainName) -> Meaning {
        switch reading {
        case .records(let records): .answer(answer(records))
        case .nothing(let negative) where negative.apex == nil:
            .answer(.failed(reason: "an empty answer without an SOA, which CAs' resolvers take for a failure"))
        case .nothing: .answer(.none)
        case .alias(let target, _): .alias(target)
        case .aliasNotUsable(let why, _): .answer(.failed(reason: AliasChain.notUsable(at: name, why).text))
        case .referral(let delegation), .cut(let delegation):
            .answer(.failed(reason: "the servers of \(delegation.apex) do not answer for it"))
        case .notServed(let reason), .hostile(let reason): .answer(.failed(reason: reason))
        }
    }

    private func answer(_ records: [ResourceRecord]) -> CAAClimb.Answer {
        guard records.count <= limits.valuesPerName else {
            return .failed(reason: "\(records.count) CAA records at one name, more than \(limits.valuesPerName)")
        }
        var found: [CAARecord] = []
        for record in records {
            guard case .caa(let flags, let tag, let value) = record.data else {
                return .failed(reason: "a CAA record whose data are none")
            }
            found.append(CAARecord(flags: flags, tag: tag, value: value))
        }
        return .records(Set(found).sorted())
    }

    /// Failing servers of one answer that are told.
    private static let failingTold = 4
    /// Servers of a registry that are asked at most.
    private static let registryServersAsked = 4
}

extension Reading {
    /// How long a resolver keeps it, in seconds.
    fileprivate var secondsKept: Int64 {
        switch self {
        case .records(let records): records.map { Int64($0.ttlSeconds) }.min() ?? 0
        case .alias(_, let seconds): seconds
        case .nothing(let negative): negative.ttlSeconds
        case .aliasNotUsable, .referral, .cut, .notServed, .hostile: 0
        }
    }
}

extension Zone {
    /// To ask there again what nobody answered.
    fileprivate var someAddress: IPAddress? { knownAddresses.first ?? delegation.servers.lazy.flatMap(\.glue).first }
}
