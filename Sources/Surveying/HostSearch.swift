// Where a web host is: its addresses as our own engine finds them, sorted into those that may be contacted and others.
import DCV
import LDNS

struct HostSearch: Sendable {
    /// What was found of one host.
    struct Found: Sendable {
        /// The zone that holds the host's name.
        var zone: DomainName?
        /// Addresses that may be contacted, IPv6 first, as CAs take them.
        var addresses: [IPAddress] = []
        var problems: [Survey.Problem] = []
        /// What DNSSEC says of the answers that led to the addresses; nil when nothing was examined.
        var security: SecurityStatus?
    }

    /// Servers of one zone whose answer is judged: a resolver goes on to another one while signatures fail.
    private static let judgedServers = 4

    let cuts: ZoneCuts

    private var configuration: SurveyorConfiguration { cuts.configuration }

    func addresses(of host: DomainName, for errand: Errand) async -> Found {
        var found = Found()
        var known = HostAddresses()
        // What blocks the judgement after the first question would only be told again after the second.
        for type in [RecordType.a, .aaaa] where !found.problems.contains(where: \.blocksJudgement) {
            await follow(host, type, into: &known, &found, for: errand)
        }
        let refused = known.addresses.filter { !configuration.permits($0) }
        if !refused.isEmpty {
            let list = refused.map(\.description).joined(separator: ", ")
            let text = "\(host) has the special-use address \(list): nothing is fetched from there"
            found.problems.append(Survey.Problem(.specialUseAddress, text, reproduce: DigLine.addresses(of: host)))
        }
        let usable = Self.inOrder(known.addresses.filter(configuration.permits))
        let limit = configuration.limits.addressesPerZone
        if usable.isEmpty && !found.problems.contains(where: \.blocksJudgement) {
            let why = known.fault ?? (refused.isEmpty ? "it has neither A nor AAAA" : "no other address is known")
            let text = "\(host): \(why)"
            found.problems.append(Survey.Problem(.hostWithoutAddress, text, reproduce: DigLine.addresses(of: host)))
        } else if usable.count > limit {
            let text = "\(host) has \(usable.count) addresses, \(limit) are asked at most"
            found.problems.append(Survey.Problem(.queryBudgetSpent, text))
        }
        found.addresses = Array(usable.prefix(limit))
        return found
    }

    /// What DNSSEC says of the zone's answer, from the first server whose signatures hold; nil when nothing was examined.
    private func security(of question: Question, in zone: Zone, for errand: Errand) async -> SecurityStatus? {
        let validation = Validation(cuts: cuts)
        guard validation.isOn else { return nil }
        let addresses = await cuts.pass.healthy(await cuts.serverSet(of: zone).addresses)
        var failed: SecurityStatus?
        for address in addresses.prefix(Self.judgedServers) {
            guard let answers = try? await cuts.pass.askEach([address], question, for: errand),
                case .message(let message)? = answers[address]?.outcome
            else { continue }
            let status = await validation.judge(message, question, zone: zone.apex, for: errand)
            guard case .bogus = status else { return status }
            failed = status
        }
        return failed
    }

    private static func inOrder(_ addresses: [IPAddress]) -> [IPAddress] {
        addresses.filter(\.isV6).sorted() + addresses.filter { !$0.isV6 }.sorted()
    }

    /// The addresses of one type at the end of the host's CNAME chain.
    private func follow(
        _ host: DomainName,
        _ type: RecordType,
        into known: inout HostAddresses,
        _ found: inout Found,
        for errand: Errand
    ) async {
        var chain = [host]
        while let name = chain.last {
            let question = Question(name, type)
            let located = await cuts.locate(question, for: errand)
            if chain.count == 1 { found.zone = located.zone?.apex }
            if let problem = located.problem { found.problems.append(problem) }
            if let zone = located.zone, located.reading?.leadsOn == true {
                found.security = SecurityStatus.worse(
                    found.security,
                    await security(of: question, in: zone, for: errand)
                )
            }
            switch located.reading {
            case nil: return
            case .alias(let target, _):
                guard !chain.contains(target) else {
                    let loop = (chain + [target]).map(\.text).joined(separator: " -> ")
                    return found.problems.append(Survey.Problem(.cnameLoop, loop))
                }
                guard chain.count <= configuration.limits.aliasHops else {
                    let text = "more than \(configuration.limits.aliasHops) CNAMEs from \(host)"
                    return found.problems.append(Survey.Problem(.cnameChainTooLong, text))
                }
                chain.append(target)
            case .aliasNotUsable(let why, _):
                return found.problems.append(Survey.Problem(.nameNotUsable, "the CNAME at \(name): \(why)"))
            case .some(let reading): return known.add(reading, question)
            }
        }
    }
}

extension Reading {
    /// Whether there is something to follow: an address, or an alias on the way to one. That a type has no records is
    /// left alone: a CA takes the other family then.
    fileprivate var leadsOn: Bool {
        switch self {
        case .records, .alias, .aliasNotUsable: true
        case .nothing, .referral, .cut, .notServed, .hostile: false
        }
    }
}
