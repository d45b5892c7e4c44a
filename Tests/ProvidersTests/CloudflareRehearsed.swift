// A provider over real connections against a rehearsed Cloudflare of a test's own making.
import DCV
import Platform
import Providers
import Rehearsal
import Synchronization

struct RehearsedAccount {
    let api: RehearsedCloudflare
    let provider: any Provider
    /// Whether the rehearsed CA finds what it looks for.
    let isShown: Flag

    final class Flag: Sendable {
        private let state = Mutex(false)
        var value: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    /// Starts it, hands it to `body`, and ends it whatever happens.
    static func run(
        _ zones: [RehearsedProviderZone],
        _ changes: [String: ProviderSettings.Value?] = [:],
        _ body: (RehearsedAccount) async throws -> Void
    ) async throws {
        let isShown = Flag()
        let api = try await RehearsedCloudflare.start(
            zones: zones,
            credentials: [.token(Sample.token), .key(email: "ops@example.com", key: "global-key")],
            look: { _ in isShown.value ? nil : "not there" }
        )
        let http = HTTPTransport()
        let result: Result<Void, any Error>
        do {
            var settings = changes
            settings["endpoint"] = .text(api.endpoint)
            let provider = try Sample.provider(http, settings)
            try await body(RehearsedAccount(api: api, provider: provider, isShown: isShown))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await http.shutdown()
        await api.shutdown()
        try result.get()
    }

    /// The routes asked since the last look here.
    func routes(since count: Int) -> [String] {
        api.calls.entries.dropFirst(count).map { $0.route?.rawValue ?? "unknown" }
    }
}
