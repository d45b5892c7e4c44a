// Cloudflare's words for the state of a certificate or a custom hostname, sorted into what can be done about it.
import DCV

enum CloudflareStatus {
    /// The word in which only a restart helps.
    static let validationTimedOut = "validation_timed_out"

    /// Most demanding first: unknown before all, because nothing may be done then; then what waits for us.
    private static let order: [Authorization.Status] = [.unknown, .pending, .busy, .valid, .dead]

    static func mostDemanding(_ all: [Authorization.Status]) -> Authorization.Status {
        order.first { all.contains($0) } ?? .unknown
    }

    /// `initializing` is pending as soon as there is something to show.
    static func certificate(_ word: OctetText, hasRecords: Bool) -> Authorization.Status {
        switch word.description {
        case "initializing": hasRecords ? .pending : .busy
        case "pending_validation", "authorizing", validationTimedOut, "timing_out": .pending
        case "issuing", "pending_issuance", "pending_deployment", "staging_deployment": .busy
        case "active": .valid
        // Issued and kept, for months or until a person moves it: there is nothing to do and nothing to wait for.
        case "backup_issued", "holding_deployment", "staging_active": .valid
        case "expired", "deleted", "inactive", "deactivating", "pending_deletion", "pending_expiration",
            "pending_cleanup", "initializing_timed_out", "issuance_timed_out", "deployment_timed_out",
            "deletion_timed_out":
            .dead
        default: .unknown
        }
    }

    /// A custom hostname is pending until its owner is known: by a proof, where one is asked for, or by where its DNS
    /// points, which only its owner can change.
    static func hostname(_ word: OctetText, asksForProof: Bool) -> Authorization.Status {
        switch word.description {
        case "pending": asksForProof ? .pending : .busy
        case "provisioned", "pending_provisioned", "pending_migration", "pending_blocked", "blocked": .busy
        case "active", "active_redeploying": .valid
        case "moved", "deleted", "pending_deletion": .dead
        default: .unknown
        }
    }

    /// Only people at Cloudflare end these.
    static let blockedHostnames: Set<String> = ["blocked", "pending_blocked"]
}
