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
    }

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
            found.problems.append(Survey.Problem(.specialUseAddress, text, reproduce: "dig \(host) A \(host) AAAA"))
        }
        let usable = Self.inOrder(known.addresses.filter(configuration.permits))
        let limit = configuration.limits.addressesPerZone
        if usable.isEmpty && !found.problems.contains(where: \.blocksJudgement) {
            let why = known.fault ?? (refused.isEmpty ? "it has neither A nor AAAA" : "no other address is known")
            let text = "\(host): \(why)"
            found.problems.append(Survey.Problem(.hostWithoutAddress, text, reproduce: "dig \(host) A \(host) AAAA"))
        } else if usable.count > limit {
            let text = "\(host) has \(usable.count) addresses, \(limit) are asked at most"
            found.problems.append(Survey.Problem(.queryBudgetSpent, text))
        }
        found.addresses = Array(usable.prefix(limit))
        return found
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
