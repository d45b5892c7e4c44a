// What a hook must be good for: the contract of hooks/README.md as a list, and what a test of a hook found of it.

/// One promise of the contract. The codes are stable.
package enum HookGuarantee: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case describes
    case publishes
    case withdraws
    case repeats
    case keepsOthers = "keeps-others"
    case withdrawsOne = "withdraws-one"
    case absentIsDone = "absent-is-done"
    case target
    case leadingHyphen = "leading-hyphen"
    case longValue = "long-value"
    case oddCharacters = "odd-characters"
    case anyLabel = "any-label"
    case cname
    case keepsCNAME = "keeps-cname"
    case http
    case deadline
    case endsOnTERM = "ends-on-term"
    case leavesNothing = "leaves-nothing"
    case wrongSecret = "wrong-secret"
    case keepsSecrets = "keeps-secrets"
    case unknownVerb = "unknown-verb"

    /// In a few words.
    package var promise: String {
        switch self {
        case .describes: "says what it can do, or does not know the verb"
        case .publishes: "shows a value, and exits 0 because of that"
        case .withdraws: "takes the value away again"
        case .repeats: "the same publication twice is one record"
        case .keepsOthers: "adds a value beside another one"
        case .withdrawsOne: "takes one of two values away, and leaves the other"
        case .absentIsDone: "to withdraw what is not there is success"
        case .target: "writes at DNSPROOF_TARGET, not at DNSPROOF_NAME"
        case .leadingHyphen: "a value that begins with -"
        case .longValue: "a value of 255 octets"
        case .oddCharacters: "a value with spaces, ; = @ and the like"
        case .anyLabel: "a name without _acme-challenge"
        case .cname: "shows a CNAME, and takes it away again"
        case .keepsCNAME: "a CNAME in the way stays, and is a failure"
        case .http: "shows a token file, and takes it away again"
        case .deadline: "a server that never answers is no success"
        case .endsOnTERM: "ends on SIGTERM, in time"
        case .leavesNothing: "leaves no process behind"
        case .wrongSecret: "a wrong secret is exit 78"
        case .keepsSecrets: "no secret in what it prints"
        case .unknownVerb: "an unknown verb is exit 64"
        }
    }

    package static func < (one: HookGuarantee, other: HookGuarantee) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What one test of one hook found.
package struct HookTest: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        case held, broken
        case notTried = "not-tried"
    }

    package struct Finding: Hashable, Sendable, Codable {
        package let guarantee: HookGuarantee
        package let state: State
        /// What was seen of a broken one; why one was not tried; nil where it held.
        package let reason: String?
        /// When it was seen, where that was in an earlier test of the same file; nil for the test that it stands in.
        package let seenAt: Instant?

        package init(_ guarantee: HookGuarantee, _ state: State, _ reason: String? = nil, seenAt: Instant? = nil) {
            self.guarantee = guarantee
            self.state = state
            self.reason = reason
            self.seenAt = seenAt
        }

        private enum CodingKeys: String, CodingKey {
            case guarantee, state, reason
            case seenAt = "seen_at_ms"
        }
    }

    /// The publisher's name in the configuration; nil for a program that was named by its path.
    package let publisher: String?
    /// The program's path.
    package let program: String
    /// SHA-256 of the program's file in hexadecimal digits: of another file this test says nothing.
    package let digest: String
    package let at: Instant
    /// The real zone it was tried in; nil when it was a world of its own.
    package let zone: DomainName?
    /// One for each guarantee, in the order of the list.
    package let findings: [Finding]

    package init(
        publisher: String?,
        program: String,
        digest: String,
        at: Instant,
        zone: DomainName?,
        findings: [Finding]
    ) {
        self.publisher = publisher
        self.program = program
        self.digest = digest
        self.at = at
        self.zone = zone
        self.findings = findings.sorted { $0.guarantee < $1.guarantee }
    }

    package var broken: [HookGuarantee] { findings.filter { $0.state == .broken }.map(\.guarantee) }

    package func count(_ state: State) -> Int { findings.count { $0.state == state } }

    /// What is known after this test: what it tried counts as it found it, and of what it did not try the earlier finding stays, as long as
    /// that was about the same file.
    package func merged(over earlier: HookTest?) -> HookTest {
        guard let earlier, earlier.digest == digest else { return self }
        let known = Dictionary(earlier.findings.map { ($0.guarantee, $0) }) { _, last in last }
        return HookTest(
            publisher: publisher,
            program: program,
            digest: digest,
            at: at,
            zone: zone,
            findings: findings.map { finding in
                guard finding.state == .notTried, let old = known[finding.guarantee], old.state != .notTried else {
                    return finding
                }
                return .init(old.guarantee, old.state, old.reason, seenAt: old.seenAt ?? earlier.at)
            }
        )
    }

    /// How many findings earlier tests made, and when the oldest of them.
    package var earlier: (count: Int, since: Instant)? {
        let times = findings.compactMap(\.seenAt)
        return times.min().map { (times.count, $0) }
    }

    private enum CodingKeys: String, CodingKey {
        case publisher, program
        case digest = "sha256"
        case at = "at_ms"
        case zone, findings
    }
}

/// One record that a test of a hook was about to publish in a real zone.
package struct TrialWrite: Hashable, Sendable, Codable {
    package let publisher: String
    package let order: PublishingOrder
    package let at: Instant

    package init(publisher: String, order: PublishingOrder, at: Instant) {
        self.publisher = publisher
        self.order = order
        self.at = at
    }

    private enum CodingKeys: String, CodingKey {
        case publisher, order
        case at = "at_ms"
    }
}

/// What is known of a publisher's hook from tests.
package enum HookStanding: Hashable, Sendable, Codable {
    case untested
    /// The program's file is another one than was tested, or cannot be read.
    case changed(since: Instant)
    case tested(HookTest)

    /// - Parameter digest: of the program's file as it is now; nil where it cannot be read.
    package init(_ test: HookTest?, digest: String?) {
        guard let test else {
            self = .untested
            return
        }
        self = test.digest == digest ? .tested(test) : .changed(since: test.at)
    }

    /// What the hook is known to break; nil when nothing is known.
    package var broken: [HookGuarantee]? {
        if case .tested(let test) = self { test.broken } else { nil }
    }
}

extension HookStanding {
    private enum Key: String, CodingKey {
        case state, test
        case since = "since_ms"
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        switch try keyed.decode(String.self, forKey: .state) {
        case "tested": self = .tested(try keyed.decode(HookTest.self, forKey: .test))
        case "changed": self = .changed(since: try keyed.decode(Instant.self, forKey: .since))
        default: self = .untested
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        switch self {
        case .untested: try keyed.encode("never", forKey: .state)
        case .changed(let since):
            try keyed.encode("changed", forKey: .state)
            try keyed.encode(since, forKey: .since)
        case .tested(let test):
            try keyed.encode("tested", forKey: .state)
            try keyed.encode(test, forKey: .test)
        }
    }
}
