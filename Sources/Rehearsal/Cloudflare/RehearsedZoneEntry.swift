// One record in the provider's own list (`dns_records`): content as text, as its owner wrote it.
import DCV

package struct RehearsedZoneEntry: Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let id: String
    package let type: String
    package let name: String
    /// A TXT content may stand in quotes.
    package let content: String
    package let ttlSeconds: Int

    package init(id: String, type: String, name: String, content: String, ttlSeconds: Int = 1) {
        self.id = id
        self.type = type
        self.name = name
        self.content = content
        self.ttlSeconds = ttlSeconds
    }

    /// What the record says: for TXT the strings within quotes, put together.
    var plainContent: String { type == "TXT" ? Self.unquoted(content) : content }

    /// Whether the provider takes both for one record.
    func isSame(as other: RehearsedZoneEntry) -> Bool {
        type == other.type && ASCII.lowercased(name) == ASCII.lowercased(other.name)
            && plainContent == other.plainContent
    }

    /// What name servers show of it, as far as the rehearsed ones can.
    var token: RehearsedToken? {
        switch type {
        case "TXT": .txt(name: name, value: plainContent)
        case "CNAME": .cname(name: name, target: content)
        default: nil
        }
    }

    func entry(quoted: Bool) -> JSONText {
        .members([
            "id": .string(id), "type": .string(type), "name": .string(name),
            "content": .string(quoted && type == "TXT" ? "\"\(plainContent)\"" : content),
            "proxiable": .bool(false), "proxied": .bool(false), "ttl": .integer(ttlSeconds), "settings": .object([]),
            "meta": .object([]), "comment": .null, "tags": .array([]),
            "created_on": .string("2026-01-01T05:20:00.12345Z"), "modified_on": .string("2026-01-01T05:20:00.12345Z"),
        ])
    }

    /// Text without quotes stands for itself.
    private static func unquoted(_ text: String) -> String {
        guard text.utf8.first == 0x22 else { return text }
        var plain: [UInt8] = []
        var isInside = false
        var isEscaped = false
        for octet in text.utf8 {
            if isEscaped {
                plain.append(octet)
                isEscaped = false
            } else if octet == 0x5C && isInside {
                isEscaped = true
            } else if octet == 0x22 {
                isInside.toggle()
            } else if isInside {
                plain.append(octet)
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    // MARK: The form of a new one

    private static let stringLimitOctets = 255
    private static let ttlRange = 60...86_400
    private static let memberNames: Set<String> = ["type", "name", "content", "ttl", "comment", "proxied", "tags"]

    static func complaint(_ body: JSONText) -> Complaint? {
        if let key = body.keys?.first(where: { !memberNames.contains($0) }) {
            return Complaint("a member \(key), which this call does not take")
        }
        guard let type = body["type"]?.asString, body["name"]?.asString?.isEmpty == false,
            let content = body["content"]?.asString, !content.isEmpty
        else { return Complaint("a record without type, name or content") }
        if let ttl = body["ttl"] {
            guard let seconds = ttl.asInteger, seconds == 1 || ttlRange.contains(seconds) else {
                return Complaint("Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.", code: 9021)
            }
        }
        guard type == "TXT" else { return nil }
        let strings =
            content.utf8.first == 0x22 ? content.split(separator: "\"").map { $0.utf8.count } : [content.utf8.count]
        return strings.contains { $0 > stringLimitOctets } ? Complaint("a string longer than 255 octets") : nil
    }
}
