// What this agent has already done, as entries in a journal, and the few questions the planner asks of them.

/// Something done to the world: the only five things that are ever journaled as intents.
package enum Effect: Hashable, Sendable {
    case publish(record: RequiredRecord, target: DomainName, zone: DomainName, publisher: String)
    case withdraw(record: RequiredRecord, target: DomainName, zone: DomainName, publisher: String)
    case changeMethod(to: ValidationMethod)
    case trigger(style: TriggerStyle)
    case revalidate(by: ValidationMethod)

    package var code: String {
        switch self {
        case .publish: "publish"
        case .withdraw: "withdraw"
        case .changeMethod: "change-method"
        case .trigger: "trigger"
        case .revalidate: "revalidate"
        }
    }
}

/// The promise of an effect, on disk and synced before the effect happens.
package struct Intent: Hashable, Sendable, Codable {
    /// Random, unique; handed to hooks as DNSPROOF_ID, so the same id is a replay.
    package let id: String
    package let authorization: AuthorizationKey
    /// The authorization as people know it: a journal is read when no provider can be asked. Nil in rows of earlier versions.
    package let title: String?
    /// The provider's scope, by which triggers are paced.
    package let scope: String
    package let effect: Effect
    /// `Authorization.tokenGeneration` at the time.
    package let generation: [String]
    package let at: Instant

    package init(
        id: String,
        authorization: AuthorizationKey,
        title: String? = nil,
        scope: String,
        effect: Effect,
        generation: [String],
        at: Instant
    ) {
        self.id = id
        self.authorization = authorization
        self.title = title
        self.scope = scope
        self.effect = effect
        self.generation = generation
        self.at = at
    }

    private enum CodingKeys: String, CodingKey {
        case id, authorization, title, scope, effect, generation
        case at = "at_ms"
    }

    /// What people are told it is for.
    package var subject: String { title ?? "\(authorization)" }
}

/// How an effect ended. A missing receipt means "unknown": the next run looks before it does anything again.
package struct Receipt: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case done
        /// It did not happen, or not wholly; it may be tried again from `notBefore` on.
        case failed
        /// Nobody knows (a lost answer): treated as done for counting, as not done for believing.
        case unknown
    }

    package let intent: String
    package let outcome: Outcome
    /// Stable code of the failure, never a volatile text.
    package let code: String?
    package let reason: String?
    package let at: Instant
    package let notBefore: Instant?

    package init(
        intent: String,
        outcome: Outcome,
        code: String? = nil,
        reason: String? = nil,
        at: Instant,
        notBefore: Instant? = nil
    ) {
        self.intent = intent
        self.outcome = outcome
        self.code = code
        self.reason = reason
        self.at = at
        self.notBefore = notBefore
    }

    private enum CodingKeys: String, CodingKey {
        case intent, outcome, code, reason
        case at = "at_ms"
        case notBefore = "not_before_ms"
    }
}

extension Receipt {
    /// The code of a look that the provider made in vain: it happened, and it is counted.
    package static let missedCode = "look-missed"

    /// The code of a publication after which no name server showed the record yet.
    package static let unseenCode = "unseen"
    /// The code of a publication that the hook called failed, and after which the record was there.
    package static let complainedCode = "hook-complained"

    /// The code of something that is due and was not even begun: nothing was started, and it is no attempt.
    package static let unstartedCode = "not-started"

    /// Why the provider's look was in vain; nil for every other end.
    var missed: String? { code == Self.missedCode ? reason : nil }

    /// When the effect may be tried again: `notBefore`, cut to the longest back-off after this receipt so that a wrong clock cannot
    /// stop an authorization for ever; `pauseSeconds` after the receipt when it names no time.
    func retryAt(pauseSeconds: Int64) -> Instant {
        let latest = at.adding(seconds: Planner.backOffLimitSeconds)
        return min(notBefore ?? at.adding(seconds: pauseSeconds), latest)
    }
}

/// An intent with its receipt, if it came to that.
package struct JournalEntry: Hashable, Sendable, Codable {
    package let intent: Intent
    package let receipt: Receipt?

    package init(intent: Intent, receipt: Receipt?) {
        self.intent = intent
        self.receipt = receipt
    }
}

/// A record this agent put into the world and has not, as far as it knows, taken away again.
package struct PublishedRecord: Hashable, Sendable {
    package let authorization: AuthorizationKey
    package let title: String?
    package let scope: String
    package let record: RequiredRecord
    package let target: DomainName
    package let zone: DomainName
    package let publisher: String
    /// When it was (perhaps) published last.
    package let at: Instant
    /// Whether a receipt says that the hook did it; false for an intent without one, or with a failed one.
    package let isConfirmed: Bool
}

/// The journal as the planner sees it: entries by time, oldest first, and the publishers that lost trust.
package struct History: Hashable, Sendable, Codable {
    package static let empty = History(entries: [], quarantined: [:])

    package let entries: [JournalEntry]
    /// Publisher name to the reason why it may not be started.
    package let quarantined: [String: String]

    package init(entries: [JournalEntry], quarantined: [String: String]) {
        self.entries = entries
        self.quarantined = quarantined
    }

    /// The first line of the reason why a publisher may not be started; the whole of it is told once a run.
    func whyQuarantined(_ publisher: String) -> String? {
        quarantined[publisher].map { String($0.prefix { $0 != "\n" }) }
    }

    /// Everything this agent may have published and not provably withdrawn: an intent without a receipt counts, because the hook may
    /// have done its work before the crash.
    package var published: [PublishedRecord] {
        var standing: [PublicationKey: PublishedRecord] = [:]
        var order: [PublicationKey] = []
        for entry in entries {
            switch entry.intent.effect {
            case .publish(let record, let target, let zone, let publisher):
                let key = PublicationKey(record: record, target: target, publisher: publisher)
                if standing[key] == nil { order.append(key) }
                let wasConfirmed = standing[key]?.isConfirmed ?? false
                standing[key] = PublishedRecord(
                    authorization: entry.intent.authorization,
                    title: entry.intent.title,
                    scope: entry.intent.scope,
                    record: record,
                    target: target,
                    zone: zone,
                    publisher: publisher,
                    at: entry.intent.at,
                    isConfirmed: wasConfirmed || entry.receipt?.outcome == .done
                )
            case .withdraw(let record, let target, _, let publisher):
                guard entry.receipt?.outcome == .done else { continue }
                let key = PublicationKey(record: record, target: target, publisher: publisher)
                standing[key] = nil
                order.removeAll { $0 == key }
            case .changeMethod, .trigger, .revalidate: continue
            }
        }
        return order.compactMap { standing[$0] }
    }

    private struct PublicationKey: Hashable {
        let record: RequiredRecord
        let target: DomainName
        let publisher: String
    }
}

extension Effect: Codable {
    private enum Key: String, CodingKey { case effect, record, target, zone, publisher, method, style }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        func record() throws -> RequiredRecord { try keyed.decode(RequiredRecord.self, forKey: .record) }
        func name(_ key: Key) throws -> DomainName { try keyed.decode(DomainName.self, forKey: key) }
        func publisher() throws -> String { try keyed.decode(String.self, forKey: .publisher) }
        switch try keyed.decode(String.self, forKey: .effect) {
        case "publish":
            self = .publish(
                record: try record(),
                target: try name(.target),
                zone: try name(.zone),
                publisher: try publisher()
            )
        case "withdraw":
            self = .withdraw(
                record: try record(),
                target: try name(.target),
                zone: try name(.zone),
                publisher: try publisher()
            )
        case "change-method": self = .changeMethod(to: try keyed.decode(ValidationMethod.self, forKey: .method))
        case "trigger": self = .trigger(style: try keyed.decode(TriggerStyle.self, forKey: .style))
        case "revalidate": self = .revalidate(by: try keyed.decode(ValidationMethod.self, forKey: .method))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .effect,
                in: keyed,
                debugDescription: "\"\(other)\" is no effect"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(code, forKey: .effect)
        switch self {
        case .publish(let record, let target, let zone, let publisher),
            .withdraw(let record, let target, let zone, let publisher):
            try keyed.encode(record, forKey: .record)
            try keyed.encode(target, forKey: .target)
            try keyed.encode(zone, forKey: .zone)
            try keyed.encode(publisher, forKey: .publisher)
        case .changeMethod(let method), .revalidate(let method): try keyed.encode(method, forKey: .method)
        case .trigger(let style): try keyed.encode(style, forKey: .style)
        }
    }
}
