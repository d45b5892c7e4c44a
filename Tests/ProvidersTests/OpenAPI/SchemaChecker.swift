// Holds a JSON value against a schema of OpenAPI 3.0, as something that is sent in a request.
import Platform

/// Where a value does not fit its schema.
struct SchemaFault: Equatable, Sendable, CustomStringConvertible {
    /// The keyword that is not met.
    let keyword: String
    /// `ssl/settings/http2`; empty for the value itself.
    let place: String
    let saw: String

    var description: String { "\(place.isEmpty ? "the value" : place): \(keyword) is not met by \(saw)" }
}

/// Knows every keyword of schemas that 3.0 has; a keyword that it does not know is a fault, never passed over.
struct SchemaChecker {
    private static let depthLimit = 64
    private static let annotations: Set<String> = [
        "title", "description", "example", "default", "deprecated", "externalDocs", "xml", "readOnly", "writeOnly",
        "nullable", "exclusiveMinimum", "exclusiveMaximum",
    ]
    static let words: Set<String> = [
        "type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "items",
        "minItems", "maxItems", "uniqueItems", "properties", "required", "additionalProperties", "minProperties",
        "maxProperties", "allOf", "anyOf", "oneOf", "not",
    ]

    let document: OpenAPIDocument

    func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "") throws -> [SchemaFault] {
        try faults(value, schema, place, Self.depthLimit)
    }

    private func faults(
        _ value: JSONValue,
        _ unresolved: JSONValue,
        _ place: String,
        _ depth: Int
    ) throws -> [SchemaFault] {
        guard depth > 0 else { throw OpenAPIError("schemas nested without an end at \(place)") }
        let schema = try document.resolve(unresolved)
        guard let keywords = schema.object else { throw OpenAPIError("no schema but \(schema.kind) at \(place)") }
        for key in keywords.keys where !Self.words.contains(key) && !Self.annotations.contains(key) {
            if !key.hasPrefix("x-") { throw OpenAPIError("schema keyword \(key) is not known here, at \(place)") }
        }
        // 3.0.3: nullable takes effect only beside a type.
        if value.isNull && schema["nullable"]?.bool == true && schema["type"] != nil { return [] }
        var faults: [SchemaFault] = []
        func miss(_ keyword: String) {
            let text = String(decoding: value.serialized(), as: UTF8.self)
            faults.append(SchemaFault(keyword: keyword, place: place, saw: String(text.prefix(80))))
        }
        if let type = schema["type"]?.string, !Self.isOf(type, value) { miss("type") }
        if let values = schema["enum"]?.array, !values.contains(where: { Self.isSame($0, value) }) { miss("enum") }
        switch value {
        case .string(let text): try TextRule.missed(text, schema).forEach(miss)
        case .number(let number): try NumberRule.missed(number, schema).forEach(miss)
        case .array(let elements):
            if let least = schema["minItems"]?.int, elements.count < least { miss("minItems") }
            if let most = schema["maxItems"]?.int, elements.count > most { miss("maxItems") }
            if schema["uniqueItems"]?.bool == true && Self.hasTwice(elements) { miss("uniqueItems") }
            if let items = schema["items"] {
                for (index, element) in elements.enumerated() {
                    faults += try self.faults(element, items, Self.join(place, "\(index)"), depth - 1)
                }
            }
        case .object(let object):
            faults += try memberFaults(object, schema, place, depth)
        case .bool, .null: break
        }
        for keyword in try missedCombinations(value, schema, place, depth) {
            if case .whole(let word) = keyword { miss(word) }
            if case .within(let more) = keyword { faults += more }
        }
        return faults
    }

    // MARK: objects

    private func memberFaults(
        _ object: JSONObject,
        _ schema: JSONValue,
        _ place: String,
        _ depth: Int
    ) throws -> [SchemaFault] {
        var faults: [SchemaFault] = []
        func miss(_ keyword: String, _ saw: String, _ key: String? = nil) {
            let whole = key.map { Self.join(place, $0) } ?? place
            faults.append(SchemaFault(keyword: keyword, place: whole, saw: saw))
        }
        if let least = schema["minProperties"]?.int, object.members.count < least {
            miss("minProperties", "\(object.members.count) members")
        }
        if let most = schema["maxProperties"]?.int, object.members.count > most {
            miss("maxProperties", "\(object.members.count) members")
        }
        for key in schema["required"]?.array?.compactMap(\.string) ?? [] where object[key] == nil {
            // What is read only is required of answers alone.
            if try !isReadOnly(key, in: schema, depth) { miss("required", "no \(key)", key) }
        }
        let properties = schema["properties"]
        for member in object.members {
            if let property = properties?[member.key] {
                if try document.resolve(property)["readOnly"]?.bool == true {
                    miss("readOnly", "a member that only answers have", member.key)
                }
                faults += try self.faults(member.value, property, Self.join(place, member.key), depth - 1)
            } else if let more = schema["additionalProperties"] {
                if more.bool == false { miss("additionalProperties", "a member of that name", member.key) }
                if more.object != nil {
                    faults += try self.faults(member.value, more, Self.join(place, member.key), depth - 1)
                }
            }
        }
        return faults
    }

    /// Whether a property is read only here or in a schema that this one is composed of.
    private func isReadOnly(_ key: String, in unresolved: JSONValue, _ depth: Int) throws -> Bool {
        guard depth > 0 else { return false }
        let schema = try document.resolve(unresolved)
        if let property = schema["properties"]?[key], try document.resolve(property)["readOnly"]?.bool == true {
            return true
        }
        let parts = ["allOf", "anyOf", "oneOf"].flatMap { schema[$0]?.array ?? [] }
        return try parts.contains { try isReadOnly(key, in: $0, depth - 1) }
    }

    // MARK: combinations

    private enum Missed {
        case whole(String)
        case within([SchemaFault])
    }

    private func missedCombinations(
        _ value: JSONValue,
        _ schema: JSONValue,
        _ place: String,
        _ depth: Int
    ) throws -> [Missed] {
        func results(_ keyword: String) throws -> [[SchemaFault]]? {
            try schema[keyword]?.array.map { parts in try parts.map { try faults(value, $0, place, depth - 1) } }
        }
        var missed: [Missed] = []
        if let all = try results("allOf") { missed.append(.within(all.flatMap { $0 })) }
        if let any = try results("anyOf"), !any.contains(where: \.isEmpty) { missed.append(.whole("anyOf")) }
        if let one = try results("oneOf") {
            let fitting = one.count(where: \.isEmpty)
            // Of a single alternative its own faults say more.
            if fitting == 0, one.count == 1 {
                missed.append(.within(one[0]))
            } else if fitting != 1 {
                missed.append(.whole("oneOf"))
            }
        }
        if let not = schema["not"], try faults(value, not, place, depth - 1).isEmpty { missed.append(.whole("not")) }
        return missed
    }

    // MARK: values

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("number", .number): true
        case ("integer", .number(let number)): !number.text.contains { ".eE".contains($0) }
        default: false
        }
    }

    /// Numbers are the same when they say the same: 1 and 1.0.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case .number(let one) = left, case .number(let other) = right {
            return Double(one.text) == Double(other.text)
        }
        return left == right
    }

    private static func hasTwice(_ elements: [JSONValue]) -> Bool {
        elements.indices.contains { index in elements[..<index].contains { isSame($0, elements[index]) } }
    }

    private static func join(_ place: String, _ key: String) -> String { place.isEmpty ? key : place + "/" + key }
}
