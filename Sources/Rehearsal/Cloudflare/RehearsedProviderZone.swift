// A zone at the rehearsed provider: what the provider keeps of it, and what it shows of it in the DNS.

/// A zone. Where its DNS is elsewhere it is of type `partial`; on a `full` zone the provider's own name servers show
/// the tokens without anybody's help.
package struct RehearsedProviderZone: Sendable {
    package enum Kind: String, Sendable { case partial, full, secondary, `internal` }

    /// 32 hexadecimal digits.
    package let id: String
    package let name: String
    package var kind: Kind
    package var status = "active"
    package var packs: [RehearsedPack]
    package var hostnames: [RehearsedHostname]
    package var records: [RehearsedZoneEntry] = []
    /// Whether TXT contents come back in quotes.
    package var quotesContents = false
    /// The account's mark in the targets of delegated challenges.
    package var delegationUUID = "9dbb86635115718e"
    package var accountID = "0123456789abcdef0123456789abcdef"

    package init(
        id: String,
        name: String,
        kind: Kind = .partial,
        packs: [RehearsedPack],
        hostnames: [RehearsedHostname] = []
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.packs = packs
        self.hostnames = hostnames
    }

    var entry: JSONText {
        .members([
            "id": .string(id), "name": .string(name), "status": .string(status), "paused": .bool(false),
            "type": .string(kind.rawValue),
            "verification_key": kind == .partial ? .string("284344499-1084221259") : nil,
            "account": .members(["id": .string(accountID), "name": .string("Rehearsal")]),
        ])
    }

    /// What the provider shows in the DNS at this moment, by the zone it stands in: the tokens of a full zone beside its
    /// records, invisible among those; and everywhere the values of delegated challenges.
    var shown: [String: Set<RehearsedToken>] {
        var shown: [String: Set<RehearsedToken>] = [:]
        if kind == .full {
            let tokens = packs.filter(\.showsTokens).flatMap(\.tokens)
            shown[name] = Set(tokens + records.compactMap(\.token))
        }
        for pack in packs + hostnames.map(\.certificate) where pack.offersDelegation && pack.showsTokens {
            for case .txt(let alias, let value) in pack.tokens {
                let names = Delegation.names(pack.hosts)
                guard let name = names.first(where: { Delegation.alias($0) == alias }) else { continue }
                let target = Delegation.target(name, delegationUUID)
                shown[Delegation.zone, default: []].insert(.txt(name: target, value: value))
            }
        }
        return shown
    }
}
