// What an accepted check says about the proof: it may be a refusal with status 200.
import DCV
import Platform

enum DigiCertCheck {
    /// Names shown of a longer list.
    private static let shownLimit = 5

    /// What was not found, in words; nil when everything was, or when the answer does not say.
    static func missed(_ document: JSONValue) -> String? {
        let names = (document["dns_name_validations"]?.array ?? []).filter { !isFound($0["status"]) }
        if !names.isEmpty {
            let told = names.map { "\(text($0["dns_name"])): \(text($0["status"]))" }
            return "not proved: \(told.listed(upTo: shownLimit))"
        }
        // `status` is a domain's, `dcv_status` an order's.
        for key in ["status", "dcv_status"] where !isFound(document[key]) {
            return "\(key) \"\(text(document[key]))\" after the check"
        }
        return nil
    }

    private static func isFound(_ value: JSONValue?) -> Bool {
        guard let value, !value.isNull else { return true }
        return ["active", "approved", "complete", "valid"].contains(ASCII.lowercased(value.string ?? ""))
    }

    private static func text(_ value: JSONValue?) -> String {
        value?.string.map { OctetText($0.utf8).shortened() } ?? value?.kind ?? "nothing"
    }
}
