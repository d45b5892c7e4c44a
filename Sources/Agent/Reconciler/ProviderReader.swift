// Reads every provider in its own bulkhead: one that fails costs the others nothing, one that never ends costs them the deadline.
package import DCV

package struct ProviderReader: Sendable {
    /// For everything that one provider has to say: an account of two thousand zones is read within it, at the limit of its API.
    package static let deadlineMilliseconds: Int64 = 1_200_000

    let deadlineMilliseconds: Int64

    package init(deadlineMilliseconds: Int64 = Self.deadlineMilliseconds) {
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    /// In the order of the providers.
    /// - Parameter tell: is told after each how many have been read.
    package func read(
        _ providers: [any Provider],
        tell: (Int) -> Void = { _ in }
    ) async -> [ProviderReading] {
        await withTaskGroup(of: (Int, ProviderReading).self) { group in
            for (index, provider) in providers.enumerated() {
                group.addTask { (index, await read(provider)) }
            }
            var readings: [(Int, ProviderReading)] = []
            for await reading in group {
                readings.append(reading)
                tell(readings.count)
            }
            return readings.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The time is the machine's own: what a provider takes is no matter of the run's clock.
    private func read(_ provider: any Provider) async -> ProviderReading {
        let deadline = deadlineMilliseconds
        let reading = await Deadline.race(sleep: { try await Task.sleep(for: .milliseconds(deadline)) }) {
            await provider.read()
        }
        return reading ?? unread(provider.name)
    }

    private func unread(_ provider: ProviderName) -> ProviderReading {
        let finding = Finding(
            "provider-too-slow",
            .waiting,
            subject: "\(provider)",
            saw: "its reading did not end within \(deadlineMilliseconds / 60_000) minutes",
            wanted: "every certificate that it has",
            advice: "name fewer zones in one provider entry, or look at its status page; nothing is concluded from it"
        )
        return ProviderReading(provider: provider, authorizations: [], findings: [finding], isComplete: false)
    }
}
