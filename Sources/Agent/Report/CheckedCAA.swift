// What `check --issuer` says of CAA: the name that is judged, the verdict, and what a person can do about it.
package import DCV

/// CAA records judged for the CAs that a person named.
package struct CheckedCAA: Sendable {
    package let climb: CAAClimb
    package let request: CAARequest
    package let verdict: CAAVerdict

    package init(_ climb: CAAClimb, for request: CAARequest) {
        self.climb = climb
        self.request = request
        verdict = CAA.judge(climb, for: request)
    }

    /// What a certificate would be for; nil when nothing is left of the record's name.
    package static func identifier(of record: RequiredRecord, isWildcard: Bool) -> Identifier? {
        record.name.certified.map { Identifier($0, isWildcard: isWildcard) }
    }

    package var findings: [Finding] {
        CAAWords(subject: request.identifier.text, [request.identifier], request, rule: "RFC 8659 3")
            .findings(verdict, [climb])
    }

    /// The names on the way, each as all servers show it or once for every answer, then the verdict.
    package var lines: [String] {
        let issuers = request.issuers.map(\.name).joined(separator: ", ")
        let width = climb.rungs.map { $0.name.text.utf8.count }.max() ?? 0
        let rungs = climb.rungs.flatMap { rung in
            rung.alternatives.map { line($0, width: width) + (rung.others.isEmpty ? "" : $0.showing) }
        }
        return ["CAA for \(request.identifier) by \(issuers)"] + rungs
            + findings.flatMap { PlanText.lines($0) } + ["CAA \(verdict)"]
    }

    private func line(_ rung: CAAClimb.Rung, width: Int) -> String {
        let padding = String(repeating: " ", count: width - rung.name.text.utf8.count)
        let beside = rung.failing.isEmpty ? "" : "  (but \(rung.failing.joined(separator: "; ")))"
        let place = rung.aliases.isEmpty ? "" : "-> \(rung.aliases.map(\.text).joined(separator: " -> ")): "
        return "  \(mark(rung)) \(rung.name)\(padding)  \(place)\(wording(rung))\(beside)"
    }

    private func wording(_ rung: CAAClimb.Rung) -> String {
        rung.failure.map { "no answer: \($0)" } ?? rung.answer.description
    }

    private func mark(_ rung: CAAClimb.Rung) -> String {
        if rung.failure != nil { return "?" }
        if case .none = rung.answer { return "-" }
        return "+"
    }
}

/// The same for programs.
package struct CAADocument: Codable, Sendable {
    package let identifier: Identifier
    package let issuers: [String]
    /// `allowed`, `forbidden`, `depends` or `cannot-tell`.
    package let verdict: String
    package let summary: String
    package let climb: CAAClimb

    package init(_ checked: CheckedCAA) {
        identifier = checked.request.identifier
        issuers = checked.request.issuers.map(\.name)
        verdict = checked.verdict.code
        summary = "\(checked.verdict)"
        climb = checked.climb
    }
}

extension CheckVerdict {
    /// Both must hold: what must be repaired weighs most, then what could not be seen.
    package init(_ propagation: Propagation, _ caa: CAAVerdict?) {
        let own = CheckVerdict(propagation)
        switch caa?.hindrance ?? .none {
        case .none: self = own
        case .unseen: self = own == .never ? .never : .cannotTell
        case .disputed: self = own == .never ? .never : .notReady
        case .standing: self = .never
        }
    }
}
