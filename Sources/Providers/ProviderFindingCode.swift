// The stable codes of everything the CA side has to say: programs match on these, people read the texts beside them.

/// Codes of findings made by providers, the same for every provider.
package enum ProviderFindingCode {
    /// The credential is refused, or lacks a permission: nothing is repeated, a person must act.
    package static let unauthorized = "provider-unauthorized"
    /// No connection, no complete answer, or a failed TLS handshake.
    package static let unreachable = "provider-unreachable"
    /// Too many requests; the time to come back is in `ProviderFailure.retryAfterSeconds`.
    package static let rateLimited = "provider-rate-limited"
    /// The provider's known limit is used up by our own count.
    package static let budgetSpent = "provider-budget-spent"
    /// The provider failed too often in a row and is left alone for a while.
    package static let circuitOpen = "provider-left-alone"
    /// The provider reports a fault of its own (5xx, or a code that is known to pass).
    package static let fault = "provider-fault"
    /// The provider refuses this request for good.
    package static let refused = "provider-refused"
    /// An answer that is not what the provider documents: nothing is concluded from it.
    package static let answerNotUnderstood = "provider-answer-not-understood"
    /// A call with an effect was sent and its answer was lost: look before sending it again.
    package static let effectUnknown = "provider-effect-unknown"
    /// A configured zone is not visible to this credential.
    package static let zoneNotFound = "zone-not-found"
    /// Zones that were not asked, because an earlier answer forbids it.
    package static let zonesNotRead = "zones-not-read"
    /// The provider no longer lists this authorization.
    package static let authorizationGone = "authorization-gone"
    /// What was asked of the provider cannot be asked for this authorization; nothing was sent.
    package static let actionNotPossible = "action-not-possible"
    /// A record, name or handle from the provider that is not used; blocks its authorization while that waits for
    /// proof.
    package static let recordRefused = "record-refused"
    /// The provider wants a proof that this program cannot give (a meta tag, an answered mail).
    package static let notAutomatable = "not-automatable"
    /// A method word this version does not know: the method is neither repeated nor changed.
    package static let methodUnknown = "method-unknown"
    /// The provider names no handle for single calls; only calls for the whole zone are possible.
    package static let handleMissing = "handle-missing"
    /// One handle covers several entries of the provider's list (RSA and ECDSA, several host names).
    package static let severalEntries = "several-entries"
    /// A provider that is a program ended in a way that its contract has no meaning for.
    package static let programFailed = "provider-program-failed"
    /// A provider that is a program cannot work as it is configured; a person must act.
    package static let misconfigured = "provider-misconfigured"
    /// What a provider that is a program has to say to people.
    package static let toldByProgram = "provider-says"
    /// What the provider says went wrong when it last looked: told, and blocks nothing, because it may be mended since.
    package static let validationError = "validation-error"
    /// A CA whose name in CAA records this version does not know.
    package static let issuerUnknown = "issuer-unknown"
    /// The provider has paused a zone, or does not serve it at the moment.
    package static let zoneNotInService = "zone-not-in-service"
    /// A list that adds to another one is closed to the credential, or not offered: the other one is used alone.
    package static let listNotOpen = "list-not-open"
    /// The credential works and has an end.
    package static let credentialExpires = "credential-expires"
}
