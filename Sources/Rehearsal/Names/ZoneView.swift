// How an authoritative server answers out of one zone (RFC 1034 4.3.2, without wildcards and DNSSEC).
import DCV
import LDNS

/// A zone at one moment.
struct ZoneView: Sendable {
    /// CNAMEs followed inside one zone before the server gives up, as common servers do.
    static let cnameLimit = 16

    let apex: DomainName
    let soa: RehearsedRecord
    let records: [DomainName: [RehearsedRecord]]
    /// Every owner and every name above one inside the zone: those exist even without records (RFC 8020).
    private let existing: Set<DomainName>

    init(apex: DomainName, soa: RehearsedRecord, records: [RehearsedRecord]) {
        self.apex = apex
        self.soa = soa
        self.records = Dictionary(grouping: records, by: \.name)
        existing = Set(self.records.keys.flatMap(\.selfAndAncestors))
    }

    /// Fills an answer to `question`, whose name lies in this zone.
    func answer(_ question: Question, into message: inout Message) {
        var name = question.name
        var followed = 0
        while true {
            if let cut = cut(above: name), !(question.type == .ds && cut == name) {
                // Below a cut this server does not speak: it points to those who do (RFC 1034 4.2.2).
                if followed == 0 { message.isAuthoritative = false }
                message.authority += resources(cut, .ns)
                message.additional += glue(for: cut)
                return
            }
            let here = records[name, default: []] + (name == apex ? [soa] : [])
            if question.type != .cname, case .cname(let target)? = here.first(where: { $0.type == .cname })?.data {
                message.answer += resources(name, .cname)
                followed += 1
                guard target.isSubdomain(of: apex), followed <= Self.cnameLimit else { return }
                name = target
                continue
            }
            let matching = here.filter { $0.type == question.type || question.type == .any }
            if matching.isEmpty {
                message.rcode = existing.contains(name) || name == apex ? .noError : .nameError
                message.authority += [soa].compactMap(\.resource)
            } else {
                message.answer += matching.compactMap(\.resource)
                if question.type == .ns { message.additional += glue(for: name) }
            }
            return
        }
    }

    /// The uppermost delegation at or above `name`, below the apex.
    private func cut(above name: DomainName) -> DomainName? {
        name.selfAndAncestors.reversed().first { ancestor in
            ancestor != apex && ancestor.isSubdomain(of: apex)
                && records[ancestor, default: []].contains { $0.type == .ns }
        }
    }

    private func resources(_ name: DomainName, _ type: RecordType) -> [ResourceRecord] {
        records[name, default: []].filter { $0.type == type }.compactMap(\.resource)
    }

    private func glue(for name: DomainName) -> [ResourceRecord] {
        let servers = records[name, default: []].compactMap { record -> DomainName? in
            if case .ns(let server) = record.data { server } else { nil }
        }
        return servers.flatMap { resources($0, .a) + resources($0, .aaaa) }
    }
}
