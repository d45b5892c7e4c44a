// Gathers one pass over an account: a fault of one list or one name is a finding and the others go on, until a fault
// says that none may.
import DCV
import Platform

struct NAVERReading {
    let provider: ProviderName
    /// Set by a fault that reaches every call.
    private(set) var mustStop = false
    /// Calls for single names that this pass may still make.
    private(set) var callsLeft: Int

    private var authorizations: [Authorization] = []
    private var keys: Set<AuthorizationKey> = []
    private var findings: [Finding] = []
    private var isComplete = true
    private var unexplained: [NAVERCertificate] = []

    /// Certificates shown of a longer list.
    private static let shownLimit = 5

    init(provider: ProviderName, callLimit: Int) {
        self.provider = provider
        callsLeft = callLimit
    }

    mutating func countCall() { callsLeft -= 1 }

    mutating func add(_ fault: APIFault) {
        if fault.reach == .everything { mustStop = true }
        add(fault.failure.finding)
    }

    mutating func add(_ finding: Finding) {
        // One fault that stops everything is met by the next list, too.
        if !findings.contains(finding) { findings.append(finding) }
        isComplete = false
    }

    mutating func add(_ authorization: Authorization) {
        // A handle stands for one authorization; two would share their journal entries.
        guard keys.insert(authorization.key).inserted else {
            return add(
                Finding(
                    ProviderFindingCode.answerNotUnderstood,
                    .error,
                    subject: "\(authorization.key)",
                    saw: "the same number twice",
                    wanted: "a number for one entry of the list",
                    advice: "look at the list in the console; the first is used"
                )
            )
        }
        authorizations.append(authorization)
    }

    /// Entries of a list that cannot be called anything.
    mutating func addNameless(_ count: Int, in list: NAVERList) {
        guard count > 0 else { return }
        add(
            Finding(
                ProviderFindingCode.answerNotUnderstood,
                .error,
                subject: "\(provider): \(list.key)",
                saw: "\(count == 1 ? "an entry" : "\(count) entries") without a usable \(list.identifierKey)",
                wanted: "a positive number in each",
                advice: "look at the list in the console; nothing is concluded about missing entries"
            )
        )
    }

    /// A certificate of which nobody can say whether it waits, and that was not seen waiting: it is told and no more. As
    /// an authorization it would be waited for in every run, for ever.
    mutating func addUnexplained(_ certificate: NAVERCertificate) { unexplained.append(certificate) }

    private var unexplainedFinding: Finding? {
        guard !unexplained.isEmpty else { return nil }
        let shown = unexplained.map { certificate in
            let name = certificate.names.first.map { " (\($0))" } ?? ""
            return "\(certificate.number)\(name): status \(certificate.statusWord)"
        }
        return Finding(
            ProviderFindingCode.stateUnexplained,
            .notice,
            subject: "\(provider): certificates",
            saw: shown.listed(upTo: Self.shownLimit),
            wanted: "a state that NAVER Cloud explains",
            advice: "nothing is done about them; look at them in the console"
        )
    }

    var result: ProviderReading {
        ProviderReading(
            provider: provider,
            authorizations: authorizations,
            findings: findings + [unexplainedFinding].compactMap { $0 },
            isComplete: isComplete
        )
    }
}
