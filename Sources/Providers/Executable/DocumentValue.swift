// A value of a program's document together with its place in it, so that every fault names the line a person must look at.
import DCV
import Platform

/// What a document holds at one place against what the contract has there.
struct DocumentFault: Error, Hashable, Sendable {
    /// Where: `$.authorizations[3].challenges[0].alternatives[1].value`, unknown keys escaped.
    let path: String
    /// Escaped and shortened.
    let saw: String
    let wanted: String
}

extension [DocumentFault] {
    /// Faults that are told one by one; a document may have a million.
    static let shownLimit = 10

    func findings(subject: String, advice: String) -> [Finding] {
        func finding(_ saw: String, wanted: String?) -> Finding {
            let code = ProviderFindingCode.answerNotUnderstood
            return Finding(code, .error, subject: subject, saw: saw, wanted: wanted, advice: advice)
        }
        let told = prefix(Self.shownLimit).map { finding("\($0.path): \($0.saw)", wanted: $0.wanted) }
        return count > told.count
            ? told + [finding("\(count - told.count) more faults of this kind", wanted: nil)] : told
    }
}

/// Gathers faults, so that one never hides the others.
struct DocumentFaults {
    private(set) var all: [DocumentFault] = []

    /// The value, or nil and one more fault.
    @discardableResult
    mutating func take<Value>(_ read: () throws(DocumentFault) -> Value) -> Value? {
        do {
            return try read()
        } catch {
            all.append(error)
            return nil
        }
    }
}

struct DocumentValue {
    /// Bytes shown of a text that is not what it should be.
    static let shownBytes = 64

    let value: JSONValue
    let path: String

    func fault(_ saw: String? = nil, wanted: String) -> DocumentFault {
        DocumentFault(path: path, saw: saw ?? shown, wanted: wanted)
    }

    private var shown: String {
        switch value {
        case .string(let text): "\"\(OctetText(text.utf8).shortened(limitBytes: Self.shownBytes))\""
        case .number(let number): OctetText(number.text.utf8).shortened(limitBytes: Self.shownBytes)
        case .bool(let flag): "\(flag)"
        case .null, .array, .object: value.kind
        }
    }

    /// The member of that key; nil where it is left out or null.
    subscript(key: String) -> DocumentValue? {
        guard let member = value[key], !member.isNull else { return nil }
        return DocumentValue(value: member, path: "\(path).\(key)")
    }

    func member(_ key: String, wanted: String) throws(DocumentFault) -> DocumentValue {
        if let member = self[key] { return member }
        throw DocumentFault(path: "\(path).\(key)", saw: "nothing", wanted: wanted)
    }

    /// Refuses what is no object, and keys that the contract does not have: a misspelt key must not be taken for one
    /// that was left out.
    func checkKeys(_ known: [String]) throws(DocumentFault) {
        guard let object = value.object else { throw fault(wanted: "an object") }
        guard let stranger = object.keys.first(where: { key in !known.contains { $0.utf8.elementsEqual(key.utf8) } })
        else { return }
        let shown = OctetText(stranger.utf8).shortened(limitBytes: Self.shownBytes)
        throw DocumentFault(
            path: "\(path).\(shown)",
            saw: "a key that the contract does not have",
            wanted: known.joined(separator: ", ")
        )
    }

    func items(limit: Int, of what: String) throws(DocumentFault) -> [DocumentValue] {
        guard let items = value.array else { throw fault(wanted: "a list of \(what)") }
        guard items.count <= limit else { throw fault("\(items.count) items", wanted: "at most \(limit) \(what)") }
        return items.enumerated().map { DocumentValue(value: $1, path: "\(path)[\($0)]") }
    }

    func text(_ what: String) throws(DocumentFault) -> String {
        guard let text = value.string, !text.isEmpty else { throw fault(wanted: what) }
        return text
    }

    func flag() throws(DocumentFault) -> Bool {
        guard let flag = value.bool else { throw fault(wanted: "true or false") }
        return flag
    }

    /// One word of a closed set.
    func word<Word: RawRepresentable & CaseIterable>(_: Word.Type) throws(DocumentFault) -> Word
    where Word.RawValue == String {
        guard let word = value.string.flatMap({ Word(rawValue: $0) }) else {
            throw fault(wanted: Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    /// Whole seconds since 1970, up to the end of the year 9999.
    func instant() throws(DocumentFault) -> Instant {
        guard let seconds = value.int, (0...253_402_300_799).contains(seconds) else {
            throw fault(wanted: "whole seconds since 1970")
        }
        return Instant(millisecondsSinceEpoch: seconds * 1000)
    }

    /// A text made a type that takes only harmless ones.
    func made<Value>(_ what: String, _ make: (String) throws(NameError) -> Value) throws(DocumentFault) -> Value {
        let text = try text(what)
        do {
            return try make(text)
        } catch {
            throw fault("\(error)", wanted: what)
        }
    }
}
