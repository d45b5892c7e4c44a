// ACME clients that call this program as their hook: none of them is configured as a provider, and what was published for them outlives the call.

/// Such a client stands in the journal as a provider of this name, which no configured provider may have.
package enum ACMEClient: String, Hashable, Sendable, CaseIterable {
    case certbot, dehydrated, lego

    /// Let's Encrypt's pending orders and authorizations end after 7 days (RFC 8555 7.1.3 leaves the time to the CA): whoever has not come
    /// back for its clean-up by then has crashed.
    package static let orderLifeDays: Int64 = 7

    package init?(_ provider: ProviderName) { self.init(rawValue: provider.text) }
}
