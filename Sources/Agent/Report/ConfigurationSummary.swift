// What a correct configuration comes to, so that its author sees what was understood.
package import DCV

package struct ConfigurationSummary: Codable, Sendable {
    package struct Zone: Codable, Sendable {
        package let zone: String
        package let policy: String
        package let publishers: [Situation.PublisherView]
    }

    package let file: String
    package let providers: [ProviderName]
    package let zones: [Zone]
    package let hooks: [String: String]
    package let isLaboratory: Bool
    package let findings: [Finding]
    /// What each credential may do; nil where the providers were not asked.
    package let examinations: [ProviderExamination]?
    /// What tests say of each publisher's hook.
    package let hookTests: [String: HookStanding]

    package init(
        _ loaded: LoadedConfiguration,
        providers: [ProviderName],
        rules: [Situation.ZoneRule],
        findings: [Finding],
        examinations: [ProviderExamination]?,
        standings: [String: HookStanding] = [:]
    ) {
        file = loaded.configuration.file
        self.providers = providers
        zones = rules.map { rule in
            Zone(zone: rule.apex?.text ?? "*", policy: rule.policy.name, publishers: rule.publishers)
        }
        hooks = loaded.programs
        isLaboratory = loaded.configuration.laboratory != nil
        self.findings = findings + loaded.policyFindings()
        self.examinations = examinations
        hookTests = standings
    }

    /// - Parameter columns: of the screen; unbounded where nobody looks.
    package func lines(columns: Int = .max) -> [String] {
        var lines = ["\(file): understood"]
        lines += providers.map { "provider \($0)" }
        for zone in zones {
            let publishers = zone.publishers.map { publisher in
                "\(publisher.name) (\(publisher.kinds?.map(\.rawValue).joined(separator: ", ") ?? "kinds not known"))"
            }
            let hands =
                publishers.isEmpty ? "no publisher: missing records are reported" : publishers.joined(separator: ", ")
            lines.append("zone \(zone.zone): policy \(zone.policy), \(hands)")
        }
        for (publisher, path) in hooks.sorted(by: { $0.key < $1.key }) {
            lines.append("hook \(publisher): \(path)")
            if let standing = hookTests[publisher] { lines += standing.lines(publisher, file).map { "  \($0)" } }
        }
        if isLaboratory { lines.append("laboratory: special-use addresses are opened") }
        return lines + findings.flatMap { PlanText.lines($0) }
            + ExaminationText.lines(examinations ?? [], columns: columns)
    }

    /// The gravest of what the file, the hooks and the credentials come to.
    package var exitCode: ExitCode {
        let codes = (examinations ?? []).map(\.exitCode)
        if !findings.isEmpty || codes.contains(.configuration) { return .configuration }
        return codes.contains(.temporary) ? .temporary : .done
    }

    private enum CodingKeys: String, CodingKey {
        case file, providers, zones, hooks
        case isLaboratory = "laboratory"
        case findings, examinations
        case hookTests = "hook_tests"
    }
}
