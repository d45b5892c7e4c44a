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
        let queries = resolvers.map { Query(question, to: $0.address, port: $0.port, recursionDesired: true) }
        var answers: [Query: Answer] = [:]
        for answer in await exchange.ask(Array(Set(queries))) { answers[answer.query] = answer }
        return zip(resolvers, queries).map { resolver, query in
            let answer = answers[query]
            return Observation(
                .recursive(resolver: resolver.name, address: resolver.address),
                sighting(answer?.outcome, question, record),
                roundTripMilliseconds: answer?.roundTripMilliseconds,
                asked: Asked(record.name, port: resolver.port)
            )
        }
    }

    private func sighting(_ outcome: Answer.Outcome?, _ question: Question, _ record: RequiredRecord) -> Sighting {
        switch outcome {
        case nil: return .unreachable(reason: "no answer")
        case .unreachable(let reason): return .unreachable(reason: reason)
        case .hostile(let reason): return .hostile(reason: reason)
        case .message(let message):
            let end = chainEnd(message, question)
            let reading = Reading(message, to: end, zone: .root, needsAuthority: false)
            return record.sighting(reading, valueLimit: configuration.limits.valuesPerName)
        }
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
