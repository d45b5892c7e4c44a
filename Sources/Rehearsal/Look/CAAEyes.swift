// How a rehearsed CA reads CAA records before it issues: with code of its own, and stricter than any: every server must allow it.
import DCV
import LDNS

extension ProviderEyes {
    /// CAs of the worlds: the provider's word for each, and the name that allows it.
    private static let names = [
        "google": "pki.goog", "lets_encrypt": "letsencrypt.org", "ssl_com": "ssl.com", "digicert": "digicert.com",
        "sectigo": "sectigo.com", "naver": "navercloudtrust.com",
    ]

    /// Why the CA must not issue for `host` (perhaps with `*.` before it); nil when it may.
    package func objection(to host: String, by authority: String) async -> String? {
        let isWildcard = host.utf8.starts(with: "*.".utf8)
        do {
            var name = try DomainName(isWildcard ? String(host.dropFirst(2)) : host)
            while !name.isRoot {
                let sets = try await answers(Question(name, .caa), detours: 0).map { address, message in
                    (address, Self.records(at: name, in: message))
                }
                for (address, records) in sets where !records.isEmpty {
                    guard Self.allows(records, Self.names[authority] ?? authority, isWildcard) else {
                        return "caa_error: \(address) shows CAA records at \(name) that do not allow \(authority)"
                    }
                }
                // Where one shows none, the climb may go on from there.
                if sets.allSatisfy({ !$0.1.isEmpty }) { return nil }
                guard let parent = name.parent else { return nil }
                name = parent
            }
            return nil
        } catch {
            return "caa_error: \(error)"
        }
    }

    private static func records(at name: DomainName, in message: Message) -> [(UInt8, String, String)] {
        let end = chainEnd(name, in: message)
        return message.answer.compactMap { record in
            guard record.owner == end, case .caa(let flags, let tag, let value) = record.data else { return nil }
            let words = tag.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }
            return (flags, String(decoding: words, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// Only what the worlds hold: a name, perhaps with something after a semicolon.
    private static func allows(_ records: [(UInt8, String, String)], _ name: String, _ isWildcard: Bool) -> Bool {
        let known = ["issue", "issuewild", "iodef"]
        if records.contains(where: { $0.0 >= 128 && !known.contains($0.1) }) { return false }
        let wild = isWildcard ? records.filter { $0.1 == "issuewild" } : []
        let counted = wild.isEmpty ? records.filter { $0.1 == "issue" } : wild
        if counted.isEmpty { return true }
        return counted.contains { record in
            record.2.split(separator: ";", omittingEmptySubsequences: false).first.map { part in
                part.split(separator: " ") == [Substring(name)]
            } ?? false
        }
    }

    /// The names that a token proves are not told by the token; labels with an underscore are no part of them.
    package func objection(to token: RehearsedToken, by authority: String) async -> String? {
        let owner: String
        switch token {
        case .txt(let name, _), .cname(let name, _): owner = name
        case .http(let url, _): owner = String(url.split(separator: "/").dropFirst().first ?? "")
        }
        let labels = owner.split(separator: ".").drop { $0.utf8.first == UInt8(ascii: "_") }
        return await objection(to: labels.joined(separator: "."), by: authority)
    }
}
