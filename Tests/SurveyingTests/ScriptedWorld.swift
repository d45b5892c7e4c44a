// A small Internet as values: name servers that answer from written zones, well or badly, and remember what they were
// asked.
import DCV
import LDNS
import Platform
import Surveying
import Synchronization

struct BadScript: Error { let line: String }

/// One zone as a server holds it. Lines are `owner TYPE data`; `*.owner` is a wildcard, NS below the apex is a
/// delegation, A and AAAA at or below a delegation are glue.
struct ScriptedZone: Sendable {
    let apex: DomainName
    var records: [ResourceRecord] = []
    var wildcards: [(above: DomainName, type: String, data: String)] = []
    var hasSOA = true
    var serial: UInt32 = 1
    /// MNAME; the first server in the NS set unless something else is set.
    var primary: DomainName?
    /// Whether it makes the CNAME that belongs to a DNAME.
    var makesCNAMEs = true

    init(
        _ apex: String,
        hasSOA: Bool = true,
        serial: UInt32 = 1,
        primary: String? = nil,
        ttlSeconds: UInt32 = 300,
        _ text: String
    ) throws {
        self.apex = try DomainName(apex)
        self.hasSOA = hasSOA
        self.serial = serial
        self.primary = try primary.map { try DomainName($0) }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
            if fields.isEmpty { continue }
            guard fields.count == 3 else { throw BadScript(line: String(line)) }
            if fields[0].hasPrefix("*.") {
                wildcards.append((try DomainName(String(fields[0].dropFirst(2))), fields[1], fields[2]))
            } else {
                let owner = try DomainName(fields[0])
                records.append(try Self.record(owner, fields[1], fields[2], ttlSeconds))
            }
        }
    }

    static func record(
        _ owner: DomainName,
        _ type: String,
        _ data: String,
        _ ttlSeconds: UInt32 = 300
    ) throws -> ResourceRecord {
        let rdata: RData
        switch type {
        case "A", "AAAA":
            guard let address = IPAddress(data) else { throw BadScript(line: data) }
            rdata = .address(address)
        case "NS": rdata = .ns(try DomainName(data))
        case "CNAME": rdata = .cname(try DomainName(data))
        case "DNAME": rdata = .dname(try DomainName(data))
        case "CAA":
            let parts = data.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let flags = UInt8(parts[0]) else { throw BadScript(line: data) }
            rdata = .caa(flags: flags, tag: Array(parts[1].utf8), value: Array(parts[2].utf8))
        case "TXT": rdata = .txt(strings: data.split(separator: "|").map { Array($0.utf8) })
        case "BAD-CNAME":
            let target = [UInt8(data.utf8.count)] + Array(data.utf8) + [0]
            return ResourceRecord(ownerOctets: owner.wire, type: .cname, ttlSeconds: ttlSeconds, dataOctets: target)
        default: throw BadScript(line: type)
        }
        return try ResourceRecord(owner, ttlSeconds: ttlSeconds, rdata)
    }

    /// TTL 600, MINIMUM 60: the negative cache TTL is 60.
    func soa() throws -> ResourceRecord {
        let servers = records.compactMap { record -> DomainName? in
            if record.owner == apex, case .ns(let name) = record.data { name } else { nil }
        }
        let soa = SOA(primary: primary ?? servers.first ?? apex, mailbox: apex, serial: serial, minimumSeconds: 60)
        return try ResourceRecord(apex, ttlSeconds: 600, .soa(soa))
    }

    func answer(_ query: Message, _ question: Question) throws -> Message {
        let name = question.name
        if let cut = delegation(above: name), !query.recursionDesired {
            var reply = Message(answering: query, isAuthoritative: false)
            reply.authority = records.filter { $0.owner == cut && $0.type == .ns }
            reply.additional = glue(for: reply.authority)
            return reply
        }
        var reply = Message(answering: query)
        if try move(name, &reply) { return reply }
        var own = records.filter { $0.owner == name }
        if !exists(name) {
            // RFC 4592 3.3.1: only a wildcard directly below the closest name that exists.
            let closest = name.selfAndAncestors.first(where: exists)
            own = try wildcards.filter { $0.above == closest }.map { try Self.record(name, $0.type, $0.data) }
            if own.isEmpty { reply.rcode = .nameError }
        }
        let alias = question.type == .cname ? [] : own.filter { $0.type == .cname }
        reply.answer = alias.isEmpty ? own.filter { $0.type == question.type } : alias
        if question.type == .soa && name == apex { reply.answer = [try soa()] }
        if reply.answer.isEmpty && hasSOA { reply.authority = [try soa()] }
        if question.type == .ns { reply.additional = glue(for: reply.answer) }
        return reply
    }

    private func exists(_ name: DomainName) -> Bool {
        name == apex || records.contains { $0.owner?.isSubdomain(of: name) == true }
            || wildcards.contains { $0.above.isSubdomain(of: name) }
    }

    /// Answers from a DNAME above the name (RFC 6672 3.2); false without one.
    private func move(_ name: DomainName, _ reply: inout Message) throws -> Bool {
        let moving = records.first { record in
            record.type == .dname && record.owner != name && record.owner.map(name.isSubdomain) == true
        }
        guard let moving, let owner = moving.owner, case .dname(let other) = moving.data else { return false }
        reply.answer = [moving]
        guard let target = try? name.moved(from: owner, to: other) else {
            reply.rcode = .nameTooLong
            return true
        }
        if makesCNAMEs { reply.answer.append(try ResourceRecord(name, ttlSeconds: 0, .cname(target))) }
        return true
    }

    private func delegation(above name: DomainName) -> DomainName? {
        name.selfAndAncestors.last { ancestor in
            ancestor != apex && ancestor.isSubdomain(of: apex)
                && records.contains { $0.owner == ancestor && $0.type == .ns }
        }
    }

    private func glue(for servers: [ResourceRecord]) -> [ResourceRecord] {
        let names = servers.compactMap { record -> DomainName? in
            if case .ns(let name) = record.data { name } else { nil }
        }
        return records.filter { ($0.type == .a || $0.type == .aaaa) && names.contains($0.owner ?? .root) }
    }
}

/// How one address behaves.
enum Manner: Sendable {
    case honest([ScriptedZone])
    case silent
    /// Answers what an honest one would, without AA.
    case lame([ScriptedZone])
    case failing(Rcode)
    case hostile
    /// Resolves over every zone of the world when RD is set, refuses otherwise.
    case recursive
    /// Nothing comes back from here, though a resolver elsewhere knows the zones.
    case cutOff([ScriptedZone])
    /// Honest answers in a manner of its own.
    case odd(Oddity, [ScriptedZone])
    /// An honest answer, then changed.
    case changed([ScriptedZone], @Sendable (inout Message) -> Void)
}

/// How the way to a server, or the server, departs from what is usual.
enum Oddity: Sendable {
    case noTCP, onlyTCP, refusesEDNS, dropsEDNS, changesCase
}

final class ScriptedWorld: Asking {
    private let current: Mutex<[IPAddress: Manner]>
    private let asked = Mutex<[Query]>([])
    /// Milliseconds that pass with every batch.
    private let clock: ScriptedClock?
    private let batchMilliseconds: Int64

    init(_ manners: [String: Manner], clock: ScriptedClock? = nil, batchMilliseconds: Int64 = 0) throws {
        var byAddress: [IPAddress: Manner] = [:]
        for (text, manner) in manners {
            guard let address = IPAddress(text) else { throw BadScript(line: text) }
            byAddress[address] = manner
        }
        current = Mutex(byAddress)
        self.clock = clock
        self.batchMilliseconds = batchMilliseconds
    }

    private var manners: [IPAddress: Manner] { current.withLock { $0 } }

    /// From now on an address behaves like this.
    func change(_ address: String, _ manner: Manner) {
        guard let address = IPAddress(address) else { return }
        current.withLock { $0[address] = manner }
    }

    /// All that was asked so far, in order.
    var history: [Query] { asked.withLock { $0 } }

    /// How often something was asked, of anybody.
    func count(_ question: String, over transport: ExchangeQuery.Transport? = nil) -> Int {
        history.count { "\($0.question)" == question && $0.transport == transport ?? $0.transport }
    }

    func questions(to address: String) -> [String] {
        history.filter { $0.address == IPAddress(address) }.map { "\($0.question)" }
    }

    func ask(_ batch: [Query]) async -> [Answer] {
        asked.withLock { $0 += batch }
        clock?.advance(batchMilliseconds)
        await Task.yield()
        return batch.map { query in
            let (outcome, manner) = odd(query)
            return Answer(query, outcome, roundTripMilliseconds: 7, manner: manner)
        }.shuffled()
    }

    /// What Exchange tells of a server that is odd.
    private func odd(_ query: Query) -> (Answer.Outcome, Answer.Manner) {
        let usual = Answer.Manner(transport: query.transport == .tcp ? .tcp : .udp, usedEDNS: query.usesEDNS)
        let lost = Answer.Outcome.unreachable(reason: "no answer before the deadline")
        guard case .odd(let oddity, _)? = manners[query.address] else { return (outcome(query), usual) }
        switch oddity {
        case .noTCP: return (query.transport == .tcp ? lost : outcome(query), usual)
        case .onlyTCP: return (outcome(query), Answer.Manner(transport: .tcp, tcpBecause: .silent))
        case .refusesEDNS: return (outcome(query), Answer.Manner(transport: usual.transport, usedEDNS: false))
        case .dropsEDNS: return (query.usesEDNS ? lost : outcome(query), usual)
        case .changesCase where query.transport == .tcp: return (outcome(query), usual)
        case .changesCase: return (outcome(query), Answer.Manner(transport: .tcp, tcpBecause: .letterCase))
        }
    }

    private func outcome(_ query: Query) -> Answer.Outcome {
        let message = Message(query: query.question, id: 1, recursionDesired: query.recursionDesired)
        do {
            switch manners[query.address] {
            case nil, .silent, .cutOff: return .unreachable(reason: "no answer before the deadline")
            case .hostile: return .hostile(reason: "malformed answer")
            case .failing(let rcode): return .message(Message(answering: message, rcode: rcode))
            case .honest(let zones), .odd(_, let zones): return .message(try answer(message, query.question, zones))
            case .lame(let zones):
                var reply = try answer(message, query.question, zones)
                reply.isAuthoritative = false
                return .message(reply)
            case .changed(let zones, let change):
                var reply = try answer(message, query.question, zones)
                change(&reply)
                return .message(reply)
            case .recursive: return .message(try resolve(message, query.question))
            }
        } catch {
            return .hostile(reason: "bad script: \(error)")
        }
    }

    private func answer(_ query: Message, _ question: Question, _ zones: [ScriptedZone]) throws -> Message {
        let zone = zones.filter { question.name.isSubdomain(of: $0.apex) }
            .max { $0.apex.labels.count < $1.apex.labels.count }
        guard let zone else { return Message(answering: query, rcode: .refused, isAuthoritative: false) }
        return try zone.answer(query, question)
    }

    private func resolve(_ query: Message, _ question: Question) throws -> Message {
        guard query.recursionDesired else {
            return Message(answering: query, rcode: .refused, isAuthoritative: false)
        }
        let zones = manners.values.flatMap { manner -> [ScriptedZone] in
            switch manner {
            case .honest(let zones), .cutOff(let zones): zones
            default: []
            }
        }
        var reply = try answer(query, question, zones)
        var links = 0
        while question.type != .cname, links < 20, let last = reply.answer.last, case .cname(let target) = last.data {
            let next = try answer(query, Question(target, question.type), zones)
            reply.answer += next.answer
            reply.authority = next.authority
            reply.rcode = next.rcode
            links += 1
        }
        reply.isAuthoritative = false
        reply.recursionAvailable = true
        return reply
    }
}

/// Wall time stands still; monotonic time moves when told to.
final class ScriptedClock: Clock {
    private let monotonic = Mutex<Int64>(0)

    func now() -> Instant { Instant(millisecondsSinceEpoch: 1_760_000_000_000) }
    func monotonicMilliseconds() -> Int64 { monotonic.withLock { $0 } }
    func sleep(milliseconds: Int64) async throws { advance(milliseconds) }
    func advance(_ milliseconds: Int64) { monotonic.withLock { $0 += milliseconds } }
}

/// Other octets at every call.
final class ScriptedRandom: RandomSource {
    private static let calls = Mutex<UInt64>(0)

    func bytes(_ count: Int) -> [UInt8] {
        let call = Self.calls.withLock { calls in
            calls &+= 1
            return calls
        }
        return (0..<count).map {
            UInt8(truncatingIfNeeded: $0 * 37 + 11) ^ UInt8(truncatingIfNeeded: call >> ($0 % 4 * 8))
        }
    }
}

/// Web servers as answers by address; what has none does not answer.
final class ScriptedWeb: HTTPExchanging {
    typealias Script = @Sendable (HTTPRequest) -> Result<HTTPResponse, HTTPFailure>

    private let script: Script
    private let asked = Mutex<[HTTPRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    convenience init(_ answers: [String: Result<HTTPResponse, HTTPFailure>] = [:]) {
        self.init { request in
            request.peer.flatMap { answers[$0.address.description] } ?? .failure(.unreachable("no route"))
        }
    }

    var history: [HTTPRequest] { asked.withLock { $0 } }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        asked.withLock { $0.append(request) }
        let response = try script(request).get()
        // As the transport does it.
        guard response.body.count > request.bodyLimitBytes else { return response }
        guard request.overlongBody == .cut else { throw .tooLarge(what: "body", limitBytes: request.bodyLimitBytes) }
        return HTTPResponse(
            status: response.status,
            headers: response.headers,
            body: Array(response.body.prefix(request.bodyLimitBytes)),
            isBodyCut: true,
            elapsedMilliseconds: response.elapsedMilliseconds
        )
    }

    static func response(_ status: Int, _ body: String, headers: [(String, String)] = []) throws -> HTTPResponse {
        var fields = HTTPHeaders()
        for (name, value) in headers { try fields.add(name, value) }
        return HTTPResponse(status: status, headers: fields, body: Array(body.utf8), elapsedMilliseconds: 3)
    }
}

extension LiveSurveyor {
    static let hints = "5.0.0.1"

    /// A surveyor in a scripted world whose root is at 5.0.0.1.
    init(
        _ world: ScriptedWorld,
        web: ScriptedWeb = ScriptedWeb(),
        clock: ScriptedClock = ScriptedClock(),
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) throws {
        let root = RootHints.Server(try DomainName("root.test"), [IPAddress(Self.hints)].compactMap { $0 })
        var configuration = SurveyorConfiguration(rootHints: RootHints([root]))
        configure(&configuration)
        self.init(configuration: configuration, exchange: world, http: web, clock: clock, random: ScriptedRandom())
    }

    func survey(
        _ record: RequiredRecord,
        resolvers: [String] = [],
        unreachable: UnreachableTolerance = .none
    ) async throws -> Survey {
        var policy = Policy.standard.propagation
        (policy.resolvers, policy.unreachable) = (resolvers, unreachable)
        guard let survey = await survey([SurveyRequest(record, under: policy)]).first else {
            throw BadScript(line: "no survey")
        }
        return survey
    }
}

extension RequiredRecord {
    static func txt(_ name: String, _ value: String) throws -> RequiredRecord {
        RequiredRecord(.txt(name: try DomainName(name), value: try TXTValue(value)))
    }

    static func cname(_ name: String, _ target: String) throws -> RequiredRecord {
        RequiredRecord(.cname(name: try DomainName(name), target: try DomainName(target)))
    }
}

extension Survey {
    /// `server address sighting` a line, in order.
    var lines: [String] {
        observations.map { "\($0.vantage.server) \($0.vantage.address) \($0.sighting.code)" }.sorted()
    }

    var codes: [Problem.Code] { problems.map(\.code) }

    /// The codes of what a person is told.
    var told: [String] { Checks.findings(self).map(\.code) }
}
