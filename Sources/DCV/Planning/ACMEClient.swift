// ACME clients that call this program as their hook: none of them is configured as a provider, and what was published for them outlives the call.

/// Such a client stands in the journal as a provider of this name, which no configured provider may have.
package enum ACMEClient: String, Hashable, Sendable, CaseIterable {
    case certbot, dehydrated, lego

    /// Let's Encrypt's pending orders and authorizations end after 7 days (RFC 8555 7.1.3 leaves the time to the CA): whoever has not come
    /// back for its clean-up by then has crashed.
    package static let orderLifeDays: Int64 = 7

    package init?(_ provider: ProviderName) { self.init(rawValue: provider.text) }
}

/// A challenge that an ACME client has handed over in a call of its own, while later calls are to wait for the whole certificate.
package struct AwaitedChallenge: Hashable, Sendable, Codable {
    package let authorization: AuthorizationKey
    /// The certificate, and the place of this challenge in it.
    package let scope: String
    package let record: RequiredRecord
    package let at: Instant

    package init(authorization: AuthorizationKey, scope: String, record: RequiredRecord, at: Instant) {
        self.authorization = authorization
        self.scope = scope
        self.record = record
        self.at = at
    }

    private enum CodingKeys: String, CodingKey {
        case authorization, scope, record
        case at = "at_ms"
    }
}
