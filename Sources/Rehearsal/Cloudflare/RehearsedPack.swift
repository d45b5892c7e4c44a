// A certificate pack at the rehearsed provider: its tokens, and how it goes on from read to read.

/// One certificate pack. All fields may be changed while the server runs (`RehearsedCloudflare.update`).
package struct RehearsedPack: Sendable {
    /// The shapes of `verification_info` found in the wild; all of them are still sent today.
    package enum Shape: Sendable, CaseIterable {
        /// A list of token objects, each with a `status`.
        case array
        /// One token object; of several tokens only the first can be told.
        case object
        /// `record_name` and `record_target`; of several tokens only the first can be told.
        case recordTarget
        case null
        case absent
    }

    /// How a pack goes on once its tokens were found.
    package enum Issuance: Sendable {
        case atOnce
        /// `pending_issuance` for so many reads, then active.
        case afterReads(Int)
        case afterMilliseconds(Int64)
    }

    /// The two lists a pack may stand in; the provider does not promise that each holds what the other holds.
    package enum Listing: Sendable, CaseIterable { case verification, packs }

    /// A change of method that nobody asked for: before a renewal the provider chooses by itself.
    package struct OwnChange: Sendable {
        package let method: String
        package let afterReads: Int

        package init(to method: String, afterReads: Int) {
            self.method = method
            self.afterReads = afterReads
        }
    }

    package let id: String
    package var hosts: [String]
    package var method: String
    package var status: String
    package var shape: Shape
    package var issuance: Issuance
    /// `universal`, `advanced` ...
    package var type = "universal"
    /// `ssl_com` wants two tokens a host.
    package let certificateAuthority: String
    package var listings = Set(Listing.allCases)
    /// The methods it may be changed to. `email` is refused always, and `http` for a wildcard.
    package var offers: Set<String> = ["txt", "http"]
    /// How many reads after tokens were issued show none yet ("ready after a few seconds").
    package var readsBeforeTokens = 0
    /// Counted from the last tokens. A look of the provider's own that finds nothing voids nothing.
    package var looksByItselfAfterReads: Int?
    package var ownChange: OwnChange?
    /// Whether it offers to have its challenges delegated by a CNAME (`dcv_delegation_records`).
    package var offersDelegation = false
    /// Whether a file may prove a host in place of its TXT record, and stands beside it in the same object.
    package var offersFilesToo = false
    package var showsPackID = true
    package var showsHostname = true
    package var brandCheck: Bool? = false
    package var verificationType: String?
    package var verificationStatus: Bool?
    package var tokens: [RehearsedToken]
    /// The reasons of the last failed validation.
    package var validationErrors: [String] = []

    /// How often a validation failed and voided the tokens.
    package internal(set) var failures = 0
    /// Counts the sets of tokens issued: a change means that the older ones are void.
    package internal(set) var generation = 0
    private var readsSinceTokens = 0
    private var readsSinceProof = 0
    private var provedAtMilliseconds: Int64?

    /// - Parameter tokens: nil lets the provider make them.
    package init(
        id: String,
        hosts: [String],
        method: String = "txt",
        status: String = "pending_validation",
        shape: Shape = .array,
        issuance: Issuance = .atOnce,
        certificateAuthority: String = "google",
        tokens: [RehearsedToken]? = nil
    ) {
        self.id = id
        self.hosts = hosts
        self.method = method
        self.status = status
        self.shape = shape
        self.issuance = issuance
        self.certificateAuthority = certificateAuthority
        self.tokens = tokens ?? []
        if tokens == nil { self.tokens = mintedTokens(method) }
    }

    package var isActive: Bool { status == "active" }
    /// Whether the provider is ready to look: the documented and the seen words for it.
    package var awaitsProof: Bool {
        ["pending_validation", "authorizing", "validation_timed_out", "timing_out"].contains(status)
            && provedAtMilliseconds == nil
    }
    var hasWildcard: Bool { hosts.contains { $0.utf8.starts(with: "*.".utf8) } }
    /// Whether its tokens are out: told, and placed where the provider places them.
    var showsTokens: Bool { awaitsProof && !tokens.isEmpty && readsSinceTokens >= readsBeforeTokens }
    var looksByItselfNow: Bool {
        looksByItselfAfterReads.map { awaitsProof && !tokens.isEmpty && readsSinceTokens >= $0 } ?? false
    }

    /// The file that may stand in for a token; nil where there is none.
    func file(for token: RehearsedToken) -> RehearsedToken? {
        guard offersFilesToo, case .txt = token, let index = tokens.firstIndex(of: token) else { return nil }
        let files = mintedTokens("http")
        return files.count == tokens.count && !hasWildcard ? files[index] : nil
    }

    private func mintedTokens(_ method: String) -> [RehearsedToken] {
        TokenMint.tokens(
            packID: id,
            generation: generation,
            method: method,
            hosts: hosts,
            perHost: certificateAuthority == "ssl_com" ? 2 : 1
        )
    }

    /// Voids the tokens and issues new ones.
    package mutating func issueTokens() {
        generation += 1
        readsSinceTokens = 0
        tokens = mintedTokens(method)
    }

    /// Begins anew after it had timed out.
    mutating func restart() {
        status = "pending_validation"
        provedAtMilliseconds = nil
        issueTokens()
    }

    mutating func fail(_ reasons: [String]) {
        failures += 1
        validationErrors = reasons
        issueTokens()
    }

    mutating func prove(atMilliseconds now: Int64) {
        provedAtMilliseconds = now
        readsSinceProof = 0
        validationErrors = []
        advance(atMilliseconds: now)
    }

    /// Moves a pack on; called before each read.
    mutating func advance(atMilliseconds now: Int64) {
        if let change = ownChange, awaitsProof, readsSinceTokens >= change.afterReads {
            ownChange = nil
            method = change.method
            issueTokens()
        }
        guard let proved = provedAtMilliseconds, !isActive else { return }
        let isDone =
            switch issuance {
            case .atOnce: true
            case .afterReads(let reads): readsSinceProof >= reads
            case .afterMilliseconds(let milliseconds): now - proved >= milliseconds
            }
        status = isDone ? "active" : "pending_issuance"
    }

    mutating func countRead() {
        readsSinceTokens += 1
        if provedAtMilliseconds != nil { readsSinceProof += 1 }
    }
}
