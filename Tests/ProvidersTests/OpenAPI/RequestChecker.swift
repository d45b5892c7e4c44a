// Holds a request against an OpenAPI 3.0 document: its path, its query, its body.
import Platform

/// A request as it was sent.
struct SentRequest: Sendable {
    let method: String
    /// Without the query.
    let path: String
    /// Without the question mark.
    var query = ""
    var contentType: String?
    var body: [UInt8] = []
}

/// Where a request is not what the document says.
struct RequestFault: Sendable, CustomStringConvertible {
    /// `GET /zones/{zone_id}`; the request's own line where there is no such operation.
    let operation: String
    /// `path zone_id`, `query page`, `body ssl/method`, `operation`
    let place: String
    /// The keyword of the schema, or `unknown`, `missing`, `repeated`, `content type`, `JSON`.
    let keyword: String
    let saw: String

    var description: String { "\(operation): \(place): \(keyword): \(saw)" }
}

struct RequestChecker {
    private static let bodyLimitBytes = 1 << 20

    let document: OpenAPIDocument
    private let schemas: SchemaChecker

    init(_ document: OpenAPIDocument) {
        self.document = document
        schemas = SchemaChecker(document: document)
    }

    func faults(_ request: SentRequest) throws -> [RequestFault] {
        guard let match = try document.match(method: request.method, path: request.path) else {
            let line = "\(request.method) \(request.path)"
            return [RequestFault(operation: line, place: "operation", keyword: "unknown", saw: line)]
        }
        return try pathFaults(match) + queryFaults(match, request.query) + bodyFaults(match, request)
    }

    // MARK: path

    private func pathFaults(_ match: OpenAPIDocument.Match) throws -> [RequestFault] {
        try match.pathValues.sorted { $0.key < $1.key }.flatMap { name, value -> [RequestFault] in
            let place = "path \(name)"
            guard let parameter = Self.parameter(name, "path", match) else {
                throw OpenAPIError("\(match.name) does not describe \(name)")
            }
            return try textFaults([value], parameter, match, place)
        }
    }

    // MARK: query

    private func queryFaults(_ match: OpenAPIDocument.Match, _ query: String) throws -> [RequestFault] {
        var values: [String: [String]] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[PercentCoding.decoded(halves[0]), default: []].append(
                halves.count > 1 ? PercentCoding.decoded(halves[1]) : ""
            )
        }
        var faults: [RequestFault] = []
        for (name, texts) in values.sorted(by: { $0.key < $1.key }) {
            let place = "query \(name)"
            guard let parameter = Self.parameter(name, "query", match) else {
                let saw = texts.joined(separator: " and ")
                faults.append(RequestFault(operation: match.name, place: place, keyword: "unknown", saw: saw))
                continue
            }
            faults += try textFaults(texts, parameter, match, place)
        }
        for parameter in match.parameters where parameter["in"]?.string == "query" {
            guard parameter["required"]?.bool == true, let name = parameter["name"]?.string, values[name] == nil else {
                continue
            }
            let place = "query \(name)"
            faults.append(RequestFault(operation: match.name, place: place, keyword: "missing", saw: "nothing"))
        }
        return faults
    }

    private static func parameter(_ name: String, _ place: String, _ match: OpenAPIDocument.Match) -> JSONValue? {
        // An operation's own description goes before that of its path.
        match.parameters.last { $0["name"]?.string == name && $0["in"]?.string == place }
    }

    private func textFaults(
        _ texts: [String],
        _ parameter: JSONValue,
        _ match: OpenAPIDocument.Match,
        _ place: String
    ) throws -> [RequestFault] {
        guard let schema = try parameter["schema"].map(document.resolve) else {
            throw OpenAPIError("\(match.name) gives \(place) no schema")
        }
        let items = schema["type"]?.string == "array" ? schema["items"] : nil
        if texts.count > 1 && items == nil {
            let saw = texts.joined(separator: " and ")
            return [RequestFault(operation: match.name, place: place, keyword: "repeated", saw: saw)]
        }
        return try texts.flatMap { text -> [RequestFault] in
            // A query has no types: a text may stand for every value that is written so, and one must fit.
            let results = try Self.meanings(text).map { try schemas.faults($0, items ?? schema) }
            if results.contains(where: \.isEmpty) { return [] }
            // The meaning that comes furthest says most: only then is it not just the type that is wrong.
            let best = results.first { !$0.contains { $0.keyword == "type" } } ?? results[0]
            return best.map {
                RequestFault(operation: match.name, place: place, keyword: $0.keyword, saw: text)
            }
        }
    }

    private static func meanings(_ text: String) -> [JSONValue] {
        var meanings: [JSONValue] = [.string(text)]
        switch text {
        case "true": meanings.append(true)
        case "false": meanings.append(false)
        default:
            if let value = try? StrictJSON.parse(Array(text.utf8), limitBytes: text.utf8.count), value.isNumber {
                meanings.append(value)
            }
        }
        return meanings
    }

    // MARK: body

    private func bodyFaults(_ match: OpenAPIDocument.Match, _ request: SentRequest) throws -> [RequestFault] {
        func fault(_ keyword: String, _ saw: String, _ place: String = "body") -> RequestFault {
            RequestFault(operation: match.name, place: place, keyword: keyword, saw: saw)
        }
        guard let description = match.requestBody else {
            return request.body.isEmpty ? [] : [fault("unknown", "\(request.body.count) octets")]
        }
        guard !request.body.isEmpty else {
            return description["required"]?.bool == true ? [fault("missing", "nothing")] : []
        }
        let type = (request.contentType ?? "").split(separator: ";").first.map { String($0) } ?? ""
        guard let content = description["content"]?[type] else { return [fault("content type", type)] }
        let body: JSONValue
        do {
            body = try StrictJSON.parse(request.body, limitBytes: Self.bodyLimitBytes)
        } catch {
            return [fault("JSON", "\(error)")]
        }
        guard let schema = content["schema"] else { return [] }
        return try schemas.faults(body, schema).map {
            fault($0.keyword, $0.saw, $0.place.isEmpty ? "body" : "body " + $0.place)
        }
    }
}

extension JSONValue {
    fileprivate var isNumber: Bool { if case .number = self { true } else { false } }
}
