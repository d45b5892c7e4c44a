// The keywords of schemas that speak of texts and of numbers.
import DCV
import Platform

enum TextRule {
    static func missed(_ text: String, _ schema: JSONValue) throws -> [String] {
        var missed: [String] = []
        // Lengths are counted in code points (RFC 7159), not in octets.
        let length = text.unicodeScalars.count
        if let least = schema["minLength"]?.int, length < least { missed.append("minLength") }
        if let most = schema["maxLength"]?.int, length > most { missed.append("maxLength") }
        // A pattern may match anywhere.
        if let pattern = schema["pattern"]?.string, try Regex(pattern).firstMatch(in: text) == nil {
            missed.append("pattern")
        }
        if let format = schema["format"]?.string, try !fits(text, format) { missed.append("format") }
        return missed
    }

    private static func fits(_ text: String, _ format: String) throws -> Bool {
        switch format {
        case "date-time":
            let pattern = #"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"#
            return try Regex(pattern).firstMatch(in: text) != nil
        case "date": return try Regex(#"^\d{4}-\d\d-\d\d$"#).firstMatch(in: text) != nil
        case "uuid":
            return try Regex("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$").firstMatch(in: text) != nil
        case "ipv4": return IPAddress(text).map { !$0.isV6 } ?? false
        case "ipv6": return IPAddress(text)?.isV6 ?? false
        case "hostname": return (try? DomainName(text)) != nil
        // Formats are open: one that is not known says nothing.
        default: return true
        }
    }
}

enum NumberRule {
    static func missed(_ number: JSONNumber, _ schema: JSONValue) throws -> [String] {
        guard let value = Double(number.text) else { throw OpenAPIError("\(number.text) is no number") }
        func bound(_ keyword: String) -> Double? {
            guard case .number(let bound)? = schema[keyword] else { return nil }
            return Double(bound.text)
        }
        var missed: [String] = []
        if let least = bound("minimum") {
            let isExclusive = schema["exclusiveMinimum"]?.bool == true
            if value < least || isExclusive && value == least { missed.append("minimum") }
        }
        if let most = bound("maximum") {
            let isExclusive = schema["exclusiveMaximum"]?.bool == true
            if value > most || isExclusive && value == most { missed.append("maximum") }
        }
        if let step = bound("multipleOf"), step > 0, value.truncatingRemainder(dividingBy: step) != 0 {
            missed.append("multipleOf")
        }
        return missed
    }
}
