// The look at every address of every name server, along the CNAME chain and through the zones it crosses.
import DCV
import LDNS

/// What the authoritative servers show of one record.
struct AuthoritativeLook: Sendable {
    var zone: DomainName?
    var chain: [DomainName]
    var observations: [Observation] = []
    var problems: [Survey.Problem] = []
    /// The zones that the names of the chain were found through, each once, from the root down, name by name.
    var zones: [ZoneView] = []
    /// The worst that DNSSEC says of an answer about a name of the chain; nil when nothing was examined.
    var security: SecurityStatus?
    /// The zone whose wildcard makes the first CNAME of the chain.
    var wildcardZone: DomainName?
    /// Whether a server said of the last name that it exists without the record.
    var isLastNameEmpty = false
    /// Whether a server said of the last name that it does not exist (NXDOMAIN).
    var isLastNameMissing = false
}

struct AuthoritativeView: Sendable {
    let cuts: ZoneCuts
    /// Whether an answer that fails validation counts as bogus or as what it says.
    var dnssec = Policy.Propagation.DNSSEC.validate

    private var validation: Validation { Validation(cuts: cuts) }
    private var limits: SurveyLimits { cuts.configuration.limits }

    /// One address's answer about one name of the chain.
    private struct Seen {
        let vantage: VantagePoint
        let asked: Asked
        let outcome: Outcome
        let roundTripMilliseconds: Int64?

        enum Outcome {
            case reading(Reading)
            case failed(Sighting)
        }

        /// Whether the server spoke for the zone and about the name.
        var isAuthoritative: Bool {
            guard case .reading(let reading) = outcome else { return false }
            if case .referral = reading { return false }
            return reading.fault == nil
        }

        var isUnreachable: Bool { if case .failed(.unreachable) = outcome { true } else { false } }

        var aliasTarget: DomainName? {
            if case .reading(.alias(let target, _)) = outcome { target } else { nil }
        }

        var negative: Negative? {
            if case .reading(.nothing(let negative)) = outcome { negative } else { nil }
        }

        func observation(of record: RequiredRecord, valueLimit: Int) -> Observation {
            let sighting =
                switch outcome {
                case .reading(let reading): record.sighting(reading, valueLimit: valueLimit)
                case .failed(let sighting): sighting
                }
            return Observation(vantage, sighting, roundTripMilliseconds: roundTripMilliseconds, asked: asked)
        }
    }

    /// A CNAME record is looked at where it stands; a TXT record where the CNAME chain of its name ends.
    func look(at record: RequiredRecord, _ type: RecordType, for errand: Errand) async -> AuthoritativeLook {
        var look = await walk(record, type, for: errand)
        // A primary that is hidden well answers nobody: that is waited for beside everything else.
        let zone = look.zones.last { $0.apex == look.zone }
        async let version = HiddenPrimary(cuts: cuts).version(of: zone)
        await validation.fill(&look.zones, for: errand)
        await NamesBeside(cuts: cuts, zones: look.zones).look(round: record, type, &look, for: errand)
        judgeZones(&look, primary: await version)
        return look
    }

    private func judgeZones(_ look: inout AuthoritativeLook, primary version: HiddenPrimary.Version?) {
        let faults = look.zones.map { ZoneFaults($0, port: cuts.configuration.dnsPort) }
        look.problems += faults.flatMap(\.standing)
        HiddenPrimary.judge(version, faults.last { $0.view.apex == look.zone }, &look)
    }

    private func walk(_ record: RequiredRecord, _ type: RecordType, for errand: Errand) async -> AuthoritativeLook {
        var look = AuthoritativeLook(chain: [record.name])
        while let name = look.chain.last {
            guard let seen = await see(name, type, &look, for: errand) else { return look }
            guard let (target, shower) = follow(name, seen, record, &look) else { return look }
            do throws(AliasChain.End) {
                look.chain = try AliasChain.adding(target, to: look.chain, limit: limits.aliasHops)
            } catch {
                look.problems.append(error.problem(reproduce: cuts.dig(shower, Question(name, .cname))))
                return look
            }
        }
        return look
    }

    /// Asks every address of the zone that holds `name`; nil when there is nobody to ask.
    private func see(
        _ name: DomainName,
        _ type: RecordType,
        _ look: inout AuthoritativeLook,
        isZoneSounded: Bool = true,
        for errand: Errand
    ) async -> [Seen]? {
        let located = await cuts.zone(of: name, for: errand)
        look.zone = located.zone?.apex
        look.zones.add(way: located.way)
        guard let zone = located.zone else {
            if let problem = located.problem { look.problems.append(problem) }
            let status = await validation.status(of: located.denial, for: errand)
            look.security = SecurityStatus.worse(look.security, status)
            return nil
        }
        let (set, errand) = await cuts.servers(of: zone, for: errand)
        look.problems += set.problems.filter { !look.problems.contains($0) }
        let question = Question(name, type)
        // Beside each other: what is silent to one is often silent to both.
        async let sounding = isZoneSounded ? cuts.sounding(of: set) : nil
        async let asked = askEach(set.addresses, question, for: errand)
        let result = await asked
        let sounded = await sounding
        if let sounded { look.zones.put(ZoneView(set, sounded)) }
        var answers: [IPAddress: Answer]
        do throws(GaveUp) {
            answers = try result.get()
            let deaf = set.addresses.filter { answers[$0]?.isUnreachable ?? true && sounded?.dropsEDNS($0) ?? false }
            for (address, answer) in try await askWithoutEDNS(deaf, question, for: errand) { answers[address] = answer }
        } catch {
            look.problems.append(cuts.problem(error, "to ask every server of \(zone.apex) for \(question)"))
            return nil
        }
        var examination = Examination(dnssec)
        if isZoneSounded { await validation.examine(answers, question, zone: zone.apex, &examination, for: errand) }
        look.take(examination)
        look.add(signaturesThatEndSoon(in: answers, examination, set, question))
        let seen = set.vantages.map { server, address in
            let answer = answers[address]
            let outcome: Seen.Outcome =
                switch answer?.outcome {
                case .message(let message):
                    examination.fault(at: address).map(Seen.Outcome.failed)
                        ?? .reading(Reading(message, to: question, zone: zone.apex))
                case .unreachable(let reason): .failed(.unreachable(reason: reason))
                case .hostile(let reason): .failed(.hostile(reason: reason))
                case nil: .failed(.unreachable(reason: "no answer"))
                }
            return Seen(
                vantage: .authoritative(server: server, address: address),
                asked: Asked(name, port: cuts.configuration.dnsPort),
                outcome: outcome,
                roundTripMilliseconds: answer?.roundTripMilliseconds
            )
        }
        if let problem = withoutSOA(seen, question) { look.problems.append(problem) }
        look.take(seen.compactMap(\.negative))
        let isSilent = !seen.isEmpty && seen.allSatisfy(\.isUnreachable)
        // Some servers fail on questions for NS below their apex. An answer with authority about the name settles where
        // it lies.
        if isSilent, let problem = await cuts.networkFiltered(explains: seen.map(\.vantage.address)) {
            look.problems.append(problem)
        } else if let problem = located.problem, !isSilent, !seen.contains(where: \.isAuthoritative) {
            look.problems.append(problem)
        }
        return seen
    }

    private func withoutSOA(_ seen: [Seen], _ question: Question) -> Survey.Problem? {
        let bare = seen.filter { $0.negative.map { $0.apex == nil } ?? false }.map(\.vantage)
        guard let first = bare.first else { return nil }
        return Survey.Problem(
            .noSOAInNegativeAnswer,
            bare.map(\.description).joined(separator: ", ")
                + ": no SOA beside the answer that \(question) does not exist",
            wanted: "the zone's SOA in the authority section",
            reproduce: cuts.dig(first.address, question)
        )
    }

    /// As resolvers do when a server throws questions with EDNS away.
    private func askWithoutEDNS(
        _ addresses: [IPAddress],
        _ question: Question,
        for errand: Errand
    ) async throws(GaveUp) -> [IPAddress: Answer] {
        let port = cuts.configuration.dnsPort
        let queries = addresses.map { Query(question, to: $0, port: port, usesEDNS: false) }
        return try await cuts.pass.askAll(queries, for: errand).values.reduce(into: [:]) { $0[$1.query.address] = $1 }
    }

    private func askEach(
        _ addresses: [IPAddress],
        _ question: Question,
        for errand: Errand
    ) async -> Result<[IPAddress: Answer], GaveUp> {
        do throws(GaveUp) {
            return .success(try await cuts.pass.askEach(addresses, question, for: errand))
        } catch {
            return .failure(error)
        }
    }

    /// Where the servers' CNAME leads and who shows it; nil when the chain ends here. Servers that do not show the followed CNAME are
    /// sightings already: a CA that meets one of them will not come to the end of the chain.
    private func follow(
        _ name: DomainName,
        _ seen: [Seen],
        _ record: RequiredRecord,
        _ look: inout AuthoritativeLook
    ) -> (target: DomainName, shower: IPAddress)? {
        var votes: [DomainName: Int] = [:]
        for target in seen.compactMap(\.aliasTarget) { votes[target, default: 0] += 1 }
        func dig(_ seen: Seen) -> String { cuts.dig(seen.vantage.address, Question(name, .cname)) }
        var told: Set<AliasChain.End> = []
        for one in seen {
            guard case .reading(.aliasNotUsable(let why, _)) = one.outcome else { continue }
            let end = AliasChain.notUsable(at: name, why)
            if told.insert(end).inserted { look.problems.append(end.problem(reproduce: dig(one))) }
        }
        let followed = votes.max { $0.value == $1.value ? $0.key > $1.key : $0.value < $1.value }?.key
        let others = seen.filter { $0.aliasTarget == nil || $0.aliasTarget != followed }
        look.observations += others.map { $0.observation(of: record, valueLimit: limits.valuesPerName) }
        guard let followed, let shower = seen.first(where: { $0.aliasTarget == followed }) else { return nil }
        let dissenting = others.filter(\.isAuthoritative)
        if let first = dissenting.first {
            let places = dissenting.map(\.vantage.description).joined(separator: ", ")
            look.problems.append(
                Survey.Problem(
                    .cnameDiffers,
                    "\(name) leads to \(followed), but not at \(places)",
                    wanted: "the same CNAME at every server of the zone",
                    reproduce: dig(first)
                )
            )
        }
        return (followed, shower.vantage.address)
    }
}

extension AuthoritativeView {
    /// The way to a name and the servers of its zone. They are asked for TXT records at it, as they will be for a proof.
    func look(at name: DomainName, for errand: Errand) async -> AuthoritativeLook {
        var look = AuthoritativeLook(chain: [name])
        let seen = await see(name, .txt, &look, for: errand) ?? []
        if let problem = missing(seen, Question(name, .txt)) { look.problems.append(problem) }
        let zone = look.zones.last { $0.apex == look.zone }
        async let version = HiddenPrimary(cuts: cuts).version(of: zone)
        await validation.fill(&look.zones, for: errand)
        judgeZones(&look, primary: await version)
        return look
    }

    private func missing(_ seen: [Seen], _ question: Question) -> Survey.Problem? {
        let deniers = seen.filter { $0.negative?.isNameError ?? false }.map(\.vantage)
        guard let first = deniers.first else { return nil }
        return Survey.Problem(
            .nameMissing,
            "\(question.name) does not exist (NXDOMAIN), as "
                + "\(deniers.map(\.description).listed(upTo: Self.deniersTold)) say\(deniers.count == 1 ? "s" : "")",
            reproduce: cuts.dig(first.address, question)
        )
    }

    private static let deniersTold = 4

    /// The values at exactly one name, without following anything, at each address that answers with authority.
    /// - Returns: also which of them stand for a CNAME.
    func values(at name: DomainName, _ type: RecordType, for errand: Errand) async -> (
        [IPAddressText: [OctetText]], aliases: Set<OctetText>
    ) {
        var look = AuthoritativeLook(chain: [name])
        guard let seen = await see(name, type, &look, isZoneSounded: false, for: errand) else {
            cuts.pass.memory.forget([name], withRegistries: false)
            return ([:], [])
        }
        if !seen.allSatisfy(\.isAuthoritative) { cuts.pass.memory.forget([name], withRegistries: false) }
        var values: [IPAddressText: [OctetText]] = [:]
        var aliases: Set<OctetText> = []
        for one in seen {
            guard case .reading(let reading) = one.outcome else { continue }
            let key = IPAddressText(one.vantage.address)
            switch reading {
            case .records(let records): values[key] = records.map(\.shownValue).sorted()
            case .nothing: values[key] = []
            case .alias(let target, _): values[key] = [RRsetView.aliasText(target)]
            case .aliasNotUsable(let why, _): values[key] = [RRsetView.aliasText("(\(why))")]
            case .referral, .cut, .notServed, .hostile: continue
            }
            if case .alias = reading { aliases.formUnion(values[key] ?? []) }
            if case .aliasNotUsable = reading { aliases.formUnion(values[key] ?? []) }
        }
        return (values, aliases)
    }
}
