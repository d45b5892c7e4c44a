// Short ways to write worlds down in tests.

import DCV

/// 2026-11-21T09:00:00Z.
let testNow = Instant(millisecondsSinceEpoch: 1_795_251_600_000)

func name(_ text: String) throws -> DomainName { try DomainName(text) }

func txt(_ owner: String, _ value: String, purpose: RequiredRecord.Purpose = .oneTime) throws -> RequiredRecord {
    RequiredRecord(.txt(name: try DomainName(owner), value: try TXTValue(value)), purpose: purpose)
}

func cname(_ owner: String, _ target: String, purpose: RequiredRecord.Purpose = .oneTime) throws -> RequiredRecord {
    RequiredRecord(.cname(name: try DomainName(owner), target: try DomainName(target)), purpose: purpose)
}

func file(_ host: String, _ fileName: String, _ body: String) throws -> RequiredRecord {
    RequiredRecord(
        .http(
            host: try DomainName(host),
            path: try HTTPTokenPath("/.well-known/pki-validation/" + fileName),
            body: try HTTPTokenBody(body)
        )
    )
}

/// Ways for a sighting to be; `.absent` may stay in caches for 300 s, `.wrong` for 60 s.
let everySighting: [Sighting] = [
    .present(others: []), .absent(negativeTTLSeconds: 300), .wrong(saw: [OctetText("other".utf8)], ttlSeconds: 60),
    .notServed(reason: "REFUSED"), .unreachable(reason: "no answer in 5 s"), .bogus(reason: "signature expired"),
    .hostile(reason: "answer is no message"),
]

extension JournalEntry {
    /// A call with an effect at the provider.
    var isAsking: Bool {
        switch intent.effect {
        case .trigger, .changeMethod, .revalidate: true
        case .publish, .withdraw: false
        }
    }

    var isTrigger: Bool { if case .trigger = intent.effect { true } else { false } }

    func isPublish(of record: RequiredRecord) -> Bool {
        if case .publish(let published, _, _, _) = intent.effect { published.content == record.content } else { false }
    }
}
