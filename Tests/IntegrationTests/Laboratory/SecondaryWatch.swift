// Looks at the secondary all the time, so that a test can prove what it did not show when something else happened.
import DCV
import LDNS
import Platform
import Synchronization

/// Watches one value until every address of the secondary shows it.
final class SecondaryWatch: Sendable {
    private static let pauseMilliseconds: Int64 = 20

    private let lacked = Mutex<Int64?>(nil)
    private let shown = Mutex<Int64?>(nil)

    /// Wall clock: when a question was sent whose answer still lacked the value.
    var lastLacking: Int64? { lacked.withLock { $0 } }
    /// Wall clock: when all addresses had answered with it.
    var firstShown: Int64? { shown.withLock { $0 } }

    static func start(
        _ servers: NameServers,
        _ name: String,
        _ value: String,
        type: RecordType = .txt
    ) -> SecondaryWatch {
        let watch = SecondaryWatch()
        Task {
            while watch.firstShown == nil, !Task.isCancelled {
                let asked = Laboratory.now
                guard let isShown = try? await servers.secondaryShows(name, value, type: type) else { return }
                if isShown {
                    watch.shown.withLock { $0 = Laboratory.now }
                } else {
                    watch.lacked.withLock { $0 = asked }
                }
                try? await SystemClock().sleep(milliseconds: pauseMilliseconds)
            }
        }
        return watch
    }
}
