// What people are told of a CAA verdict: which record at which name, and the record that would help.

/// The words for names that have one verdict.
package struct CAAWords {
    /// Names that are told one by one.
    private static let namesTold = 3

    private let subject: String
    private let names: String
    private let request: CAARequest
    private let rule: String

    /// - Parameters:
    ///   - names: at least one, all with the verdict that is told.
    ///   - request: that of the first name.
    ///   - rule: what makes it a finding.
    package init(subject: String, _ names: [Identifier], _ request: CAARequest, rule: String) {
        self.subject = subject
        self.names = names.map(\.text).listed(upTo: Self.namesTold)
        self.request = request
        self.rule = rule
    }

    /// What the verdict means for the names, if it is no plain yes; and each name on the way about which servers differ, or where the
    /// answers of some fail validation.
    /// - Parameters:
    ///   - climbs: those of the names.
    ///   - isEnforced: false where CAA is reported and hinders nothing.
    package func findings(_ verdict: CAAVerdict, _ climbs: [CAAClimb], isEnforced: Bool = true) -> [Finding] {
        var seen: Set<CAAClimb.Rung> = []
        let rungs = climbs.flatMap(\.rungs).filter { seen.insert($0).inserted }
        return [finding(verdict, isEnforced)].compactMap { $0 } + rungs.filter { !$0.others.isEmpty }.map(differs)
            + rungs.compactMap(bogus)
    }

    private func finding(_ verdict: CAAVerdict, _ isEnforced: Bool) -> Finding? {
        let severity: Finding.Severity =
            !isEnforced ? .notice : verdict.hindrance == .standing ? .error : .waiting
        return switch verdict {
        case .allowed: nil
        case .forbidden(let objection): forbids(objection, severity)
        case .depends(let dependence): depends(dependence)
        case .cannotTell(let why, let rung): unknown(why, rung, severity)
        }
    }

    private func differs(_ rung: CAAClimb.Rung) -> Finding {
        Finding(
            "caa-differs",
            .notice,
            subject: subject,
            saw: "name servers show different CAA records: \(rung)",
            wanted: "the same answer from every name server",
            advice:
                "wait until all have the newest version of the zone, or repair those that differ; a CA may meet any of them",
            reproduce: rung.others.last?.reproduce,
            rule: rule
        )
    }

    /// A resolver that validates goes on to another server, so this keeps nobody from issuing.
    private func bogus(_ rung: CAAClimb.Rung) -> Finding? {
        guard let odd = rung.alternatives.first(where: { !$0.bogus.isEmpty }), let first = odd.bogus.first else {
            return nil
        }
        return Finding(
            "caa-bogus",
            .notice,
            subject: subject,
            saw:
                "the CAA answer of \(odd.bogus.map(\.server.description).joined(separator: ", ")) fails DNSSEC validation, "
                + "that of another server does not: \(odd)",
            wanted: "signatures that hold from every name server",
            advice:
                "give these servers the zone as it is signed now; a CA's resolver that meets one of them must ask another one",
            reproduce: DigLine.text(
                "CAA",
                Asked(first.name, port: odd.port),
                at: first.server,
                isRecursive: false,
                .dnssec
            )
                + "; delv +vtrace \(first.name) CAA",
            rule: rule
        )
    }

    private var issuers: [CertificateAuthority] { request.issuers }

    private func besides(_ failing: [String]) -> String {
        failing.isEmpty ? "" : "; a CA may meet other servers: \(failing.joined(separator: "; "))"
    }

    private func forbids(_ objection: CAAObjection, _ severity: Finding.Severity) -> Finding {
        let set = objection.set
        let tag = objection.records.contains { $0.property == .issueWild } ? "issuewild" : "issue"
        let record = { (value: String) in "\(set.owner) CAA 0 \(tag) \"\(value)\"" }
        let isCritical = objection.reason == .criticalUnknown
        var wanted: String?
        var advice: String
        switch objection.reason {
        case .criticalUnknown:
            wanted = "no record with the critical flag and a tag that CAs do not know"
            advice = "remove the record at \(set.owner), or set its flags to 0"
        case .nobody, .others:
            wanted = issuers.first.map { record($0.name) } ?? "a record that names the provider's CA"
            advice = "add \(issuers.first.map { record($0.name) } ?? "a record that names the provider's CA")"
            if issuers.count > 1 {
                advice += " (or one for \(issuers.dropFirst().map(\.name).joined(separator: ", ")))"
            }
            advice += " beside what stands there"
            let others = set.issuers(tag == "issue" ? .issue : .issueWild)
            if !others.isEmpty {
                advice += ", or let the provider use a CA that is allowed: \(others.joined(separator: ", "))"
            }
        case .spelling:
            wanted = record(issuers.first?.name ?? "the CA")
            advice = "write the CA's name in lower case"
        case .method:
            let value =
                "\(issuers.first?.name ?? "the CA"); validationmethods=\(request.methods.joined(separator: ","))"
            wanted = record(value)
            advice = "add \(record(value)) beside what stands there, or change the validation method"
        case .account:
            wanted = record(issuers.first?.name ?? "the CA")
            advice = "name the account that the provider uses, or leave accounturi out"
        }
        return Finding(
            isCritical ? "caa-critical-unknown" : "caa-forbids",
            severity,
            subject: subject,
            saw: "\(objection), for \(names)\(besides(set.failing))",
            wanted: wanted,
            advice: advice
                + "; a CA that looks now refuses, and a validation that fails voids the tokens",
            reproduce: set.reproduce,
            rule: rule
        )
    }

    private func depends(_ dependence: CAADependence) -> Finding {
        let advice =
            dependence.permits.isEmpty
            ? "compare with the CA that your provider uses; its name can be written under caa.issuers in the policy"
            : dependence.forbidden.isEmpty
                ? "nothing, if the parameters of the record are meant for this order"
                : "name the others in CAA records of \(dependence.set.owner) too, or choose an allowed CA at the provider"
        return Finding(
            "caa-depends",
            .notice,
            subject: subject,
            saw: "for \(names): \(dependence)\(besides(dependence.set.failing))",
            wanted: dependence.forbidden.isEmpty ? nil : "records that allow every CA that may be used",
            advice: advice,
            reproduce: dependence.set.reproduce,
            rule: rule
        )
    }

    private func unknown(_ why: String, _ rung: CAAClimb.Rung?, _ severity: Finding.Severity) -> Finding {
        Finding(
            "caa-unknown",
            severity,
            subject: subject,
            saw: "\(why), for \(names)",
            wanted: "an answer to CAA questions at every name from \(names) up to the top-level domain",
            advice:
                "let the name servers answer questions of type CAA (NOERROR also when there is none); a CA that gets no answer refuses",
            reproduce: rung?.reproduce,
            rule: rule
        )
    }
}
