// Exchange as the views know it.

import DCV
import LDNS

extension Exchange: Asking {
    package func ask(_ batch: [Query]) async -> [Answer] {
        let queries = batch.enumerated().map { index, query in
            ExchangeQuery(
                tag: index,
                question: query.question,
                address: query.address,
                port: query.port,
                recursionDesired: query.recursionDesired
            )
        }
        var answers: [Answer] = []
        for await answer in ask(queries) {
            answers.append(
                Answer(
                    batch[answer.query.tag],
                    Answer.Outcome(answer.outcome),
                    roundTripMilliseconds: answer.roundTripMilliseconds.map { Int64($0) }
                )
            )
        }
        return answers
    }
}

extension Answer.Outcome {
    fileprivate init(_ outcome: ExchangeAnswer.Outcome) {
        switch outcome {
        case .answered(let message, _): self = .message(message)
        case .unreachable(let reason): self = .unreachable(reason: reason.description)
        case .hostile(let reason): self = .hostile(reason: reason.description)
        }
    }
}
