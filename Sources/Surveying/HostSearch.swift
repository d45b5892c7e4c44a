// Where a web host is: its addresses as all servers of its zone show them, sorted into those that may be contacted and
// others.
import DCV
import LDNS

struct HostSearch: Sendable {
    /// What was found of one host.
    struct Found: Sendable {
        /// The zone that holds the host's name.
        var zone: DomainName?
        /// Addresses that may be contacted, IPv6 first, as CAs take them.
        var addresses: [IPAddress] = []
        private(set) var problems: [Survey.Problem] = []
        /// What DNSSEC says of the answers that led to the addresses; nil when nothing was examined, as where nothing is
        /// validated at all.
        var security: SecurityStatus?
        /// Set where the search ended for want of questions or time.
        private(set) var gaveUp: GaveUp?
        /// What each server says of each name on the way.
        fileprivate var heard: [DomainName: [IPAddress: Heard]] = [:]
        fileprivate var differences: [DomainName: [Survey.Problem]] = [:]
        /// Addresses in the longest answer.
        fileprivate var longest = 0

        mutating func add(_ problem: Survey.Problem, _ gaveUp: GaveUp? = nil) {
            if !problems.contains(problem) { problems.append(problem) }
            self.gaveUp = self.gaveUp ?? gaveUp
        }
    }

    /// What one server says of one name.
    fileprivate struct Heard {
        /// Whether it was heard about A, and about AAAA.
        var types: Set<RecordType> = []
        /// Whether it shows an address, or an alias on the way to one.
        var leadsOn = false
    }

    let cuts: ZoneCuts

    private var configuration: SurveyorConfiguration { cuts.configuration }

    /// Found once in a pass, however many files and redirects need it.
    func addresses(of host: DomainName, for errand: Errand) async -> Found {
        await cuts.pass.hosts.value(of: host) { await find(host, for: errand) }
    }

    private func find(_ host: DomainName, for errand: Errand) async -> Found {
        var found = Found()
        var known: Set<IPAddress> = []
        // What blocks the judgement after the first question would only be told again after the second.
        for type in [RecordType.a, .aaaa] where !found.problems.contains(where: \.blocksJudgement) {
            await gather(host, type, into: &known, &found, for: errand)
        }
        compare(&found)
        let refused = known.filter { !configuration.permits($0) }.sorted()
        if !refused.isEmpty {
            let list = refused.map(\.description).listed(upTo: Self.textsTold)
            let text = "\(host) has the special-use address \(list): nothing is fetched from there"
            found.add(Survey.Problem(.specialUseAddress, text, reproduce: DigLine.addresses(of: host)))
        }
        let usable = Self.inOrder(known.filter(configuration.permits))
        let limit = configuration.limits.addressesPerHost
        if usable.isEmpty && !found.problems.contains(where: \.blocksJudgement) {
            let text = "\(host): \(refused.isEmpty ? "it has neither A nor AAAA" : "no other address is known")"
            found.add(Survey.Problem(.hostWithoutAddress, text, reproduce: DigLine.addresses(of: host)))
        } else if usable.count > limit {
            // Servers that answer out of a great pool, by turns or by place, show more of it together than anyone can fetch from.
            let code: Survey.Problem.Code = found.longest > limit ? .queryBudgetSpent : .hostAddressesDiffer
            let text = "\(host) has \(usable.count) addresses, all servers together; \(limit) are asked at most"
            found.add(Survey.Problem(code, text, reproduce: DigLine.addresses(of: host)))
        }
        found.addresses = Self.some(limit, of: usable)
        return found
    }

    private static func inOrder(_ addresses: Set<IPAddress>) -> [IPAddress] {
        addresses.filter(\.isV6).sorted() + addresses.filter { !$0.isV6 }.sorted()
    }

    /// As many of each family as there is room for, IPv6 first.
    private static func some(_ limit: Int, of addresses: [IPAddress]) -> [IPAddress] {
        let (six, four) = (addresses.filter(\.isV6), addresses.filter { !$0.isV6 })
        let sixes = six.prefix(max(limit / 2, limit - four.count))
        return Array(sixes + four.prefix(limit - sixes.count))
    }

    /// Servers that differ are told, and a server that leads to no address at all is waited for: a CA that meets it finds no host.
    private func compare(_ found: inout Found) {
        for name in Set(found.heard.keys).union(found.differences.keys).sorted() {
            let heard = (found.heard[name] ?? [:]).filter { $0.value.types.count > 1 || $0.value.leadsOn }
            let lacking = heard.filter { !$0.value.leadsOn }.keys.sorted()
            guard let first = lacking.first, lacking.count < heard.count else {
                for problem in found.differences[name] ?? [] { found.add(problem) }
                continue
            }
            let list = lacking.map(\.description).listed(upTo: Self.textsTold)
            found.add(
                Survey.Problem(
                    .hostAddressMissing,
                    "\(name) has neither A nor AAAA at \(list), and has one at other servers of the zone",
                    wanted: "an address of \(name) from every server of the zone",
                    reproduce: cuts.dig(first, Question(name, .a))
                )
            )
        }
    }

    /// The addresses of one type at the ends of the host's CNAME chains: servers may lead to different ones, and a CA
    /// meets any of them.
    private func gather(
        _ host: DomainName,
        _ type: RecordType,
        into known: inout Set<IPAddress>,
        _ found: inout Found,
        for errand: Errand
    ) async {
        var open = [[host]]
        var met: Set<DomainName> = [host]
        // A name is met once and costs questions, which are counted: this ends.
        while let chain = open.popLast(), let name = chain.last {
            for one in await said(Question(name, type), isFirst: name == host, &found, for: errand) {
                let reproduce = cuts.dig(one.address, Question(name, .cname))
                switch one.reading {
                case .records(let records):
                    found.longest = max(found.longest, records.count)
                    for record in records { if case .address(let address) = record.data { known.insert(address) } }
                case .alias(let target, _):
                    do throws(AliasChain.End) {
                        let longer = try AliasChain.adding(target, to: chain, limit: configuration.limits.aliasHops)
                        if met.insert(target).inserted { open.append(longer) }
                    } catch {
                        found.add(error.problem(reproduce: reproduce))
                    }
                case .aliasNotUsable(let why, _):
                    found.add(AliasChain.notUsable(at: name, why).problem(reproduce: reproduce))
                case .nothing, .referral, .cut, .notServed, .hostile: continue
                }
            }
        }
    }

    // MARK: one name

    /// What one server says of a name.
    private struct Said {
        let address: IPAddress
        let message: Message
        let reading: Reading
    }

    /// What the healthy servers of the name's zone say, each different answer once; none where that could not be found
    /// out, which is then a problem.
    private func said(
        _ question: Question,
        isFirst: Bool,
        _ found: inout Found,
        for errand: Errand
    ) async -> [Said] {
        let located = await cuts.locate(question, for: errand)
        if isFirst { found.zone = located.zone?.apex }
        if let problem = located.problem { found.add(problem, located.gaveUp) }
        guard let zone = located.zone, located.reading != nil else { return [] }
        let (set, errand) = await cuts.servers(of: zone, for: errand)
        for problem in set.problems where problem.code == .queryBudgetSpent { found.add(problem) }
        let answers: [IPAddress: Answer]
        do throws(GaveUp) {
            answers = try await cuts.pass.askEach(await cuts.pass.healthy(set.addresses), question, for: errand)
        } catch {
            found.add(cuts.problem(error, "to ask every server of \(zone.apex) for \(question)"), error)
            return []
        }
        let said = set.addresses.compactMap { address -> Said? in
            guard case .message(let message)? = answers[address]?.outcome else { return nil }
            let reading = Reading(message, to: question, zone: zone.apex)
            return reading.isAnswer ? Said(address: address, message: message, reading: reading) : nil
        }
        guard !said.isEmpty else {
            found.add(cuts.cutUnknown(question, zone.apex, ["it did before, for a moment"]))
            return []
        }
        let holding = await validated(said, question, zone, &found, for: errand)
        if let problem = difference(of: holding, question) {
            found.differences[question.name, default: []].append(problem)
        }
        for one in holding {
            found.heard[question.name, default: [:]][one.address, default: Heard()].types.insert(question.type)
            if one.reading.leadsOn { found.heard[question.name]?[one.address]?.leadsOn = true }
        }
        var met: Set<String> = []
        return holding.filter { met.insert($0.reading.shown).inserted }
    }

    /// Those whose signatures hold, because a resolver goes on to another server while they fail; all where they hold
    /// nowhere. That a type has no records is left alone: a CA takes the other family then.
    private func validated(
        _ said: [Said],
        _ question: Question,
        _ zone: Zone,
        _ found: inout Found,
        for errand: Errand
    ) async -> [Said] {
        let validation = Validation(cuts: cuts)
        guard validation.isOn else { return said }
        if let why = await validation.notExamined(zone.apex, for: errand) {
            found.add(Survey.Problem(.dnssecNotExamined, why))
            return said
        }
        var holding: [Said] = []
        var failed: SecurityStatus?
        var held: SecurityStatus?
        for one in said {
            guard one.reading.leadsOn else {
                holding.append(one)
                continue
            }
            let status =
                await validation.judge(one.message, question, zone: zone.apex, for: errand)
                ?? .indeterminate(reason: "the answer to \"\(question)\" could not be examined")
            if case .bogus = status {
                failed = failed ?? status
            } else {
                holding.append(one)
                held = SecurityStatus.worse(held, status)
            }
        }
        found.security = SecurityStatus.worse(found.security, held ?? failed)
        return held == nil ? said : holding
    }

    /// Of a list that a stranger's zone may make long.
    private static let textsTold = 4

    private func difference(of said: [Said], _ question: Question) -> Survey.Problem? {
        let groups = Dictionary(grouping: said, by: \.reading.shown)
        // Whose answer is the rarest is most likely the one that differs.
        let ordered = groups.sorted { ($0.value.count, $0.key) < ($1.value.count, $1.key) }
        guard ordered.count > 1, let odd = ordered.first?.value.first else { return nil }
        let told = ordered.map { _, group in
            let reading = group.first?.reading
            let shown = reading?.addressTexts?.listed(upTo: Self.textsTold) ?? reading?.shown ?? ""
            return "\(shown) at \(group.map(\.address.description).listed(upTo: Self.textsTold))"
        }.listed(upTo: Self.textsTold, separator: "; ")
        return Survey.Problem(
            .hostAddressesDiffer,
            "\(question.type) of \(question.name) differs by name server: \(told)",
            wanted: "the same answer from every server of the zone",
            reproduce: cuts.dig(odd.address, question)
        )
    }
}

extension Reading {
    /// Whether there is something to follow: an address, or an alias on the way to one.
    fileprivate var leadsOn: Bool {
        switch self {
        case .records, .alias, .aliasNotUsable: true
        case .nothing, .referral, .cut, .notServed, .hostile: false
        }
    }

    /// In a few words, equal for answers that lead to the same addresses.
    fileprivate var shown: String {
        switch self {
        case .records: (addressTexts ?? []).joined(separator: ", ")
        case .alias(let target, _): "CNAME \(target)"
        case .aliasNotUsable(let why, _): "a CNAME that leads nowhere (\(why))"
        case .nothing, .referral, .cut, .notServed, .hostile: "none"
        }
    }

    /// Nil where something else than records was shown.
    fileprivate var addressTexts: [String]? {
        guard case .records(let records) = self else { return nil }
        let texts = records.map { record -> String in
            if case .address(let address) = record.data { "\(address)" } else { "no address" }
        }
        return Set(texts).sorted()
    }
}
