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
                recursionDesired: query.recursionDesired,
                transport: query.transport,
                usesEDNS: query.usesEDNS
            )
        }
        var answers: [Answer] = []
        for await answer in ask(queries) {
            answers.append(
                Answer(
                    batch[answer.query.tag],
                    Answer.Outcome(answer.outcome),
                    roundTripMilliseconds: answer.roundTripMilliseconds.map { Int64($0) },
                    manner: Answer.Manner(
                        transport: answer.transport,
                        tcpBecause: answer.tcpBecause,
                        usedEDNS: answer.usedEDNS
                    ),
                    octets: answer.outcome.octets
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

extension ExchangeAnswer.Outcome {
    fileprivate var octets: [UInt8] { if case .answered(_, let octets) = self { octets } else { [] } }
}
