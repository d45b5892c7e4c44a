// The only protocols: through these the judgement's helpers reach the world, and in tests a world is put in their place.

/// Time. Wall time is for stored deadlines and reports; waits and deadlines of this process use the monotonic reading.
package protocol Clock: Sendable {
    func now() -> Instant
    /// Milliseconds since some fixed point; never goes backwards.
    func monotonicMilliseconds() -> Int64
    func sleep(milliseconds: Int64) async throws
}

/// Unpredictable numbers from the operating system (query ids, jitter, journal ids); a seeded one in tests.
package protocol RandomSource: Sendable {
    func bytes(_ count: Int) -> [UInt8]
}

/// The CA side: one configured provider.
package protocol Provider: Sendable {
    var name: ProviderName { get }
    /// Reads everything the provider waits for. Never throws: what could not be read is a finding in the reading.
    func read() async -> ProviderReading
    /// One authorization, fresh. `.failure` when it could not be read now: then nothing may be concluded.
    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure>
    /// Tells the provider to look. Success says the call was accepted, not that the proof was.
    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure>
    /// Changes the validation method: voids the old tokens. The new ones must be read afterwards.
    func changeMethod(of authorization: Authorization, to method: ValidationMethod) async -> Result<
        Void, ProviderFailure
    >
    /// Begins a new validation by `method` while the present one still holds: what must be shown is read afterwards.
    func revalidate(_ authorization: Authorization, by method: ValidationMethod) async -> Result<Void, ProviderFailure>
    /// Finds out with reads alone what the credential may do here; for `config check`.
    func examine() async -> ProviderExamination
    /// False where its configuration leaves no room for authorizations about this name or names below it.
    func mayList(_ name: DomainName) -> Bool
}

extension Provider {
    package func mayList(_ name: DomainName) -> Bool { true }
}

/// The journal's intent that a provider is asked for something under; nil while it is only read. A provider that starts programs hands it
/// to them, so that one that outlives a killed run is found.
package enum AskedUnder {
    @TaskLocal package static var intent: String?
}

/// Counts calls to providers across runs, so that a limit is obeyed before the provider has to name it, and leaves a provider alone
/// that has failed again and again. Never throws: a count that cannot be kept must not stop a certificate.
package protocol CallLedger: Sendable {
    /// Asked before every request; the answer `granted` has counted it.
    func admit(_ call: CallKind, to provider: ProviderName, under limits: [CallLimit], at now: Instant) async
        -> CallAdmission
    /// How a call ended whose last request was admitted and sent, its repetitions included; consecutive failures open the provider's circuit.
    /// - Parameter restUntil: when the provider wants to be asked again; until then no run sends it anything.
    func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant, restUntil: Instant?) async
}

extension CallLedger {
    /// Of a call to a provider that named no time to come back.
    package func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant) async {
        await ended(outcome, at: provider, at: now, restUntil: nil)
    }
}

/// All that one provider said in one pass.
package struct ProviderReading: Sendable {
    package let provider: ProviderName
    package let authorizations: [Authorization]
    /// Faults of the reading itself (API down, credential refused), about no single authorization.
    package let findings: [Finding]
    /// Whether every configured zone could be read. Absence of an authorization means something only then.
    package let isComplete: Bool

    package init(provider: ProviderName, authorizations: [Authorization], findings: [Finding], isComplete: Bool) {
        self.provider = provider
        self.authorizations = authorizations
        self.findings = findings
        self.isComplete = isComplete
    }
}

/// A call to a provider that failed, with what may be done next.
package struct ProviderFailure: Error, Sendable {
    package enum Kind: String, Sendable, Codable {
        /// Later may do: no connection, 5xx, 429, an answer that makes no sense.
        case temporary
        /// The credential is refused or lacks a right: never repeated in this run.
        case unauthorized
        /// The provider refuses this request for good.
        case refused
        /// The provider looked and did not find the proof: the call had its effect, and counts as an attempt.
        case looked
        /// The request may or may not have had its effect (the answer was lost): look before doing it again.
        case unknownEffect
    }

    package let kind: Kind
    package let finding: Finding
    /// When the provider named a time to come back, in seconds, clamped to [1, 86400].
    package let retryAfterSeconds: Int64?

    package init(_ kind: Kind, _ finding: Finding, retryAfterSeconds: Int64? = nil) {
        self.kind = kind
        self.finding = finding
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// The eyes: what the world shows now.
package protocol Surveyor: Sendable {
    /// Surveys every record; the result has one survey for each, in order. Never throws: what could not be seen is in the survey.
    func survey(_ requests: [SurveyRequest]) async -> [Survey]
    /// The zones on the way to a name and the servers of the one that holds it; no record is looked for.
    func view(of name: DomainName) async -> NameView
    /// Looks for the CAA records that count for each name (RFC 8659 3), in order. Never throws: what could not be seen is in the climb.
    func climb(_ names: [DomainName]) async -> [CAAClimb]
    /// The RRset at a record's target as each authoritative address serves it now; for the comparison round a hook.
    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView
}

/// One record to look for, under the policy that judges it: its resolvers are asked once its authoritative side is complete.
package struct SurveyRequest: Hashable, Sendable {
    package let record: RequiredRecord
    package let propagation: Policy.Propagation

    package init(_ record: RequiredRecord, under propagation: Policy.Propagation = Policy.standard.propagation) {
        self.record = record
        self.propagation = propagation
    }
}

/// The hands at a zone or web server: one configured publisher.
package protocol Publisher: Sendable {
    var name: String { get }
    /// Makes the record visible beside what is there. The answer is a hint; only a sighting says "published".
    func publish(_ order: PublishingOrder) async -> HookOutcome
    /// Takes exactly this record away.
    func withdraw(_ order: PublishingOrder) async -> HookOutcome
}

/// What a publisher is asked to do.
package struct PublishingOrder: Hashable, Sendable, Codable {
    /// The journal's intent id; the same id again is a replay of the same effect.
    package let id: String
    package let record: RequiredRecord
    /// Where the record really goes after CNAMEs; the record's own name without one.
    package let target: DomainName
    /// The apex of the zone that holds the target.
    package let zone: DomainName
    package let ttlSeconds: Int64

    package init(id: String, record: RequiredRecord, target: DomainName, zone: DomainName, ttlSeconds: Int64) {
        self.id = id
        self.record = record
        self.target = target
        self.zone = zone
        self.ttlSeconds = ttlSeconds
    }

    private enum CodingKeys: String, CodingKey {
        case id, record, target, zone
        case ttlSeconds = "ttl_s"
    }
}

/// Where a hook is tried: a world of its own, or a corner of a real zone.
package protocol HookStage: Sendable {
    /// The apex of the zone.
    var zone: DomainName { get }
    /// Everything is written at and below this name, where nothing of anybody's stands.
    var corner: DomainName { get }
    /// Whether others see it, so that everything has to be taken away again.
    var isReal: Bool { get }
    /// What the servers show now; no value where none answered.
    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView
    /// Another text whenever a played world was asked, or written to, since the last one; nil where that cannot be known.
    func trace() async -> String?
    /// Puts a record there as somebody else would; false where only hooks can write.
    func plant(_ record: RequiredRecord) async -> Bool
    /// Lets the server take everything and say nothing, or speak again; false where that cannot be had.
    func fallSilent(_ isSilent: Bool) async -> Bool
}

/// How a hook ended (the contract's exit codes). `reason` is its last line on stderr, escaped.
package enum HookOutcome: Hashable, Sendable, Codable {
    case done
    /// Exit 69: this publisher does not serve the zone.
    case notMyZone(reason: String)
    /// Exit 75, a deadline, a signal: later may do.
    case tryLater(reason: String)
    /// Exit 78, or the hook may not be started at all: a person must act.
    case misconfigured(reason: String)
    case failed(reason: String)
}

/// The memory that survives a crash. Every call returns only when its row is synced to disk.
package protocol Journal: Sendable {
    /// Before the effect: without this row there is no effect.
    func begin(_ intent: Intent) async throws(JournalFailure)
    /// After the effect. An intent has at most one receipt; a second one for the same intent is refused as `stateRefused`.
    func end(_ receipt: Receipt) async throws(JournalFailure)
    /// Everything the planner needs: all publications not yet withdrawn, and whatever happened since `since`; oldest first.
    func history(since: Instant) async throws(JournalFailure) -> History
    /// Takes a publisher out of service until a person trusts it again.
    func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure)
    func trust(publisher: String, at: Instant) async throws(JournalFailure)
    /// What earlier runs have met and told; see `FindingMemory`.
    func toldFindings() async throws(JournalFailure) -> [ToldFinding]
    /// Puts this in the place of what was kept before.
    func keep(told: [ToldFinding]) async throws(JournalFailure)
    /// What is known of each publisher's hook from tests.
    func hookTests() async throws(JournalFailure) -> [HookTest]
    /// Beside what an earlier test of the same publisher found of the same file: see `HookTest.merged`.
    func keep(_ test: HookTest) async throws(JournalFailure)
    /// Before a test of a hook publishes this in a real zone: without this row it does not.
    func begin(trial write: TrialWrite) async throws(JournalFailure)
    /// The record of this order's id was taken away.
    func end(trial id: String) async throws(JournalFailure)
    /// What tests have written and not taken away as far as is known, oldest first.
    func trialWrites() async throws(JournalFailure) -> [TrialWrite]
    /// What ACME clients wait for, oldest first: with these in the place of what was kept for the same authorizations, without those that
    /// are forgotten, and without what came before `since`.
    func awaited(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge]
}

/// Why the journal cannot be used; `text` names the file, what was seen and the way out.
package struct JournalFailure: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Codable {
        /// The disk or file system said no (exit 74): no further effect may start.
        case storeIO = "store-io"
        /// The file is missing though it once was there, or foreign, damaged, newer (exit 76): never recreated by itself.
        case stateRefused = "state-refused"
    }

    package let kind: Kind
    package let text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}
