// What the end of a run means to an ACME client that waited for it: an exit code, and a line or two for whoever reads the client's log.
import DCV

struct ClientText {
    /// Names told one by one.
    private static let toldNames = 3

    private let report: RunReport
    private let call: ClientCall
    private let elapsedMilliseconds: Int64
    private let ready: Set<AuthorizationKey>

    init(_ report: RunReport, _ call: ClientCall, elapsedMilliseconds: Int64) {
        self.report = report
        self.call = call
        self.elapsedMilliseconds = elapsedMilliseconds
        ready = Planner.ready(report.situation)
    }

    var outcome: ClientOutcome {
        switch report.ending {
        case .outlived: return ClientOutcome(exitCode: .person, lines: damage)
        case .locked: return ClientOutcome(exitCode: .temporary, lines: [locked])
        case .quiet, .waiting, .nothingSelected, .stopped, .dryRun: break
        }
        switch call.work {
        case .withdraw: return withdrawn
        case .publish: return told(report.situation.authorizations.filter { !isPublished($0) })
        case .prove: return told(report.situation.authorizations.filter { !ready.contains($0.key) })
        }
    }

    private var names: String {
        var seen: Set<DomainName> = []
        return call.challenges.map(\.name).filter { seen.insert($0).inserted }.map(\.text).listed(upTo: Self.toldNames)
    }

    private var locked: String {
        let cause = "another run of dnsproof holds the lock and did not let go"
        if !report.performed.isEmpty { return "\(cause): what was begun for \(names) is not proved" }
        let rest = "; what was published is withdrawn by the next run"
        return "\(cause); nothing was done for \(names)" + (call.work == .withdraw ? rest : "")
    }

    /// Errors that are about no certificate.
    private var damage: [String] {
        report.plan.steps.compactMap { step in
            guard step.authorization == nil, case .report(let finding) = step.action, finding.severity == .error else {
                return nil
            }
            return "\(finding.subject): \(Self.inOneLine(finding)); \(finding.advice)"
        }
    }

    // MARK: proving

    /// What was done is on its way; a later call waits for it.
    private func isPublished(_ authorization: Authorization) -> Bool {
        let key = authorization.key
        if ready.contains(key) { return true }
        if report.plan.findings(of: key).contains(where: { $0.severity == .error }) { return false }
        return report.situation.history.published.contains { $0.authorization == key && $0.isConfirmed }
            || waits(of: key).contains { $0.reason == .propagation }
    }

    private func told(_ open: [Authorization]) -> ClientOutcome {
        let all = open.map { told($0) }
        // While a person must act, nobody cares what else is on its way.
        let isForPerson = all.contains { $0.code == .person }
        var seen: Set<[String]> = []
        let own = all.filter { ($0.code == .person || !isForPerson) && seen.insert($0.lines).inserted }.map(\.lines)
        var lines = own.prefix(Self.toldNames).flatMap { $0 }
        if own.count > Self.toldNames { lines.append("and \(own.count - Self.toldNames) more") }
        let code: ExitCode =
            isForPerson ? .person : open.isEmpty ? .done : report.ending == .stopped ? .temporary : .pending
        // certbot calls whatever stands on standard error an error.
        if open.isEmpty, call.work == .prove, call.client != .certbot {
            lines.append("shown everywhere after \(Self.seconds(elapsedMilliseconds)): \(names)")
            if let words = call.withoutCAA { lines.append(words) }
        }
        return ClientOutcome(exitCode: code, lines: lines + damage)
    }

    private func told(_ authorization: Authorization) -> (lines: [String], code: ExitCode) {
        let name = authorization.identifiers.map(\.text).joined()
        let what = call.work == .publish ? "published" : "proved"
        let findings = report.plan.findings(of: authorization.key)
        if let error = findings.first(where: { $0.severity == .error }) {
            return (["\(name) is not \(what): \(Self.inOneLine(error))", "do: \(error.advice)"], .person)
        }
        let why =
            findings.first { $0.severity == .waiting }.map { Self.inOneLine($0) }
            ?? waits(of: authorization.key).first?.because
            ?? (report.ending == .stopped ? "stopped by a signal" : "nothing was seen of it yet")
        return (["\(name) is not \(what) after \(Self.seconds(elapsedMilliseconds)): \(why)"], .pending)
    }

    private func waits(of key: AuthorizationKey) -> [(reason: Step.WaitReason, because: String)] {
        report.plan.steps.compactMap { step in
            guard step.authorization == key, case .wait(_, let reason) = step.action else { return nil }
            return (reason, step.because)
        }
    }

    /// What stands below the first line are records to be put back, which `dnsproof status` tells.
    private static func inOneLine(_ finding: Finding) -> String {
        "\(finding.saw.prefix { $0 != "\n" }) (\(finding.code))"
    }

    // MARK: withdrawing

    private var withdrawn: ClientOutcome {
        let keys = Set(call.challenges.compactMap { $0.key(of: call.client) })
        let left = report.situation.history.published.filter { published in
            // A standing one is somebody else's, put back where a hook had taken it away.
            published.record.purpose == .oneTime && keys.contains(published.authorization)
                && report.situation.zones.policy(for: published.target).publish.withdraw == .afterValidation
        }
        let damage = damage
        if left.isEmpty { return ClientOutcome(exitCode: damage.isEmpty ? .done : .person, lines: damage) }
        var code = report.ending == .stopped ? ExitCode.temporary : .pending
        let lines = left.prefix(Self.toldNames).map { published in
            let error = report.plan.findings(of: published.authorization).first { $0.severity == .error }
            if error != nil { code = .person }
            let why =
                error.map { "\(Self.inOneLine($0)); \($0.advice)" }
                ?? waits(of: published.authorization).first?.because ?? "stopped by a signal"
            return "\(published.record) still stands: \(why); the next run of dnsproof tries again"
        }
        return ClientOutcome(exitCode: code, lines: lines + damage)
    }

    /// `2.3 s`; whole units from a minute on.
    private static func seconds(_ milliseconds: Int64) -> String {
        if milliseconds >= 60_000 { return TimeText.span(milliseconds: milliseconds) }
        let tenths = (milliseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
