// A plan is data: steps with a reason each, printable, comparable, refusable. Nothing here acts.

/// What is to be done next, and why.
package struct Plan: Hashable, Sendable, Codable {
    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    /// Steps that change something outside this program.
    package var effects: [Step] { steps.filter(\.action.isEffect) }

    package var findings: [Finding] {
        steps.compactMap { step in if case .report(let finding) = step.action { finding } else { nil } }
    }

    /// The earliest moment at which looking again may show something new; nil when nothing is waited for.
    package var nextLook: Instant? { waits.map(\.until).min() }

    package var waits: [(until: Instant, reason: Step.WaitReason)] {
        steps.compactMap { step in
            if case .wait(let until, let reason) = step.action { (until, reason) } else { nil }
        }
    }
}

/// One step of a plan.
package struct Step: Hashable, Sendable, Codable {
    /// A record in or out of a publisher's hands.
    package struct Publication: Hashable, Sendable, Codable {
        package let record: RequiredRecord
        package let target: DomainName
        package let zone: DomainName
        package let publisher: String
        package let ttlSeconds: Int64

        package init(
            record: RequiredRecord,
            target: DomainName,
            zone: DomainName,
            publisher: String,
            ttlSeconds: Int64
        ) {
            self.record = record
            self.target = target
            self.zone = zone
            self.publisher = publisher
            self.ttlSeconds = ttlSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case record, target, zone, publisher
            case ttlSeconds = "ttl_s"
        }
    }

    package enum WaitReason: String, Hashable, Sendable, Codable {
        /// Name servers or caches do not show the record everywhere yet.
        case propagation
        /// The provider has been told, or is busy, and has not finished.
        case provider
        /// The provider has not said yet what must be shown; soon after an order that takes it some seconds.
        case records
        /// Triggers in one scope keep a distance; short enough to be slept through in every run.
        case pace
        /// Something failed and is left alone for a while.
        case backOff = "back-off"
        /// A budget (attempts a day, changes a run) is used up.
        case budget
        /// Too little could be seen to decide.
        case unseen
    }

    package enum Action: Hashable, Sendable {
        case publish(Publication)
        case withdraw(Publication)
        case changeMethod(to: ValidationMethod)
        case trigger(style: TriggerStyle)
        case revalidate(by: ValidationMethod)
        case wait(until: Instant, for: WaitReason)
        case report(Finding)

        package var isEffect: Bool {
            switch self {
            case .publish, .withdraw, .changeMethod, .trigger, .revalidate: true
            case .wait, .report: false
            }
        }
    }

    /// The authorization it serves; nil for a report about none.
    package let authorization: AuthorizationKey?
    package let action: Action
    /// The authorization as people know it; nil where none is listed.
    package let title: String?
    /// The reason in one sentence.
    package let because: String

    package init(_ authorization: AuthorizationKey?, _ action: Action, because: String, title: String? = nil) {
        self.authorization = authorization
        self.action = action
        self.because = because
        self.title = title
    }

    /// What people are told it is for: a handle says something only where no names are known.
    package var subject: String? { title ?? authorization.map { "\($0)" } }
}

extension Step.Action: Codable {
    private enum Key: String, CodingKey {
        case action, publication, method, style, finding
        case until = "until_ms"
        case reason = "for"
    }

    package var code: String {
        switch self {
        case .publish: "publish"
        case .withdraw: "withdraw"
        case .changeMethod: "change-method"
        case .trigger: "trigger"
        case .revalidate: "revalidate"
        case .wait: "wait"
        case .report: "report"
        }
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        switch try keyed.decode(String.self, forKey: .action) {
        case "publish": self = .publish(try keyed.decode(Step.Publication.self, forKey: .publication))
        case "withdraw": self = .withdraw(try keyed.decode(Step.Publication.self, forKey: .publication))
        case "change-method": self = .changeMethod(to: try keyed.decode(ValidationMethod.self, forKey: .method))
        case "trigger": self = .trigger(style: try keyed.decode(TriggerStyle.self, forKey: .style))
        case "revalidate": self = .revalidate(by: try keyed.decode(ValidationMethod.self, forKey: .method))
        case "wait":
            self = .wait(
                until: try keyed.decode(Instant.self, forKey: .until),
                for: try keyed.decode(Step.WaitReason.self, forKey: .reason)
            )
        case "report": self = .report(try keyed.decode(Finding.self, forKey: .finding))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .action,
                in: keyed,
                debugDescription: "\"\(other)\" is no action"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(code, forKey: .action)
        switch self {
        case .publish(let publication), .withdraw(let publication):
            try keyed.encode(publication, forKey: .publication)
        case .changeMethod(let method), .revalidate(let method): try keyed.encode(method, forKey: .method)
        case .trigger(let style): try keyed.encode(style, forKey: .style)
        case .wait(let until, let reason):
            try keyed.encode(until, forKey: .until)
            try keyed.encode(reason, forKey: .reason)
        case .report(let finding): try keyed.encode(finding, forKey: .finding)
        }
    }
}
