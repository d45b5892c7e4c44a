// The query of a request, taken apart.

struct QueryFields: Sendable {
    let values: [String: String]
    /// Names that came more than once; the last value counts.
    let repeatedNames: [String]

    init(_ query: String) {
        var values: [String: String] = [:]
        var repeated: [String] = []
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                Self.decoded($0)
            }
            let name = halves.first ?? ""
            if values.updateValue(halves.count > 1 ? halves[1] : "", forKey: name) != nil { repeated.append(name) }
        }
        self.values = values
        repeatedNames = repeated
    }

    static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == 0x2B ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
