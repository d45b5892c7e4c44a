// The three words of `check` as a record: what a person types, made a type or refused with a reason.
package import DCV

package enum CheckRequest {
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// `NAME TXT VALUE`, `NAME CNAME TARGET` or `http://HOST/PATH HTTP BODY`.
    package static func record(name: String, type: String, value: String) throws(Refusal) -> RequiredRecord {
        do {
            switch ASCII.lowercased(type) {
            case "txt": return RequiredRecord(.txt(name: try DomainName(name), value: try TXTValue(value)))
            case "cname": return RequiredRecord(.cname(name: try DomainName(name), target: try DomainName(value)))
            case "http": return try token(name, value)
            default: throw Refusal(description: "the type must be TXT, CNAME or HTTP, not \"\(OctetText(type.utf8))\"")
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(description: "\(error)")
        }
    }

    private static func token(_ url: String, _ body: String) throws -> RequiredRecord {
        let octets = Array(url.utf8)
        let scheme = Array("http://".utf8)
        guard ASCII.lowercased(url).utf8.starts(with: scheme) else {
            throw Refusal(description: "a token file's URL begins with http:// (CAs look at port 80 first)")
        }
        let rest = octets.dropFirst(scheme.count)
        guard let slash = rest.firstIndex(of: 0x2F) else {
            throw Refusal(description: "the URL has no path; a token file lies below /.well-known/")
        }
        return RequiredRecord(
            .http(
                host: try DomainName(Array(rest[..<slash])),
                path: try HTTPTokenPath(rest[slash...]),
                body: try HTTPTokenBody(body)
            )
        )
    }
}
