// Answers nobody would send: seeded faults in the octets and in the values of an honest one.
import Platform

enum Mutations {
    static let payloads = [
        "$(touch x)", "`id`", "; rm -rf /", "&& reboot", "|sh", "a\nb", "\r\n", "\u{0}", "\t", "'", "\"", "$IFS", "*",
        "~", "%s%n", "--help", "@file", "../..", "/etc/passwd", "\"},{\"", "' OR 1=1", "\\065", "\u{1B}[2J", "\u{202E}",
        "\u{FEFF}", "ｅxample.com", "\u{212A}", "e\u{301}", "=A=B", "() { :;};", "{{7*7}}", "<script>",
        "http://u:p@example.com/", "_acme-challenge.evil.net", "example.com.evil.net", "evilexample.com", "127.0.0.1",
        ".", "..", "", " ", "v=spf1", "*.example.com", "_x.*.example.com", "-1", "0", "9223372036854775808",
        "2026-02-30 25:61:61", "VALID_STATUS_REG", "Y",
        String(repeating: "a", count: 255), String(repeating: "a", count: 256), String(repeating: "a.", count: 4000),
    ]

    /// One to four faults in the octets.
    static func octets(_ bytes: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(40)))
            case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.below(40))], at: place)
            default: bytes.insert(contentsOf: payloads[random.below(payloads.count)].utf8, at: place)
            }
        }
        return bytes
    }

    /// The document with values exchanged: payloads for texts, other kinds for kinds, members renamed to `key`, lists
    /// repeated.
    static func value(_ value: JSONValue, _ random: SeededRandom, renamed key: String, depth: Int = 0) -> JSONValue {
        if random.below(40) == 0, depth > 0 { return strangers[random.below(strangers.count)] }
        switch value {
        case .string where random.below(5) == 0: return .string(payloads[random.below(payloads.count)])
        case .string(let text) where random.below(12) == 0:
            return .string(text + payloads[random.below(payloads.count)])
        case .array(let items):
            let mutated = items.map { Self.value($0, random, renamed: key, depth: depth + 1) }
            return .array(random.below(8) == 0 ? mutated + mutated : mutated)
        case .object(let object):
            let members = object.members.map { member in
                (
                    random.below(60) == 0 ? key : member.key,
                    Self.value(member.value, random, renamed: key, depth: depth + 1)
                )
            }
            return .object(JSONObject(members))
        default: return value
        }
    }

    private static let strangers: [JSONValue] = [
        .null, true, -1, 9_223_372_036_854_775_807, "", [], [:], [.null], [["txtName": "x"]], "0",
    ]
}
