// One question about the SOA at every address of a zone: who serves it, which version, and in what manner.
import DCV
import LDNS

/// What addresses said of one zone's SOA in one pass.
struct Sounding: Sendable {
    enum Subject: Hashable, Sendable {
        case servers(of: DomainName)
        case primary(of: DomainName)
    }

    struct Heard: Sendable {
        let state: ZoneView.State
        let manners: AddressManners
        let roundTripMilliseconds: Int64?
        /// The SOA with its own TTL in seconds.
        let soa: (data: SOA, ttlSeconds: UInt32)?
    }

    private(set) var heard: [IPAddress: Heard] = [:]

    /// Whether an address answers, and only without EDNS.
    func dropsEDNS(_ address: IPAddress) -> Bool { heard[address]?.manners.understandsEDNS == false }

    /// Whether every address serves the zone in the best of manners.
    var isFlawless: Bool {
        heard.values.allSatisfy { heard in
            if case .serves = heard.state { heard.manners.isFlawless } else { false }
        }
    }

    fileprivate mutating func note(_ heard: Heard, from address: IPAddress) { self.heard[address] = heard }

    /// From the SOA of the newest version; of several such, the first address's.
    var timers: ZoneView.Timers? {
        let shown = heard.sorted { $0.key < $1.key }.compactMap(\.value.soa)
        guard let newest = ZoneSerial.newest(of: shown.map { ZoneSerial($0.data.serial) }),
            let soa = shown.first(where: { $0.data.serial == newest.number })
        else { return nil }
        return ZoneView.Timers(
            primary: soa.data.primary,
            serial: soa.data.serial,
            refreshSeconds: Int64(soa.data.refreshSeconds),
            retrySeconds: Int64(soa.data.retrySeconds),
            expireSeconds: Int64(soa.data.expireSeconds),
            negativeTTLSeconds: Int64(min(soa.ttlSeconds, soa.data.minimumSeconds))
        )
    }
}

extension ZoneCuts {
    /// Sounds a zone once in a pass, beside the questions about its records.
    func sounding(of set: ServerSet) async -> Sounding {
        await pass.soundings.value(of: .servers(of: set.apex)) { await self.sound(set) }
    }

    private func sound(_ set: ServerSet) async -> Sounding {
        let question = Question(set.apex, .soa)
        let port = configuration.dnsPort
        let queries = set.addresses.flatMap { address in
            // A silent address may be one that throws questions with EDNS away; one that speaks is asked over TCP, too.
            [Query(question, to: address, port: port)]
                + (set.isSilent(address)
                    ? [Query(question, to: address, port: port, usesEDNS: false)]
                    : set.manners[address]?.answersOverTCP == true
                        ? [] : [Query(question, to: address, port: port, transport: .tcp)])
        }
        let errand = pass.errand(forZone: set.apex)
        let sounding = await sound(set.apex, queries, manners: set.manners, for: errand)
        if set.isFlawless, sounding.isFlawless {
            var kept = set
            kept.replace(sounding.heard.mapValues(\.manners))
            pass.memory.keep(kept)
        }
        return sounding
    }

    /// Puts the questions for a zone's SOA to those they are for.
    /// - Parameter manners: what is known of the addresses already.
    func sound(
        _ zone: DomainName,
        _ queries: [Query],
        manners: [IPAddress: AddressManners],
        for errand: Errand
    ) async -> Sounding {
        var sounding = Sounding()
        let answers: Result<[Query: Answer], GaveUp>
        do throws(GaveUp) {
            answers = .success(try await pass.askAll(queries, for: errand))
        } catch {
            answers = .failure(error)
        }
        for address in Set(queries.map(\.address)) {
            let known = manners[address] ?? AddressManners()
            switch answers {
            case .success(let answers):
                let own = queries.filter { $0.address == address }.compactMap { answers[$0] }
                sounding.note(Sounding.Heard(own, Question(zone, .soa), known), from: address)
            case .failure(let why):
                let reason = problem(why, "to ask for the SOA of \(zone)").text
                let state = ZoneView.State.notAsked(reason: reason)
                let heard = Sounding.Heard(state: state, manners: known, roundTripMilliseconds: nil, soa: nil)
                sounding.note(heard, from: address)
            }
        }
        return sounding
    }
}

extension Sounding.Heard {
    /// From the answers of one address: over UDP, and without EDNS or over TCP.
    fileprivate init(_ answers: [Answer], _ question: Question, _ known: AddressManners) {
        var manners = known
        for answer in answers { manners.learn(from: answer) }
        let usual = answers.first { $0.query.transport != .tcp && $0.query.usesEDNS }
        let plain = answers.first { !$0.query.usesEDNS }
        var telling = usual
        if case .unreachable? = usual?.outcome, case .message? = plain?.outcome {
            manners.dropsEDNS()
            telling = plain
        }
        let (state, soa) = Self.judge(telling?.outcome, question)
        self.init(
            state: state,
            manners: manners,
            roundTripMilliseconds: telling?.roundTripMilliseconds,
            soa: soa
        )
    }

    private static func judge(
        _ outcome: Answer.Outcome?,
        _ question: Question
    ) -> (ZoneView.State, (data: SOA, ttlSeconds: UInt32)?) {
        let message: Message
        switch outcome {
        case .message(let answered): message = answered
        case .unreachable(let reason): return (.unreachable(reason: reason), nil)
        case .hostile(let reason): return (.hostile(reason: reason), nil)
        case nil: return (.unreachable(reason: "no answer"), nil)
        }
        switch Reading(message, to: question, zone: question.name) {
        case .records(let records):
            guard records.count == 1, let record = records.first, case .soa(let soa) = record.data else {
                return (.hostile(reason: "\(records.count) SOA records at \(question.name), or one that is none"), nil)
            }
            return (.serves(serial: soa.serial), (soa, record.ttlSeconds))
        case .nothing(let negative):
            let what = negative.isNameError ? "says that \(question.name) does not exist" : "shows no SOA"
            return (.notServed(reason: what), nil)
        case .alias, .aliasNotUsable: return (.notServed(reason: "shows a CNAME in place of the SOA"), nil)
        case .referral(let delegation), .cut(let delegation):
            return (.notServed(reason: "refers to the servers of \(delegation.apex)"), nil)
        case .notServed(let reason): return (.notServed(reason: reason), nil)
        case .hostile(let reason): return (.hostile(reason: reason), nil)
        }
    }
}
