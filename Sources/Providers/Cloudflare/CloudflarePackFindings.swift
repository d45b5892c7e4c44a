// What people are told about one certificate pack: what was refused, what cannot be automated, what went wrong.
import DCV

extension CloudflarePack {
    /// Entries that one message names.
    private static let entriesShownLimit = 10

    /// Unknown states and reviews by people are not among them: the authorization's own fields say those.
    var findings: [Finding] {
        let demand: Finding.Severity = status == .pending ? .error : .notice
        var findings: [Finding] = []
        if let refusal {
            let advice = "none of them is used or published; look at this certificate in the dashboard"
            let (saw, wanted) = (refusal.saw, refusal.wanted)
            findings.append(finding(ProviderFindingCode.recordRefused, demand, nil, saw, wanted, advice))
        }
        // The packs' list mostly repeats the other one, whose parts come first.
        var told: Set<RecordRefusal> = []
        var mails: Set<String> = []
        for part in parts {
            let severity = part.status == .pending ? demand : .notice
            let isRepetition = part.entry.source == .packs
            let refusals = part.refusals.filter { !isRepetition || !told.contains($0) }
            told.formUnion(refusals)
            findings += refusals.map { refusal in
                let advice =
                    "not used and not published; compare with the dashboard, and tell the provider if it is no mistake"
                return finding(ProviderFindingCode.recordRefused, severity, part, refusal.saw, refusal.wanted, advice)
            }
            if let saw = notAutomatable(part), !isRepetition || !mails.contains(saw) {
                mails.insert(saw)
                let wanted = "validation by txt or http"
                let advice = "change the validation method to txt or http in the dashboard"
                findings.append(finding(ProviderFindingCode.notAutomatable, severity, part, saw, wanted, advice))
            }
        }
        return findings + generalFindings + detailFindings
    }

    private func notAutomatable(_ part: Part) -> String? {
        if part.entry.wantsMetaTag { return "verification_type \"meta tag\"" }
        guard !part.hasRecords else { return nil }
        let addresses = part.outcomes.reduce(0) { $0 + $1.mailAddresses }
        return part.entry.method == .email || addresses > 0 ? "validation by mail (\(addresses) addresses)" : nil
    }

    /// About the handle as a whole.
    private var generalFindings: [Finding] {
        guard let first = parts.first else { return [] }
        var findings: [Finding] = []
        if status == .pending, first.entry.pack == nil {
            let advice = "only the zone-wide retry can tell the provider to look"
            findings.append(
                finding(ProviderFindingCode.handleMissing, .notice, first, "no usable cert_pack_uuid", "a UUID", advice)
            )
        }
        if status == .pending, method == nil {
            let words = Set(leading.map { $0.entry.methodWord ?? "none" }).sorted().joined(separator: ", ")
            let advice = "the method is not changed, and only the zone-wide retry can tell the provider to look"
            let wanted = "one method: txt, http, cname"
            findings.append(
                finding(
                    ProviderFindingCode.methodUnknown,
                    .notice,
                    first,
                    "validation_method \(words)",
                    wanted,
                    advice
                )
            )
        }
        let entries = parts.filter { $0.entry.source == .verification }
        if entries.count > 1 {
            let saw = entries.map { "\(label($0)): \($0.entry.statusWord.shortened())" }
                .listed(upTo: Self.entriesShownLimit, separator: "; ")
            let advice = "nothing; they are proved together and triggered by one call"
            findings.append(finding(ProviderFindingCode.severalEntries, .notice, nil, saw, nil, advice))
        }
        return findings
    }

    /// From the pack's own list.
    private var detailFindings: [Finding] {
        guard let details else { return [] }
        // No record can be bound to them, so none is published; the pack's other hosts are proved all the same.
        let refusals = details.hostRefusals.map { refusal in
            finding(
                ProviderFindingCode.recordRefused,
                .notice,
                nil,
                refusal.saw,
                refusal.wanted,
                "not used: no record of another zone is published"
            )
        }
        // An active certificate's errors are old ones.
        let errors = status == .valid ? [] : details.errors.map { $0.finding("\(key)", status) }
        return refusals + errors + [details.authority.notice("\(key)")].compactMap { $0 }
    }

    /// Host name and signature: what tells entries of one pack apart.
    private func label(_ part: Part) -> String {
        var words: [String] = []
        if case .known(let identifier) = part.entry.hostname { words.append(identifier.text) }
        if let signature = part.entry.signature { words.append(signature) }
        if part.entry.source == .packs { words.append("certificate_packs") }
        return words.isEmpty ? "unnamed" : words.joined(separator: ", ")
    }

    private func finding(
        _ code: String,
        _ severity: Finding.Severity,
        _ part: Part?,
        _ saw: String,
        _ wanted: String?,
        _ advice: String
    ) -> Finding {
        let subject = part.map { "\(key) (\(label($0)))" } ?? "\(key)"
        return Finding(code, severity, subject: subject, saw: saw, wanted: wanted, advice: advice)
    }
}
