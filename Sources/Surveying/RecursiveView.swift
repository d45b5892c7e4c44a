// The look through named recursive resolvers. They keep a "no", so they are asked last: when every authoritative
// address says yes.
import DCV
import LDNS

struct RecursiveView: Sendable {
    let configuration: SurveyorConfiguration
    let exchange: any Asking

    /// Asks each named resolver with RD. Names that the configuration does not have are left out: they never count as
    /// agreeing.
    func observe(_ record: RequiredRecord, _ type: RecordType, resolvers names: [String]) async -> [Observation] {
        let resolvers = names.compactMap { name in configuration.resolvers.first { $0.name == name } }
        let question = Question(record.name, type)
        let queries = resolvers.map { $0.query(question) }
        var answers: [Query: Answer] = [:]
        for answer in await exchange.ask(Array(Set(queries))) { answers[answer.query] = answer }
        return zip(resolvers, queries).map { resolver, query in
            let answer = answers[query]
            return Observation(
                .recursive(resolver: resolver.name, address: resolver.address),
                sighting(answer?.outcome, question, record, resolver),
                roundTripMilliseconds: answer?.roundTripMilliseconds,
                note: note(answer?.outcome, resolver),
                asked: resolver.asked(record.name)
            )
        }
    }

    private func sighting(
        _ outcome: Answer.Outcome?,
        _ question: Question,
        _ record: RequiredRecord,
        _ resolver: SurveyorConfiguration.Resolver
    ) -> Sighting {
        switch outcome {
        case nil: return .unreachable(reason: "no answer")
        case .unreachable(let reason): return .unreachable(reason: reason)
        case .hostile(let reason): return .hostile(reason: reason)
        case .message(let message):
            let errors = message.edns?.errors ?? []
            // Who validates and may be believed says with this what a CA's resolver will say.
            if message.rcode == .serverFailure, resolver.isBelieved, errors.contains(where: \.isValidationFailure) {
                return .bogus(reason: Self.told(message.rcode.description, errors))
            }
            let end = chainEnd(message, question)
            let reading = Reading(message, to: end, zone: .root, needsAuthority: false)
            let sighting = record.sighting(reading, valueLimit: configuration.limits.valuesPerName)
            guard case .notServed(let reason) = sighting else { return sighting }
            return .notServed(reason: Self.told(reason, errors))
        }
    }

    /// The reason, with what the resolver said about it (RFC 8914).
    private static func told(_ reason: String, _ errors: [ExtendedError]) -> String {
        ([reason] + errors.map(\.description)).joined(separator: ", ")
    }

    private func note(_ outcome: Answer.Outcome?, _ resolver: SurveyorConfiguration.Resolver) -> ResolverNote? {
        guard case .message(let message)? = outcome else { return nil }
        let errors = (message.edns?.errors ?? []).map(\.description)
        let isValidated = message.authenticatedData && resolver.isBelieved && message.rcode == .noError
        guard isValidated || !errors.isEmpty else { return nil }
        return ResolverNote(isValidated: isValidated, errors: errors)
    }

    /// The question at the end of the CNAME chain that the resolver put into its answer.
    private func chainEnd(_ message: Message, _ question: Question) -> Question {
        var name = question.name
        for _ in 0..<configuration.limits.aliasHops where question.type != .cname {
            let next = message.answer.compactMap { record -> DomainName? in
                guard record.isInternet, record.owner == name, case .cname(let target) = record.data else { return nil }
                return target
            }
            guard let target = next.first else { break }
            name = target
        }
        return Question(name, question.type)
    }
}
