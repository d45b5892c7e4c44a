// The rule "visible enough" against every small world there is: three name servers, seven sightings, every quorum and tolerance.

import DCV
import Testing

/// One world: sightings by server, each address one; the first server may have two addresses.
private struct SmallWorld: CustomStringConvertible {
    let kind: RecordKind
    /// Sightings per server.
    let servers: [[Sighting]]

    func survey(reversed: Bool = false, resolvers: [Observation] = []) throws -> Survey {
        var observations: [Observation] = []
        for (server, sightings) in servers.enumerated() {
            for (address, sighting) in sightings.enumerated() {
                observations.append(Observation(try #require(Self.vantages[kind])[server][address], sighting))
            }
        }
        observations += resolvers
        return Survey(
            record: try #require(Self.records[kind]),
            at: testNow,
            zone: nil,
            observations: reversed ? observations.reversed() : observations
        )
    }

    private static let records: [RecordKind: RequiredRecord] = [
        .txt: try? txt("_acme-challenge.example.com", "token"),
        .cname: try? cname("_acme-challenge.example.com", "proof.example.net"),
        .http: try? file("example.com", "token.txt", "token"),
    ].compactMapValues { $0 }

    /// Three servers with up to three addresses each, for every kind.
    private static let vantages: [RecordKind: [[VantagePoint]]] = Dictionary(
        uniqueKeysWithValues: RecordKind.allCases.map { kind in
            let servers = (1...3).compactMap { try? DomainName("ns\($0).example.net") }
            return (
                kind,
                servers.enumerated().map { index, server in
                    (1...3).map { number in
                        let address = IPAddress.v4(0x0900_0000 + UInt32(index) << 8 + UInt32(number))
                        return kind == .http
                            ? .web(host: server, address: address) : .authoritative(server: server, address: address)
                    }
                }
            )
        }
    )

    /// The world with one sighting changed.
    func replacing(_ server: Int, _ address: Int, by sighting: Sighting) -> SmallWorld {
        var servers = servers
        servers[server][address] = sighting
        return SmallWorld(kind: kind, servers: servers)
    }

    func adding(_ sighting: Sighting, to server: Int) -> SmallWorld {
        var servers = servers
        servers[server].append(sighting)
        return SmallWorld(kind: kind, servers: servers)
    }

    var description: String {
        "\(kind.rawValue) "
            + servers.map { $0.map(\.code).joined(separator: "+") }.joined(separator: " | ")
    }

    /// Every combination of sightings over three servers, and, with two addresses at the first, over four addresses.
    static func all(kinds: [RecordKind] = RecordKind.allCases) -> [SmallWorld] {
        var worlds: [SmallWorld] = []
        for kind in kinds {
            for one in everySighting {
                for two in everySighting {
                    for three in everySighting {
                        worlds.append(SmallWorld(kind: kind, servers: [[one], [two], [three]]))
                        for fourth in everySighting {
                            worlds.append(SmallWorld(kind: kind, servers: [[one, fourth], [two], [three]]))
                        }
                    }
                }
            }
        }
        return worlds
    }
}

private let quorums: [Quorum] = [.all, .majority, .atLeast(1), .atLeast(2), .atLeast(3)]
private let tolerances: [UnreachableTolerance] = [.none, .atMost(1), .any]
private let rules: [Policy.Propagation] = quorums.flatMap { quorum in
    tolerances.map { tolerance in
        var rule = Policy.standard.propagation
        rule.authoritative = quorum
        rule.unreachable = tolerance
        // The other half of the rule has tests of its own.
        rule.chance = .zero
        return rule
    }
}

extension Propagation {
    /// The better, the higher. Missing and cannot-tell are no steps of one ladder: both say that nobody showed it.
    fileprivate var rank: Int {
        switch self {
        case .complete: 3
        case .incomplete: 2
        case .missing, .cannotTell: 1
        case .contradicted: 0
        }
    }

    fileprivate var code: String {
        switch self {
        case .complete: "complete"
        case .incomplete: "incomplete"
        case .missing: "missing"
        case .cannotTell: "cannot-tell"
        case .contradicted: "contradicted"
        }
    }
}

extension Sighting {
    /// A resolver asks the next server after any of these; of a web host's IPv4 addresses, which all are here, a CA takes one.
    fileprivate func isSilent(_ kind: RecordKind) -> Bool {
        switch self {
        case .unreachable, .notServed: kind != .http
        default: false
        }
    }

    fileprivate func excludes(_ kind: RecordKind) -> Bool {
        switch self {
        case .bogus, .hostile: true
        case .wrong: kind == .cname
        default: false
        }
    }
}

@Suite("Propagation in every small world", .timeLimit(.minutes(1)))
struct PropagationTests {
    /// The verdict is what an independent, plainly written rule says.
    @Test func verdictsMatchThePlainRule() throws {
        for world in SmallWorld.all() {
            let survey = try world.survey()
            for rule in rules {
                let verdict = Propagation.judge(survey, rule).code
                let expected = expectation(world, rule)
                guard verdict == expected else {
                    Issue.record("\(world), \(rule.authoritative)/\(rule.unreachable): \(verdict), not \(expected)")
                    return
                }
            }
        }
    }

    private func expectation(_ world: SmallWorld, _ rule: Policy.Propagation) -> String {
        let everything = world.servers.flatMap { $0 }
        if everything.contains(where: { $0.excludes(world.kind) }) { return "contradicted" }
        var showing = 0
        var silent = 0
        for server in world.servers {
            let speaking = server.filter { !$0.isSilent(world.kind) }
            if speaking.isEmpty { silent += 1 } else if speaking.allSatisfy(\.isPresent) { showing += 1 }
        }
        let quorumHolds =
            switch rule.authoritative {
            case .all: showing == 3 - silent
            case .majority: showing >= 2
            case .atLeast(let count): showing >= count
            }
        let silenceIsTolerated =
            switch rule.unreachable {
            case .none: silent == 0
            case .atMost(let count): silent <= count
            case .any: true
            }
        if showing > 0 && quorumHolds && silenceIsTolerated { return "complete" }
        if everything.contains(where: \.isPresent) { return "incomplete" }
        let honest = everything.contains { $0.code == "absent" || $0.code == "wrong" }
        return honest ? "missing" : "cannot-tell"
    }

    @Test func anotherPresentNeverMakesItWorse() throws {
        for world in SmallWorld.all(kinds: [.txt, .cname]) {
            let before = try world.survey()
            let old = rules.map { Propagation.judge(before, $0) }
            for (server, sightings) in world.servers.enumerated() {
                for (address, sighting) in sightings.enumerated()
                where !sighting.isPresent && !sighting.excludes(world.kind) {
                    let after = try world.replacing(server, address, by: .present(others: [])).survey()
                    for (rule, old) in zip(rules, old) {
                        let new = Propagation.judge(after, rule)
                        guard new.rank >= old.rank else {
                            Issue.record("\(world): \(old.code) became \(new.code) at server \(server + 1)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test func aDeadAddressOfALivingServerChangesNothing() throws {
        for world in SmallWorld.all(kinds: [.txt]) {
            let before = try world.survey()
            for server in 0..<3 where world.servers[server].contains(where: { !$0.isSilent(.txt) }) {
                let after = try world.adding(.unreachable(reason: "no route"), to: server).survey()
                for rule in rules {
                    let (old, new) = (Propagation.judge(before, rule), Propagation.judge(after, rule))
                    guard new.code == old.code else {
                        Issue.record("\(world): \(old.code) became \(new.code) by a dead address")
                        return
                    }
                }
            }
        }
    }

    @Test func orderIsIrrelevant() throws {
        for world in SmallWorld.all(kinds: [.txt]) {
            for rule in rules {
                let (one, other) = (
                    Propagation.judge(try world.survey(), rule),
                    Propagation.judge(try world.survey(reversed: true), rule)
                )
                guard one.code == other.code else {
                    Issue.record("\(world): \(one.code), and \(other.code) in reverse")
                    return
                }
            }
        }
    }

    /// Until the name servers show it, what resolvers say is not even looked at; then it decides.
    @Test func resolversCountOnlyAfterTheNameServers() throws {
        let answers = everySighting.filter { ["present", "absent", "not-served", "bogus"].contains($0.code) }
        let resolverWorlds = try answers.flatMap { one in
            try answers.map { other in [try resolver("one", 1, one), try resolver("two", 2, other)] }
        }
        for world in SmallWorld.all(kinds: [.txt]) where world.servers[0].count == 1 {
            for var rule in rules {
                let alone = Propagation.judge(try world.survey(), rule)
                rule.resolvers = ["one", "two"]
                rule.resolverQuorum = .all
                for resolvers in resolverWorlds {
                    let verdict = Propagation.judge(try world.survey(resolvers: resolvers), rule)
                    if alone.code != "complete" {
                        guard verdict == alone else {
                            Issue.record("\(world): resolvers turned \(alone.code) into \(verdict.code)")
                            return
                        }
                    } else {
                        let agree = resolvers.allSatisfy { $0.sighting.isPresent }
                        guard (verdict == .complete) == agree else {
                            Issue.record("\(world) with \(resolvers.map(\.sighting.code)): \(verdict.code)")
                            return
                        }
                    }
                }
            }
        }
    }

    private func resolver(_ label: String, _ number: UInt32, _ sighting: Sighting) throws -> Observation {
        Observation(.recursive(resolver: label, address: .v4(0x0909_0900 + number)), sighting)
    }
}
