// An OpenAPI 3.0 document as far as requests need it: references followed, operations found by method and path.
import FoundationEssentials
import Platform

/// A document that is not what it should be: the tests cannot go on without it.
struct OpenAPIError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

struct OpenAPIDocument: Sendable {
    /// One operation with the values that the path of a request has for its template's names.
    struct Match: Sendable {
        /// `GET /zones/{zone_id}`
        let name: String
        let pathValues: [String: String]
        let parameters: [JSONValue]
        let requestBody: JSONValue?
    }

    private static let referenceLimit = 32
    private static let sizeLimitBytes = 1 << 20

    let root: JSONValue

    init(root: JSONValue) { self.root = root }

    init(contentsOf path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw OpenAPIError("no file \(path)") }
        root = try StrictJSON.parse([UInt8](data), limitBytes: Self.sizeLimitBytes)
    }

    /// The subset of Cloudflare's own description that holds the calls in question.
    static func cloudflare() throws -> OpenAPIDocument { try read.get() }

    private static let read = Result {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try OpenAPIDocument(contentsOf: tests.appending(path: "Fixtures/cloudflare/openapi.json").path)
    }

    /// The value itself, or what its `$ref` leads to. Members beside a `$ref` are ignored, as 3.0 has it.
    func resolve(_ value: JSONValue) throws -> JSONValue {
        var value = value
        for _ in 0..<Self.referenceLimit {
            guard let reference = value["$ref"]?.string else { return value }
            value = try target(reference)
        }
        throw OpenAPIError("references without an end")
    }

    private func target(_ reference: String) throws -> JSONValue {
        guard reference.hasPrefix("#/") else { throw OpenAPIError("\(reference) is not in this document") }
        var value = root
        for word in reference.dropFirst(2).split(separator: "/") {
            let key = word.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value[String(key)] else { throw OpenAPIError("\(reference) leads nowhere") }
            value = next
        }
        return value
    }

    /// The path under which the operations lie: `/client/v4`.
    var basePath: String {
        let url = root["servers"]?.array?.first?["url"]?.string ?? ""
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 3 ? "/" + parts[3] : ""
    }

    /// The operation of a request; a path of fixed words goes before one with names, as 3.0 has it.
    func match(method: String, path: String) throws -> Match? {
        guard path.hasPrefix(basePath + "/") else { return nil }
        let segments = path.dropFirst(basePath.count).split(separator: "/", omittingEmptySubsequences: false)
        var best: (match: Match, names: Int)?
        for (template, item) in root["paths"]?.object?.members.map({ ($0.key, $0.value) }) ?? [] {
            let words = template.split(separator: "/", omittingEmptySubsequences: false)
            guard words.count == segments.count,
                let operation = item[String(decoding: method.utf8.map { $0 | 0x20 }, as: UTF8.self)]
            else { continue }
            var values: [String: String] = [:]
            let fits = zip(words, segments).allSatisfy { word, segment in
                guard word.hasPrefix("{"), word.hasSuffix("}") else { return word == segment }
                values[String(word.dropFirst().dropLast())] = PercentCoding.decoded(segment)
                return !segment.isEmpty
            }
            guard fits, values.count < best?.names ?? .max else { continue }
            let shared = item["parameters"]?.array ?? []
            let match = Match(
                name: "\(method) \(template)",
                pathValues: values,
                parameters: try (shared + (operation["parameters"]?.array ?? [])).map(resolve),
                requestBody: try operation["requestBody"].map(resolve)
            )
            best = (match, values.count)
        }
        return best?.match
    }
}

/// `%41` means `A`; `+` means itself, as a form's space is no part of a URL.
enum PercentCoding {
    static func decoded(_ text: some StringProtocol) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
