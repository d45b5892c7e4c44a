// What the records of one pass share: answers about zones, the health of addresses and the budgets. Gone with the pass;
// what later ones may rely on is in `ZoneMemory`.
import DCV
import LDNS

/// On whose account questions are asked, and until when.
struct Errand: Sendable {
    enum Account: Hashable, Sendable {
        /// A record of this pass, by its place in the batch.
        case record(Int)
        /// A climb of this pass, by its place in the batch.
        case climb(Int)
        /// A zone whose servers are being found, whoever asked first.
        case zone(DomainName)
    }

    var account: Account
    /// Monotonic reading after which nothing more is asked.
    var endsAtMilliseconds: Int64
    /// Name servers' names whose addresses are being looked for at this moment, the outermost first.
    var path: [DomainName] = []

    /// The same errand for the address of one more name server. What a zone makes us ask elsewhere stays on the first
    /// zone's account.
    func nested(for server: DomainName, servingZone zone: DomainName) -> Errand {
        var errand = self
        errand.path.append(server)
        switch account {
        case .record, .climb: errand.account = .zone(zone)
        case .zone: break
        }
        return errand
    }
}

/// Why an errand ended without an answer of its own: kept apart from what servers said, and never remembered for
/// others.
enum GaveUp: Error, Hashable, Sendable {
    case budgetSpent
    case deadlinePassed
}

/// What a zone's servers said when they were asked, one after the other, until one answered with authority.
enum ZoneAnswer: Sendable {
    case reading(Reading)
    /// Every address failed; the reasons, each with its address.
    case silent(reasons: [String])
    case gaveUp(GaveUp)
}

actor SurveyPass {
    /// Addresses of one zone asked for one answer: one first, then three more at once, then the rest.
    static let waveSizes = [1, 3]

    nonisolated let configuration: SurveyorConfiguration
    nonisolated let clock: any Clock
    /// What DNSSEC made known in this pass.
    nonisolated let trust: TrustMemory
    private let exchange: any Asking
    /// A label that exists nowhere, for questions about what a wildcard answers. One a pass, so that such a question is
    /// asked once for all records below one name.
    nonisolated let unguessableLabel: String
    private static let labelOctets = 10

    /// What earlier passes have learnt of zones.
    nonisolated let memory: ZoneMemory

    private typealias ZoneQuestion = ZoneMemory.Step

    /// Who gave the answer to a question, other than one that leads to a zone: of those there are very many, and nobody asks.
    private var witnesses: [Question: IPAddress] = [:]
    private let zoneAnswers = LearntOnce<ZoneQuestion, ZoneAnswer> { if case .gaveUp = $0 { false } else { true } }
    /// Only records wait for a zone's servers, never the search of another zone.
    nonisolated let serverSets = LearntOnce<DomainName, ServerSet>()
    /// What addresses say of a zone's SOA.
    nonisolated let soundings = LearntOnce<Sounding.Subject, Sounding>()
    /// What servers show of a name's CAA records.
    nonisolated let rungs = LearntOnce<DomainName, CAALook.Found> { $0.isFinal }
    /// Where web hosts are.
    nonisolated let hosts = LearntOnce<DomainName, HostSearch.Found> { $0.gaveUp == nil }
    private var spent: [Errand.Account: Int] = [:]
    /// Failures of an address since it last answered: those without are asked first.
    private var failures: [IPAddress: Int] = [:]
    /// Addresses whose last answer was none, or no DNS.
    private var mute: Set<IPAddress> = []
    /// Name servers' addresses that gave no answer, while none gave any; nil from the first answer on.
    private var unheard: Set<IPAddress>? = []
    /// Whether the root's addresses could be asked.
    private let rootsAsked = LearntOnce<[IPAddress], Bool>()

    init(
        configuration: SurveyorConfiguration,
        exchange: any Asking,
        clock: any Clock,
        random: any RandomSource,
        memory: ZoneMemory
    ) {
        trust = TrustMemory(memory)
        self.configuration = configuration
        self.memory = memory
        self.exchange = exchange
        self.clock = clock
        unguessableLabel = ASCII.hex(random.bytes(Self.labelOctets))
    }

    nonisolated func errand(forRecord index: Int) -> Errand { errand(on: .record(index)) }

    nonisolated func errand(forClimb index: Int) -> Errand { errand(on: .climb(index)) }

    private nonisolated func errand(on account: Errand.Account) -> Errand {
        Errand(
            account: account,
            endsAtMilliseconds: clock.monotonicMilliseconds() + configuration.limits.recordDeadlineMilliseconds
        )
    }

    nonisolated func errand(forZone apex: DomainName) -> Errand {
        Errand(
            account: .zone(apex),
            endsAtMilliseconds: clock.monotonicMilliseconds() + configuration.limits.zoneDeadlineMilliseconds
        )
    }

    // MARK: every address

    /// One question to every address, or to none when the budget does not cover all or the time is over: half a look is
    /// none.
    func askEach(
        _ addresses: [IPAddress],
        _ question: Question,
        for errand: Errand
    ) async throws(GaveUp) -> [IPAddress: Answer] {
        let port = configuration.dnsPort
        let answers = try await askAll(addresses.map { Query(question, to: $0, port: port) }, for: errand)
        return answers.values.reduce(into: [:]) { $0[$1.query.address] = $1 }
    }

    /// All of the questions, or none.
    func askAll(_ queries: [Query], for errand: Errand) async throws(GaveUp) -> [Query: Answer] {
        try charge(queries.count, to: errand)
        return await send(queries)
    }

    private func send(_ queries: [Query]) async -> [Query: Answer] {
        if queries.isEmpty { return [:] }
        var answers: [Query: Answer] = [:]
        for answer in await exchange.ask(queries) {
            answers[answer.query] = answer
            note(answer)
            // Whether TCP or a question without EDNS gets through says nothing about the usual way.
            guard answer.query.transport == .udpThenTCP, answer.query.usesEDNS else { continue }
            if case .message = answer.outcome {
                failures[answer.query.address] = 0
                mute.remove(answer.query.address)
            } else if !answer.isUnrecorded {
                failures[answer.query.address, default: 0] += 1
                mute.insert(answer.query.address)
            }
        }
        return answers
    }

    // MARK: a network that lets nothing through

    /// So many silent addresses, and nobody who answers, may be the network.
    private static let silentAddressesOfAFilteredNetwork = 2

    private func note(_ answer: Answer) {
        guard !answer.query.recursionDesired else { return }
        if case .unreachable = answer.outcome { unheard?.insert(answer.query.address) } else { unheard = nil }
    }

    /// Whether no name server of any zone answers, the root's included: then it is not the zone's servers that are
    /// dead. Nil when somebody answers, or too few were asked to say so; else the addresses asked in vain.
    func silence(rootAddresses roots: [IPAddress]) async -> Set<IPAddress>? {
        guard let silent = unheard, silent.count >= Self.silentAddressesOfAFilteredNetwork, !roots.isEmpty else {
            return nil
        }
        if !silent.isSuperset(of: roots) {
            let isAsked = await rootsAsked.value(of: roots) {
                let errand = self.errand(forZone: .root)
                return (try? await self.askEach(roots, Question(.root, .ns), for: errand)) != nil
            }
            guard isAsked else { return nil }
        }
        return unheard
    }

    private func charge(_ count: Int, to errand: Errand) throws(GaveUp) {
        guard clock.monotonicMilliseconds() < errand.endsAtMilliseconds else { throw .deadlinePassed }
        let limits = configuration.limits
        let limit =
            switch errand.account {
            case .record: limits.questionsPerRecord
            case .climb: limits.questionsPerClimb
            case .zone: limits.questionsPerZone
            }
        guard spent[errand.account, default: 0] + count <= limit else { throw .budgetSpent }
        spent[errand.account, default: 0] += count
    }

    /// Those of `addresses` that have not failed in this pass.
    func healthy(_ addresses: [IPAddress]) -> [IPAddress] { addresses.filter { failures[$0, default: 0] == 0 } }

    /// Those that answer, be it with an error, or that were not asked yet.
    func speaking(_ addresses: [IPAddress]) -> [IPAddress] { addresses.filter { !mute.contains($0) } }

    /// Who gave the answer that `ask` returned; nil when none did.
    func witness(of question: Question) -> IPAddress? { witnesses[question] }

    // MARK: one answer of a zone

    /// What the zone says to a question, from the first of `addresses` that answers with authority or refers on. The
    /// same question is put to a zone once in a pass, however many records need it.
    ///
    /// Nothing in here waits for another zone, so two look-ups can never wait for each other.
    func ask(_ zone: DomainName, at addresses: [IPAddress], _ question: Question, for errand: Errand) async
        -> ZoneAnswer
    {
        await remembered(ZoneQuestion(zone: zone, question: question, viaResolver: false)) { () throws(GaveUp) in
            try await self.askInWaves(zone, addresses, question, errand)
        }
    }

    /// The named resolver's own words.
    func answer(
        of resolver: SurveyorConfiguration.Resolver,
        _ question: Question,
        for errand: Errand
    ) async throws(GaveUp) -> Answer {
        try charge(1, to: errand)
        let query = resolver.query(question)
        return await send([query])[query] ?? Answer(query, .unreachable(reason: "no answer"))
    }

    /// What the named resolver says to a question.
    func ask(_ resolver: SurveyorConfiguration.Resolver, _ question: Question, for errand: Errand) async -> ZoneAnswer {
        await remembered(ZoneQuestion(zone: .root, question: question, viaResolver: true)) { () throws(GaveUp) in
            switch try await self.answer(of: resolver, question, for: errand).outcome {
            case .message(let message):
                let reading = Reading(message, to: question, zone: .root, needsAuthority: false)
                guard let fault = reading.fault else { return .reading(reading) }
                return .silent(reasons: ["\(resolver.name) (\(resolver.address)) \(fault)"])
            case .unreachable(let reason), .hostile(let reason):
                return .silent(reasons: ["\(resolver.name) (\(resolver.address)): \(reason)"])
            }
        }
    }

    private func remembered(
        _ key: ZoneQuestion,
        _ ask: @escaping @Sendable () async throws(GaveUp) -> ZoneAnswer
    ) async -> ZoneAnswer {
        await zoneAnswers.value(of: key) {
            if let reading = self.memory.reading(key) { return .reading(reading) }
            do throws(GaveUp) {
                let answer = try await ask()
                if case .reading(let reading) = answer { self.memory.keep(reading, for: key) }
                return answer
            } catch {
                return .gaveUp(error)
            }
        }
    }

    private func askInWaves(
        _ zone: DomainName,
        _ addresses: [IPAddress],
        _ question: Question,
        _ errand: Errand
    ) async throws(GaveUp) -> ZoneAnswer {
        var rest = inOrder(addresses, for: question)[...]
        var reasons: [String] = []
        var sizes = Self.waveSizes[...]
        while !rest.isEmpty {
            // Those who have failed come last. Where none else is left, nobody waits for one of them after the other.
            let isHopeful = rest.first.map { failures[$0, default: 0] == 0 } ?? false
            let wave = rest.prefix(isHopeful ? sizes.popFirst() ?? rest.count : rest.count)
            rest = rest.dropFirst(wave.count)
            try charge(wave.count, to: errand)
            let port = configuration.dnsPort
            let queries = wave.map { Query(question, to: $0, port: port) }
            let answers = await send(queries)
            for query in queries {
                let address = query.address
                switch answers[query]?.outcome {
                case .message(let message):
                    let reading = Reading(message, to: question, zone: zone)
                    guard let fault = reading.fault else {
                        if question.type != .ns { witnesses[question] = address }
                        return .reading(reading)
                    }
                    failures[address, default: 0] += 1
                    reasons.append("\(address) \(fault)")
                case .unreachable(let reason), .hostile(let reason): reasons.append("\(address): \(reason)")
                case nil: reasons.append("\(address): no answer")
                }
            }
        }
        return .silent(reasons: reasons)
    }

    /// Healthy addresses first; among equals each question begins at another one, so that no server bears all. Which one depends on the
    /// question alone: the same world is asked the same in every pass, so that a recording of one answers another.
    func inOrder(_ addresses: [IPAddress], for question: Question) -> [IPAddress] {
        guard !addresses.isEmpty else { return [] }
        let sum = question.description.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        let start = sum % addresses.count
        let turned = Array(addresses[start...] + addresses[..<start])
        return turned.enumerated()
            .sorted { one, other in
                let (mine, theirs) = (failures[one.element, default: 0], failures[other.element, default: 0])
                return mine == theirs ? one.offset < other.offset : mine < theirs
            }
            .map(\.element)
    }
}

extension Reading {
    /// Why this answer is of no use to somebody who looks for zones; nil when it is.
    var fault: String? {
        switch self {
        case .notServed(let reason), .hostile(let reason): reason
        case .records, .alias, .aliasNotUsable, .nothing, .referral, .cut: nil
        }
    }
}
