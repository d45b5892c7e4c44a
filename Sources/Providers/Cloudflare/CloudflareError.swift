// The error objects in Cloudflare's envelope, read leniently (codes are missing, numbers or strings) and said in one
// line.
import DCV
import Platform

/// One entry of `errors`, with the chain of reasons below it.
struct CloudflareError: Equatable, Sendable, CustomStringConvertible {
    /// Errors that are read of one answer, and reasons of one error.
    static let countLimit = 5
    /// Reasons of reasons that are followed.
    static let chainDepthLimit = 4
    /// Bytes shown of one text.
    static let textLimitBytes = 200

    let code: Int64?
    let message: String
    let pointer: String?
    let documentation: String?
    let chain: [CloudflareError]

    /// What stands in `errors`; null, absent and other kinds count as none.
    static func list(in value: JSONValue?, depth: Int = 0) -> [CloudflareError] {
        guard depth < chainDepthLimit, let entries = value?.array else { return [] }
        return entries.prefix(countLimit).map { CloudflareError($0, depth: depth) }
    }

    private init(_ value: JSONValue, depth: Int) {
        code = value["code"]?.intOrNumericString
        message = Self.text(value["message"] ?? (value.object == nil ? value : nil)) ?? "no message"
        pointer = Self.text(value["source"]?["pointer"])
        documentation = Self.text(value["documentation_url"])
        chain = Self.list(in: value["error_chain"], depth: depth + 1)
    }

    /// This code and those of the chain.
    var codes: [Int64] { (code.map { [$0] } ?? []) + chain.flatMap { $0.codes } }

    /// This message and those of the chain, in lower case, for the few codes that mean two things.
    var words: String { ASCII.lowercased(([message] + chain.map { $0.words }).joined(separator: " ")) }

    var description: String {
        var text = code.map { "code \($0): \(message)" } ?? message
        if let pointer { text += " (at \(pointer))" }
        if !chain.isEmpty { text += ", because " + chain.map { $0.description }.joined(separator: ", and ") }
        if let documentation { text += ", see \(documentation)" }
        return text
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return OctetText(text.utf8).shortened(limitBytes: textLimitBytes)
    }
}
