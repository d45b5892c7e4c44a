// The cases of a hook's test, one for each guarantee, in an order in which each can rely on those before it.
import DCV
import Platform

extension HookTrial {
    typealias Case = @Sendable (isolated HookTrial) async throws(Unfit) -> String?

    /// What each gives is what was seen that must not be; nil when the guarantee holds.
    static let cases: [(HookGuarantee, Case)] = [
        (.describes, { (trial) async throws(Unfit) in await trial.describes() }),
        (.publishes, { (trial) async throws(Unfit) in try await trial.publishes() }),
        (.withdraws, { (trial) async throws(Unfit) in try await trial.withdraws() }),
        (.repeats, { (trial) async throws(Unfit) in try await trial.repeats() }),
        (.keepsOthers, { (trial) async throws(Unfit) in try await trial.keepsOthers() }),
        (.withdrawsOne, { (trial) async throws(Unfit) in try await trial.withdrawsOne() }),
        (.absentIsDone, { (trial) async throws(Unfit) in try await trial.absentIsDone() }),
        (.target, { (trial) async throws(Unfit) in try await trial.target() }),
        (.leadingHyphen, { (trial) async throws(Unfit) in try await trial.value("-" + trial.token()) }),
        (
            .longValue,
            { (trial) async throws(Unfit) in
                try await trial.value(String(repeating: "a1B2_", count: TXTValue.limitOctets / 5))
            }
        ),
        (
            .oddCharacters,
            { (trial) async throws(Unfit) in
                try await trial.value("ca.test; accounturi=https://ca.test/a/1, x=~+/ @ --y==")
            }
        ),
        (.anyLabel, { (trial) async throws(Unfit) in try await trial.anyLabel() }),
        (.cname, { (trial) async throws(Unfit) in try await trial.aliased() }),
        (.keepsCNAME, { (trial) async throws(Unfit) in try await trial.keepsCNAME() }),
        (.http, { (trial) async throws(Unfit) in try await trial.file() }),
        (.deadline, { (trial) async throws(Unfit) in try await trial.deadline() }),
        (.endsOnTERM, { (trial) async throws(Unfit) in try await trial.endsOnTERM() }),
        (.wrongSecret, { (trial) async throws(Unfit) in try await trial.wrongSecret() }),
        (.unknownVerb, { (trial) async throws(Unfit) in try await trial.unknown() }),
        // About all calls, so they stand last.
        (.leavesNothing, { (trial) async throws(Unfit) in try trial.leavesNothing() }),
        (.keepsSecrets, { (trial) async throws(Unfit) in try trial.keepsSecrets() }),
    ]

    private func describes() async -> String? {
        switch await hook.describe() {
        case .success(let answer):
            description = answer
            return nil
        case .failure(let error): return "\(error)"
        }
    }

    private func publishes() async throws(Unfit) -> String? {
        try need(.describes)
        let order = order(try anyRecord())
        first = order
        let answer = await call(.publish, order)
        if let why = whyMisplaced(answer) {
            misplaced = why
            throw Unfit(why: why)
        }
        return try fault(.publish, answer)
    }

    /// A hook that has a service of its own cannot be judged where that is not: when it refuses, or when nothing of it came here. Without
    /// such settings both are its fault, because it was handed all that it needs.
    private func whyMisplaced(_ answer: Answer) -> String? {
        guard candidate.hasOwnService, !stage.isReal, !answer.verdict.unsettled.isEmpty, wasStarted else { return nil }
        let cure = "try it in its own zone (--zone)"
        switch answer.outcome {
        case .tryLater: return nil
        case .misconfigured, .notMyZone:
            return "\(answer.outcome.words), which may be due to the played server and key; \(cure)"
        case .done, .failed:
            if answer.hasMetStage { return nil }
            return "\(answer.outcome.words), and nothing of it came to the played server or folders; \(cure)"
        }
    }

    private var wasStarted: Bool {
        switch children.results.last?.ending {
        case .notStarted, nil: false
        default: true
        }
    }

    private func withdraws() async throws(Unfit) -> String? {
        try need(.publishes)
        guard let first else { return nil }
        return try await fault(.withdraw, first)
    }

    private func repeats() async throws(Unfit) -> String? {
        try need(.publishes)
        let order = order(try anyRecord())
        if let fault = try await fault(.publish, order) { return "the first time: \(fault)" }
        if let fault = try await fault(.publish, order) { return "the second time: \(fault)" }
        guard held(.withdraws) else { return nil }
        return try await fault(.withdraw, order).map { "withdrawn after that: \($0)" }
    }

    private func keepsOthers() async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.txt)
        let name = try freshName()
        if let fault = try await fault(.publish, order(try txt(token(), at: name))) { return "the first one: \(fault)" }
        return try await fault(.publish, order(try txt(token(), at: name)))
    }

    private func withdrawsOne() async throws(Unfit) -> String? {
        try need(.withdraws)
        try needKind(.txt)
        let name = try freshName()
        let (own, other) = (order(try txt(token(), at: name)), order(try txt(token(), at: name)))
        for order in [other, own] { await call(.publish, order) }
        // Some hooks cannot put one value beside another.
        if await !shows(other.record) { _ = await stage.plant(other.record) }
        guard await shows(other.record), await shows(own.record) else {
            throw Unfit(why: "two values could not be made to stand beside each other")
        }
        return try await fault(.withdraw, own)
    }

    private func absentIsDone() async throws(Unfit) -> String? {
        try need(.publishes)
        return try await fault(.withdraw, order(try anyRecord()))
    }

    private func target() async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.txt)
        let (alias, target) = (try freshName("alias"), try freshName("target"))
        let order = order(try txt(token(), at: alias), target: target)
        if let fault = try await fault(.publish, order) { return fault }
        if await shows(order.record, at: alias) { return "the value is shown at \(alias), which is DNSPROOF_NAME" }
        return held(.withdraws) ? try await fault(.withdraw, order).map { "withdrawn again: \($0)" } : nil
    }

    private func value(_ value: String) async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.txt)
        return try await trip(try txt(value, at: try freshName()))
    }

    private func anyLabel() async throws(Unfit) -> String? {
        try need(.publishes)
        guard description.labels == .any else { throw Unfit(why: "the hook names the only labels it can write") }
        guard let kind = description.kinds.filter({ $0 != .http }).max() else {
            throw Unfit(why: "files have no labels")
        }
        let name = try name(["_dnsproof-test-\(token())"])
        return try await trip(kind == .txt ? try txt(token(), at: name) : try cname(at: name))
    }

    private func aliased() async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.cname)
        return try await trip(try cname(at: try freshName()))
    }

    private func keepsCNAME() async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.txt)
        let name = try freshName()
        let alias = try cname(at: name)
        if await !stage.plant(alias) {
            try need(.cname)
            await call(.publish, order(alias))
        }
        guard await shows(alias) else { throw Unfit(why: "no CNAME could be put there") }
        let order = order(try txt(token(), at: name))
        let answer = await call(.publish, order)
        let (outcome, verdict) = (answer.outcome, answer.verdict)
        if await !shows(alias) { return "the CNAME at \(name) was taken away; \(outcome.words)" }
        if verdict.unsettled.isEmpty { return "the value stands beside the CNAME; \(outcome.words)" }
        return outcome == .done ? "it exited 0, and nothing was published" : nil
    }

    private func file() async throws(Unfit) -> String? {
        try need(.publishes)
        try needKind(.http)
        return try await trip(try http(body: "-" + token()))
    }

    // MARK: how it ends

    private func deadline() async throws(Unfit) -> String? {
        let (outcome, isShown) = try await inSilence { (trial, order) async throws(Unfit) in
            let hook = try trial.publisher(deadlineMilliseconds: trial.silence.deadlineMilliseconds)
            return await trial.publish(order, through: hook)
        }
        if outcome == .done, isShown { throw Unfit(why: "the hook asks no name server") }
        return outcome == .done ? "the server said nothing, and the hook exited 0" : nil
    }

    private func endsOnTERM() async throws(Unfit) -> String? {
        let before = children.results.count
        let (clock, span) = (clock, silence.termAfterMilliseconds)
        _ = try await inSilence { (trial, order) async throws(Unfit) in
            let hook = try trial.publisher()
            let call = Task { await trial.publish(order, through: hook) }
            let alarm = Task {
                try await clock.sleep(milliseconds: span)
                call.cancel()
            }
            let outcome = await call.value
            alarm.cancel()
            return outcome
        }
        let endings = children.results.filter { $0.ending == .cancelled || $0.ending == .timedOut }
        if let worst = endings.first(where: \.neededKill) {
            return
                "it, or what it had started, still ran after TERM and had to be killed (\(worst.elapsedMilliseconds) ms)"
        }
        let last = children.results.dropFirst(before).last
        guard last?.ending == .cancelled else {
            throw Unfit(why: "it had ended by itself after \(last?.elapsedMilliseconds ?? 0) ms")
        }
        return nil
    }

    /// Publishes while the server takes everything and says nothing; then it speaks again, so that one can look.
    private func inSilence(
        _ publish: (isolated HookTrial, PublishingOrder) async throws(Unfit) -> HookOutcome
    ) async throws(Unfit) -> (HookOutcome, isShown: Bool) {
        try need(.publishes)
        let order = order(try anyRecord())
        guard await stage.fallSilent(true) else { throw Unfit(why: "the servers of a real zone cannot be silenced") }
        let outcome: HookOutcome
        do throws(Unfit) {
            outcome = try await publish(self, order)
        } catch {
            _ = await stage.fallSilent(false)
            throw error
        }
        _ = await stage.fallSilent(false)
        return (outcome, await shows(order.record))
    }

    private func publisher(
        _ secrets: [String: Secret]? = nil,
        deadlineMilliseconds: Int64 = HookPublisher.defaultDeadlineMilliseconds
    ) throws(Unfit) -> HookPublisher {
        do {
            return try candidate.make(secrets ?? candidate.secrets, deadlineMilliseconds, children)
        } catch {
            throw Unfit(why: "\(error)")
        }
    }

    private func leavesNothing() throws(Unfit) -> String? {
        try need(.describes)
        let left = children.results.contains { result in
            if case .exited = result.ending { result.neededKill } else { false }
        }
        return left ? "what it had started still ran after it had ended, and was killed" : nil
    }

    // MARK: secrets and verbs

    private func wrongSecret() async throws(Unfit) -> String? {
        try need(.publishes)
        if candidate.secrets.isEmpty { throw Unfit(why: "the publisher has no secret") }
        try needOwnContract()
        if stage.isReal { throw Unfit(why: "a wrong secret at a real service may lock the account") }
        let order = order(try anyRecord())
        let outcome = await publish(order, through: try publisher(candidate.secrets.mapValues(\.altered)))
        switch (outcome, await shows(order.record)) {
        case (.done, true): throw Unfit(why: "the hook works without its secret")
        case (_, true): return "the value is shown; \(outcome.words)"
        case (.misconfigured, false): return nil
        case (_, false): return outcome.words
        }
    }

    private func keepsSecrets() throws(Unfit) -> String? {
        if candidate.secrets.isEmpty { throw Unfit(why: "the publisher has no secret") }
        let secrets = candidate.secrets.values.flatMap { [$0, $0.altered] }
        let mask = SecretMask(secrets.map(\.core))
        let said = children.results.flatMap { [("standard output", $0.output), ("standard error", $0.errorOutput)] }
        return said.first { mask.masked($0.1.bytes) != $0.1.bytes }.map {
            "a secret, or a part of one, stands on its \($0.0)"
        }
    }

    private func needOwnContract() throws(Unfit) {
        if hook.isForeign {
            throw Unfit(why: "the hook was written for another tool, whose contract has nothing about it")
        }
    }

    private func unknown() async throws(Unfit) -> String? {
        try need(.describes)
        try needOwnContract()
        switch await hook.unknownVerb() {
        case .exited(ContractExit.verbUnknown): return nil
        case .exited(ContractExit.misconfigured) where misplaced != nil:
            throw Unfit(why: "it says that it is misconfigured here; try it in its own zone (--zone)")
        case .exited(let code): return "it exited \(code)"
        case .signaled, .timedOut, .cancelled, .notStarted, .noRoom: return "it did not exit by itself"
        }
    }
}

extension Secret {
    private static let alteredLimitBytes = 12

    /// The part that must stay secret: of `hmac-sha256:NAME:BASE64` the last one, which no word of a sentence is.
    fileprivate var core: [UInt8] {
        let parts = revealed.utf8.split { " \t\r\n:,;\"'".utf8.contains($0) }.map { Array($0) }
        let longest = parts.max { $0.count < $1.count } ?? []
        return longest.count >= Self.alteredLimitBytes ? longest : Array(revealed.utf8)
    }

    /// Another secret of the same form: some letters change their case and digits their value, at the beginning of the last part.
    fileprivate var altered: Secret {
        let bytes = Array(revealed.utf8)
        let start = bytes.lastIndex(of: 0x3A).map { $0 + 1 } ?? 0
        let changed = bytes.enumerated().map { index, byte in
            guard index >= start, index < start + Self.alteredLimitBytes else { return byte }
            if ASCII.isLetter(byte) { return byte ^ 0x20 }
            return ASCII.isDigit(byte) ? 0x69 - byte : byte
        }
        return Secret(changed) ?? self
    }
}
