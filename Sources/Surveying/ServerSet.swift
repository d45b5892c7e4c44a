// All name servers of one zone and all their addresses: the parent's delegation and the zone's own NS set together, A
// and AAAA.
import DCV
import LDNS

/// The addresses that must show a record, with the server each belongs to, and what is amiss about them.
struct ServerSet: Sendable {
    struct Server: Hashable, Sendable {
        let name: DomainName
        /// Those that are asked.
        var addresses: [IPAddress]
        /// Those that are not, and why.
        var notAsked: [NotAsked] = []
    }

    struct NotAsked: Hashable, Sendable {
        let address: IPAddress
        let reason: String
    }

    /// What led to the zone.
    let delegation: Delegation
    /// Monotonic reading.
    let learntAtMilliseconds: Int64
    /// The servers whom whoever leads to the zone names: its parent, or those who serve both.
    let delegated: Set<DomainName>
    /// The servers that the zone's own NS sets name, all answers together; nil when none was seen.
    private(set) var own: Set<DomainName>?
    /// How the addresses carried themselves when they were asked for the NS set.
    private(set) var manners: [IPAddress: AddressManners] = [:]
    private var silent: Set<IPAddress> = []
    private(set) var servers: [Server] = []
    private(set) var problems: [Survey.Problem] = []

    init(_ zone: Zone, learntAtMilliseconds: Int64) {
        delegation = zone.delegation
        self.learntAtMilliseconds = learntAtMilliseconds
        delegated = Set(zone.delegation.servers.map(\.name))
    }

    var apex: DomainName { delegation.apex }

    /// Whether all that was learnt can be relied upon for a while.
    var isFlawless: Bool { problems.isEmpty && silent.isEmpty && !servers.isEmpty }

    mutating func replace(_ manners: [IPAddress: AddressManners]) { self.manners = manners }

    /// Whether an address gave no answer when it was asked for the NS set.
    func isSilent(_ address: IPAddress) -> Bool { silent.contains(address) }

    mutating func learn(from answer: Answer?, of address: IPAddress) {
        guard let answer else {
            silent.insert(address)
            return
        }
        manners[address, default: AddressManners()].learn(from: answer)
        if case .unreachable = answer.outcome { silent.insert(address) }
    }

    mutating func add(own names: Set<DomainName>) { own = (own ?? []).union(names) }

    /// Every address once, even if two names share it.
    var addresses: [IPAddress] {
        var seen: Set<IPAddress> = []
        return servers.flatMap(\.addresses).filter { seen.insert($0).inserted }
    }

    /// One vantage point for each server and address.
    var vantages: [(server: DomainName, address: IPAddress)] {
        servers.flatMap { server in server.addresses.map { (server.name, $0) } }
    }

    mutating func report(_ code: Survey.Problem.Code, _ text: String) { report(Survey.Problem(code, text)) }

    mutating func report(_ problem: Survey.Problem) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Adds a server with those of `found` that may be asked.
    mutating func add(
        _ name: DomainName,
        _ found: HostAddresses,
        glue: [IPAddress],
        _ configuration: SurveyorConfiguration
    ) {
        var usable: [IPAddress] = []
        var refused: [IPAddress] = []
        // With glue, nobody needs to follow an alias.
        let alias = glue.isEmpty ? found.alias : nil
        let own = found.alias == nil || glue.isEmpty ? found.addresses : []
        for address in glue + own where !usable.contains(address) && !refused.contains(address) {
            if configuration.permits(address) { usable.append(address) } else { refused.append(address) }
        }
        let line = DigLine.addresses(of: name)
        let server = "\(name), a name server of \(apex)"
        if found.isBudgetSpent {
            report(.queryBudgetSpent, "more questions than allowed were needed to find the servers of \(apex)")
        }
        if !refused.isEmpty {
            let list = refused.map(\.description).joined(separator: ", ")
            let text = "\(server), has the special-use address \(list): not asked"
            report(Survey.Problem(.specialUseAddress, text, reproduce: line))
        }
        if let alias {
            report(
                Survey.Problem(
                    .serverIsAnAlias,
                    "\(server), is an alias of \(alias): some resolvers follow it, others pass the server over",
                    wanted: "A or AAAA records at \(name) itself",
                    reproduce: line
                )
            )
        }
        // Where no look-up came to anything, glue is what resolvers use, too.
        if let why = found.unknown, usable.isEmpty || found.isAnswered {
            let known = usable.isEmpty ? "" : "\(usable.map(\.description).joined(separator: ", ")) is not all: "
            report(
                Survey.Problem(
                    .serverAddressUnknown,
                    "\(server): \(known)\(why)",
                    wanted: "an answer about A and AAAA of \(name)",
                    reproduce: line,
                    silences: name
                )
            )
        } else if usable.isEmpty && refused.isEmpty && !found.isBudgetSpent {
            let text = "\(server): \(found.fault ?? "it has neither A nor AAAA")"
            report(Survey.Problem(.serverWithoutAddress, text, reproduce: line))
        }
        let notAsked = refused.map { NotAsked(address: $0, reason: "a special-use address") }
        servers.append(Server(name: name, addresses: usable.sorted(), notAsked: notAsked))
        servers.sort { $0.name < $1.name }
    }

    /// Keeps at most `limit` addresses, the first of every server before the second of any.
    mutating func clip(to limit: Int) {
        guard addresses.count > limit else { return }
        report(
            .queryBudgetSpent,
            "the servers of \(apex) have \(addresses.count) addresses, \(limit) are asked at most"
        )
        var kept: Set<IPAddress> = []
        let deepest = servers.map(\.addresses.count).max() ?? 0
        for rank in 0..<deepest {
            for server in servers where rank < server.addresses.count && kept.count < limit {
                kept.insert(server.addresses[rank])
            }
        }
        for index in servers.indices {
            let beyond = servers[index].addresses.filter { !kept.contains($0) }
            servers[index].addresses.removeAll { !kept.contains($0) }
            servers[index].notAsked += beyond.map { NotAsked(address: $0, reason: "beyond \(limit) addresses") }
        }
    }
}

extension ZoneCuts {
    /// Every server of a zone with every address, learnt once in a pass.
    func serverSet(of zone: Zone) async -> ServerSet {
        await pass.serverSets.value(of: zone.apex) {
            if let known = pass.memory.servers(of: zone) { return known }
            return await self.findServerSet(of: zone)
        }
    }

    /// A zone's servers, and the errand with the time back that it took to learn them: that was not the record's time.
    func servers(of zone: Zone, for errand: Errand) async -> (ServerSet, Errand) {
        let begun = pass.clock.monotonicMilliseconds()
        let set = await serverSet(of: zone)
        let taken = pass.clock.monotonicMilliseconds() - begun
        var errand = errand
        errand.endsAtMilliseconds += min(taken, configuration.limits.zoneDeadlineMilliseconds)
        return (set, errand)
    }

    private func findServerSet(of zone: Zone) async -> ServerSet {
        let errand = pass.errand(forZone: zone.apex)
        let limits = configuration.limits
        // Servers that cannot be found must leave time to ask the others.
        var search = errand
        search.endsAtMilliseconds -= limits.zoneDeadlineMilliseconds / 2
        var set = ServerSet(zone, learntAtMilliseconds: pass.clock.monotonicMilliseconds())
        for why in zone.delegation.unusable {
            set.report(notUsable(why, zone))
        }
        let named = zone.delegation.servers
        if named.count > limits.serversPerZone {
            set.report(
                .queryBudgetSpent,
                "\(zone.apex) has \(named.count) name servers, \(limits.serversPerZone) are looked at"
            )
        }
        await add(Array(named.prefix(limits.serversPerZone)), to: &set, zone, search)
        set.clip(to: limits.addressesPerZone)
        await joinOwnServers(to: &set, zone, errand)
        set.clip(to: limits.addressesPerZone)
        return set
    }

    private func add(_ servers: [Delegation.Server], to set: inout ServerSet, _ zone: Zone, _ errand: Errand) async {
        let found = await withTaskGroup(of: (Int, HostAddresses).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, await addresses(of: server.name, servingZone: zone.apex, for: errand)) }
            }
            var found = [HostAddresses](repeating: HostAddresses(), count: servers.count)
            for await (index, addresses) in group { found[index] = addresses }
            return found
        }
        for (server, addresses) in zip(servers, found) {
            set.add(server.name, addresses, glue: server.glue, configuration)
            // Only the parent's glue can differ from what the zone says; less of it is normal.
            guard zone.isFromParent, set.delegated.contains(server.name), addresses.fault == nil, addresses.alias == nil
            else { continue }
            let foreign = server.glue.filter { !addresses.addresses.contains($0) }
            if let problem = glueProblem(server, foreign, addresses, zone) { set.report(problem) }
        }
    }

    private func glueProblem(
        _ server: Delegation.Server,
        _ foreign: [IPAddress],
        _ own: HostAddresses,
        _ zone: Zone
    ) -> Survey.Problem? {
        guard let first = foreign.first else { return nil }
        func list(_ addresses: [IPAddress]) -> String {
            addresses.isEmpty ? "none" : addresses.sorted().map(\.description).joined(separator: ", ")
        }
        // One that answers can be asked for its own name; the parent's differing glue shows itself in a trace.
        let asked = own.addresses.first(where: configuration.permits) ?? first
        return Survey.Problem(
            .glueDiffers,
            "the parent of \(zone.apex) gives \(server.name) the address \(list(foreign)), its own zone gives it "
                + list(own.addresses),
            wanted: "the same addresses at the parent and in the zone",
            reproduce: dig(asked, Question(server.name, first.isV6 ? .aaaa : .a))
        )
    }

    /// Asks every known address for the zone's own NS set; servers that only the zone itself names are asked from then
    /// on, too.
    private func joinOwnServers(to set: inout ServerSet, _ zone: Zone, _ errand: Errand) async {
        let question = Question(zone.apex, .ns)
        let answers: [IPAddress: Answer]
        do throws(GaveUp) {
            answers = try await pass.askEach(await pass.healthy(set.addresses), question, for: errand)
        } catch {
            let problem = problem(error, "to learn the name servers of \(zone.apex)")
            set.report(problem.code, problem.text)
            return
        }
        var own: [DomainName: Delegation.Server] = [:]
        var differing: [(names: Set<DomainName>, at: IPAddress)] = []
        for address in set.addresses {
            set.learn(from: answers[address], of: address)
            guard case .message(let message)? = answers[address]?.outcome,
                case .records(let records) = Reading(message, to: question, zone: zone.apex)
            else { continue }
            let shown = Delegation(
                apex: zone.apex,
                records: records,
                additional: message.additional,
                askedZone: zone.apex
            )
            for server in shown.servers { own[server.name] = server }
            for why in shown.unusable { set.report(notUsable(why, zone)) }
            let names = Set(shown.servers.map(\.name))
            set.add(own: names)
            if names != set.delegated && !differing.contains(where: { $0.names == names }) {
                differing.append((names, address))
            }
        }
        if let problem = delegationProblem(set, differing, zone) { set.report(problem) }
        let added = own.values.filter { !set.delegated.contains($0.name) }.sorted { $0.name < $1.name }
        let room = max(0, configuration.limits.serversPerZone - set.servers.count)
        await add(Array(added.prefix(room)), to: &set, zone, errand)
        if added.count > room {
            set.report(
                .queryBudgetSpent,
                "\(zone.apex) names more than \(configuration.limits.serversPerZone) name servers"
            )
        }
    }

    /// Which servers only the parent names, and which only the zone itself.
    private func delegationProblem(
        _ set: ServerSet,
        _ differing: [(names: Set<DomainName>, at: IPAddress)],
        _ zone: Zone
    ) -> Survey.Problem? {
        guard let first = differing.first else { return nil }
        let source = zone.isFromParent ? "the parent of \(zone.apex) names" : "\(zone.apex) is served by"
        var parts = differing.map { "the zone itself, at \($0.at), names \(list($0.names))" }
        let missing = set.delegated.subtracting(set.own ?? [])
        let extra = (set.own ?? []).subtracting(set.delegated)
        if !missing.isEmpty { parts.append("not in the zone: \(list(missing))") }
        if !extra.isEmpty { parts.append("not at the parent: \(list(extra))") }
        return Survey.Problem(
            .delegationDiffers,
            "\(source) \(list(set.delegated)); " + parts.joined(separator: "; "),
            wanted: "the same name servers at the parent and in the zone",
            reproduce: dig(first.at, Question(zone.apex, .ns))
        )
    }

    private func notUsable(_ why: String, _ zone: Zone) -> Survey.Problem {
        Survey.Problem(
            .nameNotUsable,
            "a name server of \(zone.apex): \(why)",
            wanted: "host names in the NS set",
            reproduce: DigLine.text("NS", zone.apex)
        )
    }

    private func list(_ names: Set<DomainName>) -> String {
        names.isEmpty ? "none" : names.sorted().map(\.text).joined(separator: ", ")
    }
}
