// Finds the zone that holds a name, and the addresses of name servers, from the root down (or through a named
// resolver).
import DCV
import LDNS

/// A zone with the servers that were named for it.
struct Zone: Hashable, Sendable {
    let delegation: Delegation
    /// Whether the NS set came from the parent: then the zone's own may differ from it.
    let isFromParent: Bool
    /// Addresses that need no guard and no look-up: the operator's (root hints), or those of the servers that answered
    /// for this zone and its parent alike.
    let knownAddresses: [IPAddress]

    var apex: DomainName { delegation.apex }

    init(_ delegation: Delegation, isFromParent: Bool, knownAddresses: [IPAddress] = []) {
        self.delegation = delegation
        self.isFromParent = isFromParent
        self.knownAddresses = knownAddresses
    }

    /// The root and what stands directly below it: registries, where nobody's records are looked for.
    var isRegistry: Bool { apex.labels.count <= 1 }
}

/// Where a question led: the zone that is closest to its name, and what that zone said, if it said anything.
struct Located: Sendable {
    let zone: Zone?
    /// The answer to the question itself; nil when the search ended above it.
    let reading: Reading?
    let problem: Survey.Problem?
    /// Set where the search ended for want of questions or time.
    let gaveUp: GaveUp?
    /// The zones on the way, from the root down; also where the search ended above the name's zone.
    let way: [Zone]
    /// What ended the search at a registry.
    let denial: Denial?

    /// A question that a registry answered with NXDOMAIN.
    struct Denial: Sendable {
        let question: Question
        let zone: Zone
    }

    init(
        _ zone: Zone?,
        _ reading: Reading? = nil,
        way: [Zone],
        problem: Survey.Problem? = nil,
        gaveUp: GaveUp? = nil,
        denial: Denial? = nil
    ) {
        self.gaveUp = gaveUp
        self.denial = denial
        self.zone = zone
        self.reading = reading
        self.way = way
        self.problem = problem
    }
}

/// The search for zones and addresses within one pass. A server is asked only for names one label below its zone (RFC
/// 9156), so nobody above a zone learns the record's name.
struct ZoneCuts: Sendable {
    let pass: SurveyPass

    var configuration: SurveyorConfiguration { pass.configuration }

    private var root: Zone {
        let servers = configuration.rootHints.servers.map { Delegation.Server(name: $0.name, glue: $0.addresses) }
        let hints = Delegation(apex: .root, servers: servers, unusable: [], ttlSeconds: .max)
        return Zone(hints, isFromParent: false, knownAddresses: servers.flatMap(\.glue))
    }

    /// The zone that holds `name`: the one its own servers answer from, be it one that begins at the name itself.
    /// - Parameter includesItself: whether a named resolver may be asked for the name itself, which is no record's then.
    func zone(of name: DomainName, orAt includesItself: Bool = false, for errand: Errand) async -> Located {
        await locate(Question(name, .ns), orAt: includesItself, for: errand)
    }

    /// Puts a question to the zone that can answer it.
    func locate(_ question: Question, orAt includesItself: Bool = false, for errand: Errand) async -> Located {
        var zone = root
        var way = [root]
        var candidates = Array(question.name.selfAndAncestors.reversed().dropFirst())
        if let resolver = configuration.via {
            let above = await zoneAbove(question.name, orAt: includesItself, from: resolver, for: errand)
            guard let found = above.zone else { return above }
            (zone, way) = (found, above.way)
            candidates = [question.name]
        }
        if candidates.isEmpty { candidates = [question.name] }
        var next = 0
        while next < candidates.count {
            let name = candidates[next]
            let asked = name == question.name ? question : Question(name, .ns)
            let addresses = await workingAddresses(of: zone, for: errand)
            switch await ask(zone, at: addresses, asked, for: errand) {
            case .reading(.referral(let delegation)):
                // Each referral leads strictly down, so this ends. For NS, the referral is the answer.
                zone = Zone(delegation, isFromParent: true)
                way.append(zone)
                if delegation.apex == name && asked.type == .ns { next += 1 }
            case .reading(.cut(let delegation)):
                zone = Zone(delegation, isFromParent: false, knownAddresses: addresses.usable)
                way.append(zone)
                next += 1
            case .reading(.nothing(let negative)) where negative.isNameError && zone.isRegistry:
                let denial = Located.Denial(question: asked, zone: zone)
                return Located(nil, way: way, problem: noSuchDomain(name, zone.apex), denial: denial)
            case .reading(let reading):
                // Elsewhere only the answer to the whole question counts: there are servers that deny an ancestor that has nothing of
                // its own, and resolvers go on, too (RFC 9156 2.3).
                if name == question.name { return Located(zone, reading, way: way) }
                next += 1
            case .silent(let reasons):
                let problem = await networkFiltered() ?? cutUnknown(asked, zone.apex, reasons)
                return Located(zone.isRegistry ? nil : zone, way: way, problem: problem)
            case .gaveUp(let why):
                let problem = problem(why, "to find the zone of \(question.name)")
                return Located(nil, way: way, problem: problem, gaveUp: why)
            }
        }
        return Located(zone, way: way)
    }

    private func ask(
        _ zone: Zone,
        at addresses: WorkingAddresses,
        _ question: Question,
        for errand: Errand
    ) async -> ZoneAnswer {
        guard !addresses.usable.isEmpty else {
            return addresses.isBudgetSpent ? .gaveUp(.budgetSpent) : .silent(reasons: addresses.refusals)
        }
        switch await pass.ask(zone.apex, at: addresses.usable, question, for: errand) {
        case .silent(let reasons): return .silent(reasons: reasons + addresses.refusals)
        case let answer: return answer
        }
    }

    // MARK: problems

    private func noSuchDomain(_ name: DomainName, _ zone: DomainName) -> Survey.Problem {
        let registry = zone.isRoot ? "the root zone" : zone.text
        return Survey.Problem(.noSuchDomain, "the servers of \(registry) say that \(name) does not exist (NXDOMAIN)")
    }

    /// Root servers that are asked whether the network lets anything through.
    private static let rootAddressesAsked = 4

    /// Nil unless nobody on the whole Internet answers.
    func networkFiltered(explains addresses: [IPAddress] = []) async -> Survey.Problem? {
        let roots = Array(root.knownAddresses.prefix(Self.rootAddressesAsked))
        guard let silent = await pass.silence(rootAddresses: roots), let first = roots.first else { return nil }
        return Survey.Problem(
            .networkFiltered,
            "none of \(silent.count) name servers' addresses gave an answer, those of root servers among them",
            wanted: "an answer from any of them",
            reproduce: dig(first, Question(.root, .ns)),
            explains: addresses
        )
    }

    /// The command that puts a question to a name server as it was put here.
    func dig(_ address: IPAddress, _ question: Question) -> String {
        DigLine.text("\(question.type)", question.name, at: address, port: configuration.dnsPort, .norecurse)
    }

    func cutUnknown(_ question: Question, _ zone: DomainName, _ reasons: [String]) -> Survey.Problem {
        let told = reasons.listed(upTo: Self.reasonsTold, separator: "; ")
        let servers = zone.isRoot ? "the root" : zone.text
        let text = "no server of \(servers) gave an answer that counts to \"\(question)\": \(told)"
        return Survey.Problem(.zoneCutUnknown, text)
    }

    func problem(_ gaveUp: GaveUp, _ purpose: String) -> Survey.Problem {
        switch gaveUp {
        case .budgetSpent: Survey.Problem(.queryBudgetSpent, "more questions than allowed were needed \(purpose)")
        case .deadlinePassed: Survey.Problem(.zoneCutUnknown, "the deadline passed before enough was asked \(purpose)")
        }
    }

    /// Reasons of silent servers in one problem's text.
    private static let reasonsTold = 4

    // MARK: addresses

    struct WorkingAddresses: Sendable {
        var usable: [IPAddress] = []
        var refusals: [String] = []
        /// Whether there are none because too many questions were needed to find them.
        var isBudgetSpent = false
    }

    /// Enough addresses to put a question to a zone on the way: glue; without any, those of the first server whose name
    /// leads to one.
    func workingAddresses(of zone: Zone, for errand: Errand) async -> WorkingAddresses {
        var working = WorkingAddresses(usable: zone.knownAddresses)
        let servers = zone.delegation.servers.prefix(configuration.limits.serversPerZone)
        if working.usable.isEmpty {
            for address in servers.flatMap(\.glue) { take(address, into: &working) }
        }
        for server in servers where working.usable.isEmpty {
            let found = await addresses(of: server.name, servingZone: zone.apex, for: errand)
            if let fault = found.fault { working.refusals.append("\(server.name): \(fault)") }
            working.isBudgetSpent = working.isBudgetSpent || found.isBudgetSpent
            for address in found.addresses { take(address, into: &working) }
        }
        if servers.isEmpty { working.refusals.append("no name server of \(zone.apex) has a usable name") }
        working.usable = Array(working.usable.prefix(configuration.limits.addressesPerZone))
        return working
    }

    private func take(_ address: IPAddress, into working: inout WorkingAddresses) {
        if configuration.permits(address) {
            if !working.usable.contains(address) { working.usable.append(address) }
        } else {
            working.refusals.append("\(address): a special-use address, not asked")
        }
    }

    /// A and AAAA of a name server's name, as the zone that holds it says.
    func addresses(of server: DomainName, servingZone zone: DomainName, for errand: Errand) async -> HostAddresses {
        guard !errand.path.contains(server) else {
            return HostAddresses(unknown: "its address can be found only through itself")
        }
        guard errand.path.count < configuration.limits.nestedLookUps else {
            return HostAddresses(unknown: "its address lies behind more than \(errand.path.count) other name servers")
        }
        return await addresses(of: server, for: errand.nested(for: server, servingZone: zone))
    }

    private func addresses(of host: DomainName, for errand: Errand) async -> HostAddresses {
        var found = HostAddresses()
        // One after the other: the second question walks a way the first has made known.
        for type in [RecordType.a, .aaaa] { await gather(host, type, into: &found, for: errand) }
        return found
    }

    /// A name server's name must be no alias (RFC 2181 10.3), and some resolvers follow it nevertheless: Unbound does.
    private func gather(
        _ host: DomainName,
        _ type: RecordType,
        into found: inout HostAddresses,
        for errand: Errand
    ) async {
        var chain = [host]
        // `AliasChain` bounds its length.
        while let name = chain.last {
            let question = Question(name, type)
            let located = await hostAnswer(question, for: errand)
            guard let reading = located.reading else { return found.lack(located.problem) }
            guard case .alias(let target, _) = reading,
                let longer = try? AliasChain.adding(target, to: chain, limit: configuration.limits.aliasHops)
            else { return found.add(reading, question) }
            found.alias = found.alias ?? target
            chain = longer
        }
    }

    private func hostAnswer(_ question: Question, for errand: Errand) async -> Located {
        guard let resolver = configuration.via else { return await locate(question, for: errand) }
        switch await pass.ask(resolver, question, for: errand) {
        case .reading(let reading): return Located(nil, reading, way: [])
        case .silent(let reasons): return Located(nil, way: [], problem: cutUnknown(question, .root, reasons))
        case .gaveUp(let why):
            return Located(nil, way: [], problem: problem(why, "to find the addresses of \(question.name)"))
        }
    }
}

// MARK: through a named resolver

extension ZoneCuts {
    /// The closest zone above a name, by the SOA that the resolver shows for its ancestors; never for the name of a record. The names of
    /// CAA are no records' names: they are ancestors of these, whose SOA is asked for anyway.
    func zoneAbove(
        _ name: DomainName,
        orAt includesItself: Bool = false,
        from resolver: SurveyorConfiguration.Resolver,
        for errand: Errand
    ) async -> Located {
        guard !name.isRoot else { return Located(root, way: [root]) }
        var reasons: [String] = []
        for ancestor in name.selfAndAncestors.dropFirst(includesItself ? 0 : 1) {
            let asked = Question(ancestor, .soa)
            switch await pass.ask(resolver, asked, for: errand) {
            case .reading(.records): return await zone(at: ancestor, from: resolver, for: errand)
            case .reading(.nothing(let negative)):
                guard let apex = negative.apex else { continue }
                if negative.isNameError && apex.labels.count <= 1 {
                    return Located(nil, way: [], problem: noSuchDomain(ancestor, apex))
                }
                return await zone(at: apex, from: resolver, for: errand)
            case .reading(let reading): reasons.append("\(ancestor) \(reading.fault ?? "is an alias")")
            case .silent(let reasons): return Located(nil, way: [], problem: cutUnknown(asked, .root, reasons))
            case .gaveUp(let why):
                return Located(nil, way: [], problem: problem(why, "to find the zone of \(name)"), gaveUp: why)
            }
        }
        return Located(nil, way: [], problem: cutUnknown(Question(name, .soa), .root, reasons))
    }

    private func zone(
        at apex: DomainName,
        from resolver: SurveyorConfiguration.Resolver,
        for errand: Errand
    ) async -> Located {
        if apex.isRoot { return Located(root, way: [root]) }
        let asked = Question(apex, .ns)
        switch await pass.ask(resolver, asked, for: errand) {
        case .reading(.cut(let delegation)):
            let zone = Zone(delegation, isFromParent: false)
            return Located(zone, way: [zone])
        case .reading:
            return Located(nil, way: [], problem: cutUnknown(asked, apex, ["\(resolver.name) shows no NS records"]))
        case .silent(let reasons): return Located(nil, way: [], problem: cutUnknown(asked, apex, reasons))
        case .gaveUp(let why):
            return Located(nil, way: [], problem: problem(why, "to find the zone \(apex)"), gaveUp: why)
        }
    }
}
