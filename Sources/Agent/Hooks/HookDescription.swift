// What a hook says it can do: the answer to the verb `describe`, read strictly.
package import DCV
import Platform

/// The kinds of record a hook publishes and the names it can write them at.
package struct HookDescription: Hashable, Sendable {
    package enum Labels: Hashable, Sendable {
        case any
        /// First labels, in lower case; at others the hook cannot write.
        case only(Set<String>)
    }

    package static let answerLimitBytes = 4 << 10
    package static let labelLimit = 64

    /// Of a hook that does not know the verb.
    package static let undescribed = HookDescription(kinds: [.txt, .cname], labels: .any)

    private static let keys = ["kinds", "labels", "takes_s"]

    package let kinds: Set<RecordKind>
    package let labels: Labels
    /// Until what the hook has published is visible, at the longest; nil where it does not say.
    package let takesSeconds: Int64?

    package init(kinds: Set<RecordKind>, labels: Labels, takesSeconds: Int64? = nil) {
        self.kinds = kinds
        self.labels = labels
        self.takesSeconds = takesSeconds
    }

    /// Reads the answer: one JSON object with `kinds`, perhaps `labels` and `takes_s`, and nothing else, so that a
    /// misspelt key is noticed.
    package init(answer: [UInt8]) throws(HookDescriptionError) {
        let document: JSONValue
        do {
            document = try StrictJSON.parse(answer, limitBytes: Self.answerLimitBytes)
        } catch {
            throw HookDescriptionError("\(error)")
        }
        guard let object = document.object else { throw HookDescriptionError("saw \(document.kind), wanted an object") }
        for key in object.keys where !Self.keys.contains(key) {
            let known = Self.keys.joined(separator: ", ")
            throw HookDescriptionError("unknown key \"\(OctetText(key.utf8).shortened())\"; known are \(known)")
        }
        kinds = try Self.kinds(object["kinds"])
        labels = try Self.labels(object["labels"])
        takesSeconds = try Self.takesSeconds(object["takes_s"])
    }

    private static func takesSeconds(_ value: JSONValue?) throws(HookDescriptionError) -> Int64? {
        guard let value else { return nil }
        guard let seconds = value.int, (1...PublishedBefore.longestTakesSeconds).contains(seconds) else {
            let days = PublishedBefore.longestTakesSeconds / 86_400
            throw HookDescriptionError("takes_s is no whole number of seconds from 1 to \(days) days")
        }
        return seconds
    }

    private static func kinds(_ value: JSONValue?) throws(HookDescriptionError) -> Set<RecordKind> {
        guard let words = value?.array, !words.isEmpty else {
            throw HookDescriptionError("kinds is no list of one or more of \"txt\", \"cname\", \"http\"")
        }
        var kinds: Set<RecordKind> = []
        for word in words {
            guard let kind = word.string.flatMap({ RecordKind(rawValue: $0) }) else {
                throw HookDescriptionError("kinds holds something else than \"txt\", \"cname\", \"http\"")
            }
            kinds.insert(kind)
        }
        return kinds
    }

    private static func labels(_ value: JSONValue?) throws(HookDescriptionError) -> Labels {
        guard let value, value.string != "any" else { return .any }
        guard let words = value.array, (1...labelLimit).contains(words.count) else {
            throw HookDescriptionError("labels is neither \"any\" nor a list of 1 to \(labelLimit) labels")
        }
        var labels: Set<String> = []
        for word in words {
            guard let text = word.string, let name = try? DomainName(labels: [Array(text.utf8)]),
                let label = name.labels.first
            else { throw HookDescriptionError("labels holds something that is no single label of a domain name") }
            labels.insert(String(label))
        }
        return .only(labels)
    }
}

/// An answer to `describe` that is not the document of the contract (hooks/README.md).
package struct HookDescriptionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let text: String

    init(_ text: String) { self.text = text }

    package var description: String { "the hook's answer to \"describe\" is not understood: \(text)" }
}
