// The examples of a policy, tried, and what each came to.
package import DCV

/// All examples of one policy.
package struct PolicyTrial: Sendable {
    package let document: PolicyDocument
    package let outcomes: [PolicyExample.Outcome]

    package init(_ document: PolicyDocument) {
        self.document = document
        // The names in an example's world are written here and are all usable.
        outcomes = document.examples.compactMap { try? $0.tried(under: document.policy) }
    }

    package var failed: [PolicyExample.Outcome] { outcomes.filter { !$0.isMet } }

    /// One for each example that does not hold.
    package var findings: [Finding] {
        failed.map { outcome in
            let reasons = outcome.plan.steps.map(\.because).prefix(Self.reasonsTold)
            return Finding(
                "policy-example-fails",
                .error,
                subject: "policy \(document.policy.name), \"\(outcome.example.title)\"",
                saw: "it decides \(Self.list(outcome.decided)): \(reasons.joined(separator: "; "))",
                wanted: Self.list(outcome.example.decides),
                advice: "correct the policy, or the example if the decision is what you want",
                rule: outcome.example.place
            )
        }
    }

    private static let reasonsTold = 3

    static func list(_ decisions: [PolicyExample.Decision]) -> String {
        decisions.map(\.description).joined(separator: ", ")
    }

    /// `pass  name` a line; of what fails, what was decided instead, and by which rule.
    package var lines: [String] {
        let origin = document.file ?? "built in"
        var lines = ["policy \(document.policy.name) (\(origin))"]
        if outcomes.isEmpty { lines.append("  no examples") }
        for outcome in outcomes {
            lines.append(
                "  \(outcome.isMet ? "+" : "!") \(outcome.example.title): \(Self.list(outcome.example.decides))"
            )
            guard !outcome.isMet else { continue }
            lines.append("      at       \(outcome.example.place)")
            lines.append("      decided  \(Self.list(outcome.decided))")
            for step in outcome.plan.steps {
                let rule = if case .report(let finding) = step.action { finding.rule } else { String?.none }
                let headline = PlanText.headline(step, at: outcome.at)
                lines.append("      \(headline): \(step.because)" + (rule.map { " (\($0))" } ?? ""))
            }
        }
        return lines
    }
}

/// The same for programs.
package struct PolicyTrialDocument: Encodable, Sendable {
    package struct Example: Encodable, Sendable {
        let name: String
        let place: String
        let passes: Bool
        let wanted: [String]
        let decided: [String]
        /// The reasons of the steps, in their order.
        let because: [String]
    }

    let policy: String
    let file: String?
    let examples: [Example]

    package init(_ trial: PolicyTrial) {
        policy = trial.document.policy.name
        file = trial.document.file
        examples = trial.outcomes.map { outcome in
            Example(
                name: outcome.example.title,
                place: outcome.example.place,
                passes: outcome.isMet,
                wanted: outcome.example.decides.map(\.description),
                decided: outcome.decided.map(\.description),
                because: outcome.plan.steps.map(\.because)
            )
        }
    }
}

/// Trials beside policies that cannot be tried.
package struct PolicyCheckDocument: Encodable, Sendable {
    private let policies: [PolicyTrialDocument]
    private let refusal: RefusalDocument

    package init(_ policies: [PolicyTrialDocument], _ refused: ConfigurationRefused) {
        self.policies = policies
        refusal = RefusalDocument(refused)
    }

    private enum CodingKeys: String, CodingKey { case policies }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(policies, forKey: .policies)
        try refusal.encode(to: encoder)
    }
}

extension LoadedConfiguration {
    /// What the examples of all policies come to, but of those that faults were found in.
    package func policyFindings(without faults: [ConfigurationFault] = []) -> [Finding] {
        let spoilt = Set(faults.map(\.place.source))
        return policyDocuments.values.filter { $0.file.map { !spoilt.contains($0) } ?? true }
            .sorted { $0.policy.name < $1.policy.name }.flatMap { PolicyTrial($0).findings }
    }
}
