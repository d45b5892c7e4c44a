// The three words of `check` as a record: what a person types, made a type or refused with a reason.
package import DCV

package enum CheckRequest {
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// `NAME TXT VALUE`, `NAME CNAME TARGET` or `http://HOST/PATH HTTP BODY`.
    package static func record(name: String, type: String, value: String) throws(Refusal) -> RequiredRecord {
        switch ASCII.lowercased(type) {
        case "txt":
            let owner = try read("name", .owner) { () throws(NameError) in try DomainName(name) }
            let text = try read("value", .value) { () throws(NameError) in try TXTValue(value) }
            return RequiredRecord(.txt(name: owner, value: text))
        case "cname":
            let owner = try read("name", .owner) { () throws(NameError) in try DomainName(name) }
            let target = try read("value", .name) { () throws(NameError) in try DomainName(value) }
            return RequiredRecord(.cname(name: owner, target: target))
        case "http": return try token(name, value)
        default:
            let hint = Nearest.proposal(ASCII.lowercased(type), among: ["txt", "cname", "http"])
            let shown = OctetText(type.utf8).shortened()
            throw Refusal(description: "the type must be TXT, CNAME or HTTP, not \"\(shown)\"\(hint)")
        }
    }

    private static func read<Value>(
        _ what: String,
        _ field: TypedField,
        _ make: () throws(NameError) -> Value
    ) throws(Refusal) -> Value {
        do {
            return try make()
        } catch {
            throw Refusal(description: "the \(what) \(error.told(as: field))")
        }
    }

    private static func token(_ url: String, _ body: String) throws(Refusal) -> RequiredRecord {
        let octets = Array(url.utf8)
        let scheme = Array("http://".utf8)
        guard ASCII.lowercased(url).utf8.starts(with: scheme) else {
            throw Refusal(description: "a token file's URL begins with http:// (CAs look at port 80 first)")
        }
        let rest = octets.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: 0x2F) else {
            throw Refusal(description: "the URL has no path; a token file lies below /.well-known/")
        }
        let host = try read("URL's host", .name) { () throws(NameError) in try DomainName(Array(rest[..<slash])) }
        let path = try read("URL's path", .path) { () throws(NameError) in try HTTPTokenPath(rest[slash...]) }
        let token = try read("value", .value) { () throws(NameError) in try HTTPTokenBody(body) }
        return RequiredRecord(.http(host: host, path: path, body: token))
    }
}
