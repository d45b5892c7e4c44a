// What one answer says about one question: the only place where sections, flags and owners of a message are weighed.
import DCV
import LDNS

/// A zone as another zone hands it down: the names of its servers, and the addresses that came with them.
struct Delegation: Hashable, Sendable {
    struct Server: Hashable, Sendable {
        let name: DomainName
        /// Addresses from the additional section. Only for names inside the zone that was asked: for others it has no
        /// say.
        let glue: [IPAddress]
    }

    let apex: DomainName
    let servers: [Server]
    /// NS targets that are no usable name, as reasons.
    let unusable: [String]
    /// The shortest TTL in the NS set; nobody may rely on it for longer.
    let ttlSeconds: Int64

    /// Whether it leads where `other` does, however long that may be kept.
    func names(sameAs other: Delegation) -> Bool {
        apex == other.apex && servers == other.servers && unusable == other.unusable
    }
}

/// An honest "no such records".
struct Negative: Hashable, Sendable {
    /// min(SOA TTL, SOA MINIMUM) (RFC 2308 5). 0 without an SOA: resolvers do not keep such an answer.
    let ttlSeconds: Int64
    /// NXDOMAIN: the name has no records of any type and nothing below it (RFC 8020).
    let isNameError: Bool
    /// The zone that says so, by its SOA; nil without one.
    let apex: DomainName?

    /// Only an SOA that can speak for the name counts: owned by it or an ancestor, not above the zone that was asked.
    init(_ message: Message, _ name: DomainName, _ zone: DomainName) {
        isNameError = message.rcode == .nameError
        for record in message.authority where record.isInternet {
            guard case .soa(let soa) = record.data, let owner = record.owner, name.isSubdomain(of: owner),
                owner.isSubdomain(of: zone)
            else { continue }
            ttlSeconds = Int64(min(record.ttlSeconds, soa.minimumSeconds))
            apex = owner
            return
        }
        ttlSeconds = 0
        apex = nil
    }
}

/// The meaning of an answer for a question that was put to a server of `zone`.
///
/// Records count only in the answer section, in class IN, owned by the very name asked for (CVE-2025-40778 is what
/// happens otherwise). Nothing is taken from other sections but the SOA of a negative answer and the NS and glue of a
/// referral.
enum Reading: Hashable, Sendable {
    /// Records of the type asked for.
    case records([ResourceRecord])
    /// A CNAME stands at the name and another type was asked for.
    case alias(to: DomainName, ttlSeconds: Int64)
    /// A CNAME stands at the name and its target is no usable name.
    case aliasNotUsable(why: String, ttlSeconds: Int64)
    case nothing(Negative)
    /// The name lies in a zone below, which other servers answer for.
    case referral(Delegation)
    /// Asked for NS: a zone begins at the name, and this very server answers for it.
    case cut(Delegation)
    /// The server does not speak for the zone, or says that it cannot.
    case notServed(reason: String)
    case hostile(reason: String)

    /// `needsAuthority` is false for recursive resolvers, which never set AA for others' zones.
    init(_ message: Message, to question: Question, zone: DomainName, needsAuthority: Bool = true) {
        guard [.noError, .nameError, .nameTooLong].contains(message.rcode) else {
            self = .notServed(reason: "answers \(message.rcode)")
            return
        }
        if message.isTruncated {
            self = .notServed(reason: "the answer is cut off, even over TCP")
            return
        }
        if needsAuthority, let delegation = Self.delegation(in: message, question, zone) {
            self = .referral(delegation)
            return
        }
        if needsAuthority && !message.isAuthoritative {
            self = .notServed(reason: "answers without authority (lame: AA is not set)")
            return
        }
        let own = message.answer.filter { $0.isInternet && $0.owner == question.name }
        let wanted = own.filter { $0.type == question.type }
        let aliases = own.filter { $0.type == .cname }
        let moving = Moving(message, question.name, zone)
        if Set(aliases.map(\.data)).count > 1 {
            self = .hostile(reason: "more than one CNAME at \(question.name) (RFC 2181 10.1)")
        } else if let fault = moving?.fault(besides: aliases) {
            self = .hostile(reason: fault)
        } else if message.rcode == .nameTooLong {
            self = moving?.reading(for: question) ?? .notServed(reason: "answers \(message.rcode)")
        } else if !wanted.isEmpty && question.type == .ns && question.name != zone {
            let (records, additional) = (message.answer, message.additional)
            self = .cut(Delegation(apex: question.name, records: records, additional: additional, askedZone: zone))
        } else if !wanted.isEmpty {
            self = .records(wanted)
        } else if let alias = aliases.first {
            self = Self.alias(alias)
        } else if let moving {
            self = moving.reading(for: question)
        } else {
            self = .nothing(Negative(message, question.name, zone))
        }
    }

    private static func alias(_ record: ResourceRecord) -> Reading {
        let seconds = Int64(record.ttlSeconds)
        return switch record.data {
        case .cname(let target): .alias(to: target, ttlSeconds: seconds)
        case .unusable(let why): .aliasNotUsable(why: why, ttlSeconds: seconds)
        default: .aliasNotUsable(why: "no CNAME data", ttlSeconds: seconds)
        }
    }

    /// A referral names a zone strictly below the one asked that holds the name: in the authority section, or (some
    /// servers) in the answer to a question for NS, and never together with an answer. An NS set "upwards" is no
    /// referral but a lame server.
    private static func delegation(in message: Message, _ question: Question, _ zone: DomainName) -> Delegation? {
        guard message.rcode == .noError else { return nil }
        let own = message.answer.filter { $0.isInternet && $0.owner == question.name }
        let isAnsweredWithNS = !message.isAuthoritative && question.type == .ns && own.contains { $0.type == .ns }
        guard own.isEmpty || isAnsweredWithNS, !message.authority.contains(where: { $0.type == .soa }) else {
            return nil
        }
        let source = isAnsweredWithNS ? own : message.authority
        let apex = source.first { record in
            guard record.isInternet, record.type == .ns, let owner = record.owner else { return false }
            return owner != zone && owner.isSubdomain(of: zone) && question.name.isSubdomain(of: owner)
        }?.owner
        guard let apex else { return nil }
        return Delegation(apex: apex, records: source, additional: message.additional, askedZone: zone)
    }
}

extension Delegation {
    /// From an NS set and the additional records beside it, as a server of `askedZone` gave them.
    init(apex: DomainName, records: [ResourceRecord], additional: [ResourceRecord], askedZone: DomainName) {
        var servers: [Server] = []
        var unusable: [String] = []
        let own = records.filter { $0.isInternet && $0.type == .ns && $0.owner == apex }
        for record in own {
            switch record.data {
            case .ns(let name):
                if servers.contains(where: { $0.name == name }) { continue }
                servers.append(Server(name: name, glue: Self.glue(for: name, additional, askedZone)))
            case .unusable(let why): unusable.append(why)
            default: continue
            }
        }
        self.init(
            apex: apex,
            servers: servers.sorted { $0.name < $1.name },
            unusable: unusable,
            ttlSeconds: own.map { Int64($0.ttlSeconds) }.min() ?? 0
        )
    }

    private static func glue(for name: DomainName, _ records: [ResourceRecord], _ zone: DomainName) -> [IPAddress] {
        guard name.isSubdomain(of: zone) else { return [] }
        var addresses: [IPAddress] = []
        for record in records where record.isInternet && record.owner == name {
            if case .address(let address) = record.data, !addresses.contains(address) { addresses.append(address) }
        }
        return addresses.sorted()
    }
}

extension ResourceRecord {
    var isInternet: Bool { recordClass == Self.classInternet }
}
