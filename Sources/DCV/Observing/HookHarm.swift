// What a hook did to values that were not its own, told so that a person can put back what is lost.

/// The RRset at one name before and after a hook call that changed others' values.
package struct HookHarm: Hashable, Sendable {
    private static let linesTold = 32
    private static let valuesNamed = 4
    /// Of one string in a TXT record (RFC 1035 3.3).
    private static let stringLimitBytes = 255

    package let target: DomainName
    package let kind: RecordKind
    /// What stood at any address before, a wildcard's values left out; sorted.
    package let before: [OctetText]
    package let now: [OctetText]
    package let lost: [OctetText]
    package let added: [OctetText]
    /// Those of all these that are of the other type: a CNAME where TXT was asked for, TXT where a CNAME was.
    package let otherType: Set<OctetText>

    /// Nil when the call touched nothing of others.
    package init?(_ verdict: HookVerdict, before: RRsetView, after: RRsetView) {
        guard verdict.touchedOthers else { return nil }
        target = after.name
        kind = after.kind
        let wildcard = Set((before.wildcard ?? []) + (after.wildcard ?? []))
        func all(_ view: RRsetView) -> [OctetText] {
            Set(view.values.values.joined()).subtracting(wildcard)
                .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        }
        self.before = all(before)
        now = all(after)
        lost = verdict.lost
        added = verdict.added
        otherType = (before.otherType ?? []).union(after.otherType ?? [])
    }

    /// One sentence, then the whole RRset before and after in the lines of a zone file.
    package var told: String {
        func list(_ values: [OctetText]) -> String {
            values.map { "\"\($0.shortened())\"" }.listed(upTo: Self.valuesNamed)
        }
        let took = lost.isEmpty ? nil : "took away \(list(lost))"
        let put = added.isEmpty ? nil : "added \(list(added))"
        let deed = [took, put].compactMap { $0 }.joined(separator: " and ")
        return
            (["at \(target) it \(deed)", "before the call:"] + lines(before, first: lost)
            + ["after it:"] + lines(now, first: added))
            .joined(separator: "\n")
    }

    /// - Parameter first: what must be among them, however many there are.
    private func lines(_ values: [OctetText], first: [OctetText]) -> [String] {
        if values.isEmpty { return ["; nothing"] }
        let rest = values.count - Self.linesTold
        let values = rest > 0 ? values.filter(first.contains) + values.filter { !first.contains($0) } : values
        return values.prefix(Self.linesTold).map(line) + (rest > 0 ? ["; and \(rest) more"] : [])
    }

    /// As a zone file has it (RFC 1035 5.1), without a TTL: that was not seen.
    private func line(_ value: OctetText) -> String {
        let isOther = otherType.contains(value)
        switch kind {
        case .txt where isOther:
            return RRsetView.aliasTarget(value).map { "\(target). IN CNAME \($0)." } ?? "; \(value)"
        case .cname where !isOther: return "\(target). IN CNAME \(value)."
        case .txt, .cname, .http:
            let bytes = value.bytes
            let starts = stride(from: 0, to: max(bytes.count, 1), by: Self.stringLimitBytes)
            let strings = starts.map { start in
                let part = OctetText(bytes[start..<min(start + Self.stringLimitBytes, bytes.count)])
                return "\"\(Self.quotable(part))\""
            }
            return "\(target). IN TXT \(strings.joined(separator: " "))"
        }
    }

    /// `OctetText` escapes as zone files do; within quotes a quotation mark needs it, too.
    private static func quotable(_ text: OctetText) -> String {
        String(
            decoding: text.description.utf8.flatMap { $0 == 0x22 ? [0x5C, 0x22] : [$0] },
            as: UTF8.self
        )
    }
}
