// Signatures that hold now and end soon: a zone that nobody signs again is told of before a CA meets it bogus.
import DCV
import LDNS

enum SignatureEnds {
    /// What has more time left is never told.
    static let noticeSeconds: Int64 = 3 * 86_400
    /// Signers renew within the last third (BIND) to the last tenth (Knot) of a signature's life, and some sign for two days only:
    /// what has more than this share left is on its way to be renewed.
    static let noticeShare: Int64 = 10

    struct Ending: Hashable {
        let what: String
        let at: Instant
    }

    /// Of the RRsets in an answer, the one whose last signature ends first, if that is soon. Nothing is verified here.
    static func soonest(in message: Message, _ zone: DomainName, at now: Instant) -> Ending? {
        var last: [String: (leftSeconds: Int64, lifeSeconds: Int64)] = [:]
        let seconds = UInt32(truncatingIfNeeded: now.millisecondsSinceEpoch / 1000)
        for record in message.answer + message.authority where record.type == .rrsig {
            guard let owner = record.owner, let signature = RRSIG(record.dataOctets),
                signature.signer == CanonicalName(zone)
            else { continue }
            // Serial number arithmetic (RFC 4034 3.1.5).
            let left = Int64(Int32(bitPattern: signature.expiration &- seconds))
            let life = Int64(Int32(bitPattern: signature.expiration &- signature.inception))
            let what = "\(signature.typeCovered) of \(owner)"
            if left >= 0, left > last[what]?.leftSeconds ?? -1 { last[what] = (left, life) }
        }
        let soon = last.filter { $0.value.leftSeconds < min(noticeSeconds, $0.value.lifeSeconds / noticeShare) }
        guard let first = soon.min(by: { ($0.value.leftSeconds, $0.key) < ($1.value.leftSeconds, $1.key) }) else {
            return nil
        }
        return Ending(what: first.key, at: now.adding(seconds: first.value.leftSeconds))
    }
}

extension AuthoritativeView {
    /// The first name server, in order, whose signatures hold and soon will not.
    func signaturesThatEndSoon(
        in answers: [IPAddress: Answer],
        _ examination: Examination,
        _ set: ServerSet,
        _ question: Question
    ) -> Survey.Problem? {
        let now = cuts.pass.clock.now()
        for (server, address) in set.vantages where examination.statuses[address] == .secure {
            guard case .message(let message) = answers[address]?.outcome,
                let ending = SignatureEnds.soonest(in: message, set.apex, at: now)
            else { continue }
            return Survey.Problem(
                .signaturesEndSoon,
                "\(server) (\(address)): the signature over \(ending.what) ends \(ending.at.utcText)",
                wanted: "signatures with more than \(SignatureEnds.noticeSeconds / 86_400) days left",
                reproduce: DigLine.text(
                    "\(question.type)",
                    question.name,
                    at: address,
                    port: cuts.configuration.dnsPort,
                    .norecurse,
                    .dnssec
                )
            )
        }
        return nil
    }
}

extension AuthoritativeLook {
    mutating func add(_ problem: Survey.Problem?) {
        if let problem, !problems.contains(problem) { problems.append(problem) }
    }
}
