// Which publishers serve which zones, with what each hook says it can do. A hook is asked until it has answered, and only when a run needs
// hands.
package import DCV

/// The zone rules of a run.
package actor HookCatalog {
    /// One zone of the configuration with its policy.
    package struct Zone: Sendable {
        package let apex: DomainName?
        package let publishers: [String]
        package let policy: Policy

        package init(apex: DomainName?, publishers: [String], policy: Policy) {
            self.apex = apex
            self.publishers = publishers
            self.policy = policy
        }
    }

    private let zones: [Zone]
    private let hooks: [String: HookPublisher]
    /// By publisher.
    private let standings: [String: HookStanding]
    /// Answers only: a hook that could not be asked is asked again at the next look.
    private var descriptions: [String: HookDescription] = [:]

    package init(zones: [Zone], hooks: [String: HookPublisher], standings: [String: HookStanding] = [:]) {
        self.zones = zones
        self.hooks = hooks
        self.standings = standings
    }

    /// The rules without a word from any hook, so no publisher's kinds are known: enough to choose policies by.
    package nonisolated var undescribed: [Situation.ZoneRule] { rules { _ in nil } }

    /// The rules with the kinds of records each publisher can publish, and a finding for each hook that could not say.
    package func describe() async -> (rules: [Situation.ZoneRule], findings: [Finding]) {
        var findings: [Finding] = []
        for name in Set(zones.flatMap(\.publishers)).sorted() {
            guard descriptions[name] == nil, let hook = hooks[name] else { continue }
            switch await hook.describe() {
            case .success(let description): descriptions[name] = description
            case .failure(let error):
                findings.append(
                    Finding(
                        "hook-not-understood",
                        .error,
                        subject: "publisher \(name)",
                        saw: "\(error)",
                        wanted: "an answer to `describe` as hooks/README.md has it",
                        advice:
                            "repair the hook if this stays; it is asked again, and until it answers nothing is published through it"
                    )
                )
            }
        }
        let known = descriptions
        return (rules { known[$0] }, findings)
    }

    private nonisolated func rules(_ description: (String) -> HookDescription?) -> [Situation.ZoneRule] {
        zones.map { zone in
            Situation.ZoneRule(
                apex: zone.apex,
                publishers: zone.publishers.map { Self.view($0, description($0), standings[$0]) },
                policy: zone.policy
            )
        }
    }

    private static func view(
        _ name: String,
        _ description: HookDescription?,
        _ standing: HookStanding?
    ) -> Situation.PublisherView {
        guard let description else { return .init(name: name, kinds: nil, broken: standing?.broken) }
        let labels: [String]? =
            switch description.labels {
            case .any: nil
            case .only(let labels): labels.sorted()
            }
        return .init(
            name: name,
            kinds: description.kinds.sorted(),
            labels: labels,
            takesSeconds: description.takesSeconds,
            broken: standing?.broken
        )
    }
}
