// The query of a request, taken apart.

struct QueryFields: Sendable {
    let values: [String: String]
    /// Names that came more than once; the last value counts.
    let repeatedNames: [String]
    /// Every value of each name, in the order they came.
    let allValues: [String: [String]]

    init(_ query: String) {
        var values: [String: String] = [:]
        var repeated: [String] = []
        var all: [String: [String]] = [:]
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                Self.decoded($0)
            }
            let name = halves.first ?? ""
            let value = halves.count > 1 ? halves[1] : ""
            if values.updateValue(value, forKey: name) != nil { repeated.append(name) }
            all[name, default: []].append(value)
        }
        self.values = values
        repeatedNames = repeated
        allValues = all
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
