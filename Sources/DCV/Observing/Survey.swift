// All that was seen of one required record at one instant: the material of every verdict, saved and replayed as it is.

/// All sightings of one required record in one pass.
package struct Survey: Hashable, Sendable, Codable {
    package let record: RequiredRecord
    package let at: Instant
    /// The apex of the zone that holds the record (after CNAMEs), or of the one where the search ended; nil when none was found.
    package let zone: DomainName?
    /// The names a CNAME chain went through, the record's own name first; just that name without a chain.
    package let chain: [DomainName]
    package let observations: [Observation]
    /// Why nothing, or not everything, could be asked: no zone cut, a loop, no address. Each makes the survey incomplete.
    package let problems: [Problem]

    /// A fault met before or beside the sightings, with a stable code.
    package struct Problem: Hashable, Sendable, Codable, CustomStringConvertible {
        package enum Code: String, Hashable, Sendable, Codable {
            /// Parent or root servers did not answer, so the zone cut is not known.
            case zoneCutUnknown = "zone-cut-unknown"
            /// The name does not exist at its parent (NXDOMAIN above the zone).
            case noSuchDomain = "no-such-domain"
            /// A name server's name has no usable address.
            case serverWithoutAddress = "server-without-address"
            case cnameLoop = "cname-loop"
            case cnameChainTooLong = "cname-chain-too-long"
            /// The chain differs from one server to another.
            case cnameDiffers = "cname-differs"
            /// A CNAME, NS or redirect target that is no usable name.
            case nameNotUsable = "name-not-usable"
            /// An address from DNS in a special-use range: refused, unless a laboratory opens it.
            case specialUseAddress = "special-use-address"
            /// The zone's parent and the zone itself name different servers.
            case delegationDiffers = "delegation-differs"
            /// The query budget of the zone or the run is used up.
            case queryBudgetSpent = "query-budget-spent"
            /// The host of a token file has no address.
            case hostWithoutAddress = "host-without-address"
        }

        package let code: Code
        package let text: String

        package init(_ code: Code, _ text: String) {
            self.code = code
            self.text = text
        }

        package var description: String { "\(code.rawValue): \(text)" }

        /// Whether the survey cannot be called whole while this stands. A server without an address or a differing NS set is told
        /// to people, but the addresses that could be asked still count.
        package var blocksJudgement: Bool {
            switch code {
            case .delegationDiffers, .serverWithoutAddress, .specialUseAddress: false
            default: true
            }
        }
    }

    package init(
        record: RequiredRecord,
        at: Instant,
        zone: DomainName?,
        chain: [DomainName] = [],
        observations: [Observation],
        problems: [Problem] = []
    ) {
        self.record = record
        self.at = at
        self.zone = zone
        self.chain = chain.isEmpty ? [record.name] : chain
        self.observations = observations
        self.problems = problems
    }

    private enum CodingKeys: String, CodingKey {
        case record
        case at = "at_ms"
        case zone, chain, observations, problems
    }

    /// Where the record really goes: the end of the CNAME chain, the record's own name without one.
    package var target: DomainName { chain.last ?? record.name }
}

/// The values of one record type at one owner name at one authoritative server: what the Reconciler compares before and after a hook.
package struct RRsetView: Hashable, Sendable, Codable {
    package let name: DomainName
    package let kind: RecordKind
    /// Per authoritative address that answered with authority: the values, sorted. A CNAME standing in for a TXT is listed as such.
    package let values: [IPAddressText: [OctetText]]

    package init(name: DomainName, kind: RecordKind, values: [IPAddressText: [OctetText]]) {
        self.name = name
        self.kind = kind
        self.values = values
    }
}

/// An address as a dictionary key that encodes as text.
package struct IPAddressText: Hashable, Sendable, CodingKeyRepresentable, Codable {
    package let address: IPAddress

    package init(_ address: IPAddress) { self.address = address }

    package var codingKey: any CodingKey { NameKey(stringValue: address.description) }

    package init?<Key: CodingKey>(codingKey: Key) {
        guard let address = IPAddress(codingKey.stringValue) else { return nil }
        self.init(address)
    }

    package init(from decoder: any Decoder) throws { self.init(try IPAddress(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try address.encode(to: encoder) }
}
