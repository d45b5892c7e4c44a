// Asks every provider at once what its credential may do; one that does not answer costs the others nothing.
package import DCV

package struct ProviderExaminer: Sendable {
    /// For all requests of one provider; longer than a single one may take, so that a provider can say itself what hangs.
    package static let deadlineMilliseconds: Int64 = 45_000

    private let clock: any Clock

    package init(clock: any Clock) { self.clock = clock }

    /// One examination for each provider, in order.
    /// - Parameters:
    ///   - providers: each with its kind, as the configuration writes it.
    ///   - waitingFor: told whenever it changes which of them have not answered.
    package func examine(
        _ providers: [(provider: any Provider, kind: String)],
        waitingFor: @Sendable ([ProviderName]) -> Void
    ) async -> [ProviderExamination] {
        await withTaskGroup(of: (Int, ProviderExamination).self) { group in
            for (index, entry) in providers.enumerated() {
                group.addTask { (index, await examine(entry.provider, entry.kind)) }
            }
            var examinations: [Int: ProviderExamination] = [:]
            waitingFor(providers.map(\.provider.name))
            for await (index, examination) in group {
                examinations[index] = examination
                waitingFor(providers.indices.filter { examinations[$0] == nil }.map { providers[$0].provider.name })
            }
            return providers.indices.compactMap { examinations[$0] }
        }
    }

    private func examine(_ provider: any Provider, _ kind: String) async -> ProviderExamination {
        let clock = clock
        let examination = await Deadline.race(sleep: { try await clock.sleep(milliseconds: Self.deadlineMilliseconds) })
        {
            await provider.examine()
        }
        return examination ?? Self.unanswered(provider.name, kind)
    }

    private static func unanswered(_ provider: ProviderName, _ kind: String) -> ProviderExamination {
        let finding = Finding(
            "provider-not-examined",
            .waiting,
            subject: "\(provider): what its credential may do",
            saw: "no end of it within \(deadlineMilliseconds / 1000) s",
            advice: "try again later; if it stays so, look at the network and at the configured endpoint"
        )
        return ProviderExamination(provider: provider, kind: kind, scope: nil, rights: [], findings: [finding])
    }
}
