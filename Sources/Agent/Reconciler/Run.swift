// What a run is asked for and what it has to tell afterwards.
package import DCV

/// Which authorizations a run is about.
package struct Selection: Sendable {
    package enum Item: Hashable, Sendable, CustomStringConvertible {
        /// A host name or wildcard that a certificate names.
        case identifier(Identifier)
        case authorization(AuthorizationKey)
        /// Every authorization with an identifier at or below this name.
        case zone(DomainName)

        package init(_ text: String) throws(NameError) {
            // Only the written form `provider:id` holds a colon; no name does.
            if text.utf8.contains(0x3A) {
                self = .authorization(try AuthorizationKey(text))
            } else {
                self = .identifier(try Identifier(text))
            }
        }

        package var description: String {
            switch self {
            case .identifier(let identifier): identifier.text
            case .authorization(let key): key.description
            case .zone(let apex): "zone \(apex)"
            }
        }
    }

    package static let everything = Selection(items: [])

    package let items: [Item]

    package init(items: [Item]) { self.items = items }

    package func contains(_ authorization: Authorization) -> Bool {
        items.isEmpty
            || items.contains { item in
                switch item {
                case .identifier(let identifier): authorization.identifiers.contains(identifier)
                case .authorization(let key): authorization.key == key
                case .zone(let apex): authorization.identifiers.contains { $0.name.isSubdomain(of: apex) }
                }
            }
    }
}

extension Selection {
    /// Whether something is meant, and none of it is there.
    package func isMissed(by situation: Situation) -> Bool {
        !items.isEmpty && !situation.authorizations.contains(where: contains)
    }
}

/// How a run behaves.
package struct RunOptions: Sendable {
    /// A run that does not wait ends at its first real wait, and this time after its first look in any case (a cron job every 5 minutes).
    package static let deadlineMilliseconds: Int64 = 240_000
    /// Waits up to this length are slept through in every run: pacing, not patience.
    package static let shortWaitMilliseconds: Int64 = 15_000
    package static let passLimit = 10_000

    /// How long to go on while only waits are left; nil ends the run there.
    package var waitMilliseconds: Int64?
    /// Observe and decide only.
    package var isDryRun: Bool
    package var selection: Selection
    /// Whether whoever waits for the run needs no more of it, asked when nothing is left to be done at once.
    package var isEnough: @Sendable (Situation, Plan) -> Bool

    package init(
        waitMilliseconds: Int64? = nil,
        isDryRun: Bool = false,
        selection: Selection = .everything,
        isEnough: @escaping @Sendable (Situation, Plan) -> Bool = { _, _ in false }
    ) {
        self.waitMilliseconds = waitMilliseconds
        self.isDryRun = isDryRun
        self.selection = selection
        self.isEnough = isEnough
    }
}

/// An effect that was carried out, or tried.
package struct PerformedStep: Hashable, Sendable, Codable {
    package enum Result: Hashable, Sendable {
        case done
        /// The hook said that it failed, and the record is there.
        case complained(reason: String)
        /// The world had moved on between the look and the act; nothing was done.
        case superseded(because: String)
        /// What its servers show by now forbids it; nothing was started, and no row stands in the journal.
        case refused(Finding)
        case failed(code: String, reason: String)
        /// The provider looked and did not find the proof.
        case missed(reason: String)
        case unknown(reason: String)
    }

    package let step: Step
    package let result: Result
    package let at: Instant

    private enum CodingKeys: String, CodingKey {
        case step, result
        case at = "at_ms"
    }
}

/// How a run ended.
package struct RunReport: Sendable {
    package enum Ending: String, Sendable, Codable {
        /// Nothing is left to do or to wait for.
        case quiet
        /// Only waits are left.
        case waiting
        /// Nothing matches what was asked for.
        case nothingSelected = "nothing-selected"
        /// A signal ended it.
        case stopped
        /// Another run holds the lock.
        case locked
        /// A hook of a run that was killed is still at work and cannot be ended.
        case outlived
        /// The plan was made and not carried out.
        case dryRun = "dry-run"
    }

    package let ending: Ending
    package let situation: Situation
    /// The last plan: what is still to be done or waited for, and the findings.
    package let plan: Plan
    package let performed: [PerformedStep]
    /// What the run was asked to look after.
    package var selection = Selection.everything
    /// Providers that could not be read in full.
    package var unread: [ProviderName] = []
    /// Whether every provider was read in full and nothing was left out: what is not met then is gone.
    package var isWhole = false
}

extension RunReport {
    /// What a run would have decided that saw a saved situation.
    package init(deciding situation: Situation, _ selection: Selection) {
        self.init(
            ending: selection.isMissed(by: situation) ? .nothingSelected : .dryRun,
            situation: situation,
            plan: selection.plan(situation),
            performed: [],
            selection: selection
        )
    }
}

/// What a run tells while it goes on, for a live view and the log.
package enum RunEvent: Sendable {
    case reading
    case surveying(records: Int)
    case surveyed([Survey])
    case performing(Step)
    case performed(PerformedStep)
    case sleeping(until: Instant, because: [Step])
}

extension PerformedStep.Result: Codable {
    private enum Key: String, CodingKey { case result, because, code, reason, finding }

    package var code: String {
        switch self {
        case .done: "done"
        case .complained: "complained"
        case .superseded: "superseded"
        case .refused: "refused"
        case .failed: "failed"
        case .missed: "missed"
        case .unknown: "unknown"
        }
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        func text(_ key: Key) throws -> String { try keyed.decode(String.self, forKey: key) }
        switch try text(.result) {
        case "done": self = .done
        case "superseded": self = .superseded(because: try text(.because))
        case "refused": self = .refused(try keyed.decode(Finding.self, forKey: .finding))
        case "failed": self = .failed(code: try text(.code), reason: try text(.reason))
        case "complained": self = .complained(reason: try text(.reason))
        case "missed": self = .missed(reason: try text(.reason))
        default: self = .unknown(reason: try text(.reason))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(code, forKey: .result)
        switch self {
        case .done: break
        case .superseded(let because): try keyed.encode(because, forKey: .because)
        case .refused(let finding): try keyed.encode(finding, forKey: .finding)
        case .failed(let code, let reason):
            try keyed.encode(code, forKey: .code)
            try keyed.encode(reason, forKey: .reason)
        case .complained(let reason), .missed(let reason), .unknown(let reason):
            try keyed.encode(reason, forKey: .reason)
        }
    }
}
