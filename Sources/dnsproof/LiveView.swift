// What a run shows while it goes on: effects always, sightings and a countdown only to a person at a terminal.
import Agent
import DCV
import Platform
import Synchronization

/// Turns run events into lines as they happen.
final class LiveView: Sendable {
    private static let tickMilliseconds: Int64 = 500

    private struct State {
        /// The last lines shown for each record, so that a poll that saw nothing new says nothing.
        var shown: [RequiredRecord: [String]] = [:]
        var countdown: Task<Void, Never>?
        /// Not said yet.
        var heading: [String]
    }

    private let clock: any Clock
    private let isSilent: Bool
    private let state: Mutex<State>

    /// - Parameter heading: stands above the first line that is said; unsaid while there is none.
    init(clock: any Clock, isSilent: Bool, heading: [String]) {
        self.clock = clock
        self.isSilent = isSilent
        state = Mutex(State(heading: heading))
    }

    func say(_ lines: [String]) {
        if lines.isEmpty { return }
        let heading = state.withLock { state in
            defer { state.heading = [] }
            return state.heading
        }
        Output.say(heading + lines)
    }

    func tell(_ event: RunEvent) {
        if isSilent { return }
        stopCountdown()
        switch event {
        case .surveyed(let surveys):
            if Output.screen.isTerminal { show(surveys) }
        case .sleeping(let until, _):
            if Output.screen.isTerminal { startCountdown(until, event) }
        case .performing: Output.showFleeting(RunText.lines(event, at: clock.now()).first ?? "")
        case .performed: say(RunText.lines(event, at: clock.now()))
        case .reading: Output.showFleeting("reading what the providers wait for ...")
        case .surveying(let records): Output.showFleeting("looking for \(records) record\(records == 1 ? "" : "s") ...")
        }
    }

    func close() { stopCountdown() }

    private func show(_ surveys: [Survey]) {
        for survey in surveys {
            let lines = SurveyText.lines(survey)
            // Round-trip times differ with every look; what was seen is news, how fast is not.
            let news = [SurveyText.verdictKey(survey)]
            let isNew = state.withLock { state in
                defer { state.shown[survey.record] = news }
                return state.shown[survey.record] != news
            }
            if isNew { say(lines) }
        }
    }

    private func startCountdown(_ until: Instant, _ event: RunEvent) {
        let task = Task { [clock] in
            while !Task.isCancelled, clock.now() < until {
                Output.showFleeting(RunText.lines(event, at: clock.now()).first ?? "")
                try? await clock.sleep(milliseconds: Self.tickMilliseconds)
            }
        }
        state.withLock { $0.countdown = task }
    }

    private func stopCountdown() {
        let task = state.withLock { state in
            defer { state.countdown = nil }
            return state.countdown
        }
        task?.cancel()
        Output.clearFleeting()
    }
}
