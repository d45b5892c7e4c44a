// How what the provider places by itself reaches the rehearsed name servers.
import DCV
import LDNS

extension RehearsedCloudflare {
    /// Told each time the provider shows other tokens in a zone of its own: first what appeared, then what is gone. It
    /// must not call the provider.
    package typealias Place =
        @Sendable (_ zone: String, _ appeared: Set<RehearsedToken>, _ gone: Set<RehearsedToken>) -> Void
}

extension RehearsedZone {
    /// Shows TXT and CNAME tokens of this zone and takes others away. A name below a delegation stays hidden, as the zone
    /// does not speak for it.
    package func place(appeared: Set<RehearsedToken>, gone: Set<RehearsedToken>) {
        for token in gone { if let record = Self.record(token, in: apex) { remove(record) } }
        for token in appeared { if let record = Self.record(token, in: apex) { add(record) } }
    }

    private static func record(_ token: RehearsedToken, in zone: DomainName) -> RehearsedRecord? {
        let name: DomainName?
        let data: RehearsedRecord?
        switch token {
        case .txt(let owner, let value):
            name = try? DomainName(owner)
            data = name.map { .txt($0, value) }
        case .cname(let owner, let target):
            name = try? DomainName(owner)
            let alias = try? DomainName(target)
            data = name.flatMap { name in alias.map { RehearsedRecord(name, .cname($0)) } }
        case .http: return nil
        }
        return name.map { $0.isSubdomain(of: zone) } == true ? data : nil
    }
}
