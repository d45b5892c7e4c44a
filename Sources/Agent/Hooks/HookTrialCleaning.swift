// What a test of a hook has written somewhere, and how it is taken away again: through the hook, by which it came.
import DCV

extension HookTrial {
    /// Something the hook was told to publish, and of which it is not known that it is gone.
    struct Told {
        let order: PublishingOrder
        var outcome: HookOutcome
        /// Whether any look ever showed it.
        var wasShown: Bool
    }

    /// The only way to a hook's `publish`. In a real zone it is noted first: a test that is killed leaves no record that nobody knows of.
    func publish(_ order: PublishingOrder, through hook: HookPublisher) async -> HookOutcome {
        if let notes {
            do {
                try await notes.begin(trial: TrialWrite(publisher: hook.name, order: order, at: clock.now()))
            } catch {
                return .tryLater(reason: "the hook was not asked, because this could not be noted: \(error.text)")
            }
        }
        if !told.contains(where: { $0.order.id == order.id }) {
            // Until the hook has answered it may have done anything.
            told.append(Told(order: order, outcome: .done, wasShown: false))
        }
        let outcome = await hook.publish(order)
        update(order) { $0.outcome = outcome }
        return outcome
    }

    /// What the looks round a call show of what stands.
    func remember(_ effect: HookVerdict.Effect, _ order: PublishingOrder, _ answer: Answer) async {
        switch effect {
        case .publish: if !answer.verdict.settled.isEmpty { update(order) { $0.wasShown = true } }
        case .withdraw:
            if answer.stoodBefore { update(order) { $0.wasShown = true } }
            // What others see must be seen to be gone; of a played world the word is enough, because it ends.
            let isSeenGone = answer.verdict.unsettled.isEmpty && !answer.verdict.isBlind
            if answer.outcome == .done, isSeenGone || !stage.isReal { await forget(order) }
        }
    }

    /// A played world goes with its folder, but the hook may have written to another one; in a real zone every value that may stand is
    /// taken away, and looked for.
    func takeAway() async {
        for entry in told.reversed() {
            // Ended once more: what is left is named, and stays noted.
            if Task.isCancelled { return }
            tell(.takingAway(entry.order.record, remaining: told.count))
            let answer = await call(.withdraw, entry.order)
            let now = told.first { $0.order.id == entry.order.id }
            if let now, !Task.isCancelled, !mayStand(now, answer) { await forget(entry.order) }
        }
    }

    /// Whether it may stand somewhere after the hook was asked to take it away.
    private func mayStand(_ entry: Told, _ answer: Answer) -> Bool {
        if stage.isReal, !answer.verdict.unsettled.isEmpty || answer.verdict.isBlind { return true }
        // Seen here, and here it is gone or goes with the folder.
        if entry.wasShown || answer.outcome == .done { return false }
        switch (entry.outcome, answer.outcome) {
        // Refused both times: nothing was done.
        case (.misconfigured, .misconfigured), (.misconfigured, .notMyZone), (.notMyZone, .misconfigured),
            (.notMyZone, .notMyZone):
            return false
        // A failure that showed nothing did nothing, where the hook is known to write to what is looked at.
        case (.failed, _), (.misconfigured, _), (.notMyZone, _): return !stage.isReal && !held(.publishes)
        case (.done, _), (.tryLater, _): return true
        }
    }

    private func update(_ order: PublishingOrder, _ change: (inout Told) -> Void) {
        guard let index = told.firstIndex(where: { $0.order.id == order.id }) else { return }
        change(&told[index])
    }

    private func forget(_ order: PublishingOrder) async {
        told.removeAll { $0.order.id == order.id }
        // A row too many is looked at once more by the next test, and harms nobody.
        try? await notes?.end(trial: order.id)
    }
}
