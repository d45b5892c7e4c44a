// The climb from a name to its top-level domain for CAA records, as a CA's resolver sees it: CNAMEs followed at each step.
import DCV
import LDNS

struct CAALook: Sendable {
    let cuts: ZoneCuts

    private var limits: SurveyLimits { cuts.configuration.limits }

    /// Name by name up to the first that has records, which decides; the root has none.
    func climb(from name: DomainName, for errand: Errand) async -> CAAClimb {
        var rungs: [CAAClimb.Rung] = []
        for ancestor in name.selfAndAncestors where !ancestor.isRoot {
            let rung = await rung(ancestor, for: errand)
            rungs.append(rung)
            if case .records = rung.answer { break }
        }
        return CAAClimb(name, at: cuts.pass.clock.now(), rungs: rungs)
    }

    private func rung(_ name: DomainName, for errand: Errand) async -> CAAClimb.Rung {
        var chain = [name]
        var failing: [String] = []
        var security: SecurityStatus?
        while true {
            let last = chain[chain.count - 1]
            let question = Question(last, .caa)
            let located = await locate(question, for: errand)
            let witness = await cuts.pass.witness(of: question)
            // The status of a chain of answers is that of its weakest.
            let status = await status(of: question, witness, located.zone, for: errand)
            security = SecurityStatus.worse(security, status)
            failing += (witness?.failing ?? []).prefix(Self.failingTold)
            func rung(_ answer: CAAClimb.Answer) -> CAAClimb.Rung {
                CAAClimb.Rung(
                    name,
                    answer,
                    aliases: Array(chain.dropFirst()),
                    security: security,
                    failing: failing,
                    server: (witness?.address ?? located.zone?.someAddress).map { server($0) }
                )
            }
            switch located.reading {
            case .records(let records): return rung(answer(records))
            case .nothing(let negative) where negative.apex == nil:
                return rung(.failed(reason: "an empty answer without an SOA, which CAs' resolvers take for a failure"))
            case .nothing: return rung(.none)
            case .alias(let target, _):
                if chain.contains(target) {
                    return rung(
                        .failed(reason: "a CNAME loop: \((chain + [target]).map(\.text).joined(separator: " -> "))")
                    )
                }
                guard chain.count <= limits.aliasHops else {
                    return rung(.failed(reason: "more than \(limits.aliasHops) CNAMEs from \(name)"))
                }
                chain.append(target)
            case .aliasNotUsable(let why, _): return rung(.failed(reason: "the CNAME at \(last): \(why)"))
            case .referral(let delegation), .cut(let delegation):
                return rung(.failed(reason: "the servers of \(delegation.apex) do not answer for it"))
            case .notServed(let reason), .hostile(let reason): return rung(.failed(reason: reason))
            case nil:
                // A domain that is not registered has no records; a top-level domain that does not exist is an error to CAs.
                if located.problem?.code == .noSuchDomain, last.labels.count > 1 { return rung(.none) }
                return rung(.failed(reason: located.problem?.text ?? "no answer"))
            }
        }
    }

    /// What DNSSEC says of an answer; where there is none, of the zone that gave none.
    private func status(
        of question: Question,
        _ witness: SurveyPass.Witness?,
        _ zone: Zone?,
        for errand: Errand
    ) async -> SecurityStatus? {
        let validation = Validation(cuts: cuts)
        if let witness {
            return await validation.judge(witness.message, question, zone: witness.zone, for: errand)
        }
        guard let zone else { return nil }
        return await validation.security(of: zone.apex, for: errand)
    }

    /// Where the zones above cannot be reached, the resolver that stands in for them is asked for their records, too.
    private func locate(_ question: Question, for errand: Errand) async -> Located {
        guard let resolver = cuts.configuration.via else { return await cuts.locate(question, for: errand) }
        var located = Located(nil, way: [])
        if question.name.labels.count > 1 {
            located = await cuts.locate(question, for: errand)
            if located.reading != nil || located.problem?.code == .noSuchDomain { return located }
        }
        switch await cuts.pass.ask(resolver, question, for: errand) {
        case .reading(let reading): return Located(located.zone, reading, way: located.way)
        case .silent(let reasons):
            let text = located.problem?.text ?? "no answer: \(reasons.joined(separator: "; "))"
            return Located(nil, way: located.way, problem: Survey.Problem(.zoneCutUnknown, text))
        case .gaveUp(let why):
            return Located(
                nil,
                way: located.way,
                problem: cuts.problem(why, "to find the CAA records of \(question.name)")
            )
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

    /// As `dig` is told it.
    private func server(_ address: IPAddress) -> String {
        let port = cuts.configuration.dnsPort
        return port == SurveyorConfiguration.standardDNSPort ? "@\(address)" : "@\(address) -p \(port)"
    }

    /// Failing servers of one answer that are told.
    private static let failingTold = 4
}

extension Zone {
    /// To ask there again what nobody answered.
    fileprivate var someAddress: IPAddress? { knownAddresses.first ?? delegation.servers.lazy.flatMap(\.glue).first }
}
