// A name as DNSSEC compares it: labels of any octets, letters in lower case, in the order of RFC 4034 6.1.

package import DCV

/// A name in canonical form (RFC 4034 6.2). Unlike `DomainName` it may hold any octets: NSEC records name wildcards and
/// names such as `\000.example.com`, which nobody asks for.
package struct CanonicalName: Hashable, Sendable {
    package static let root = CanonicalName(labels: [])

    /// Leftmost first; none for the root.
    package let labels: [[UInt8]]

    init(labels: [[UInt8]]) { self.labels = labels }

    package init(_ name: DomainName) { labels = name.labels.map { Array($0.utf8) } }

    /// From a whole uncompressed wire form; nil when it is none.
    package init?(wire octets: [UInt8]) {
        guard octets.count <= MessageWalk.nameLimitOctets, let (labels, end) = WireName.labels(octets[...]),
            end == octets.count
        else { return nil }
        self.labels = labels.map { $0.map { ASCII.lowercased($0) } }
    }

    /// Uncompressed, in lower case.
    package var wire: [UInt8] { labels.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 } + [0] }

    package var isRoot: Bool { labels.isEmpty }
    package var isWildcard: Bool { labels.first == [0x2A] }

    /// Without its leftmost label; nil for the root.
    package var parent: CanonicalName? { isRoot ? nil : CanonicalName(labels: Array(labels.dropFirst())) }

    /// `*` in front of this name.
    package var wildcard: CanonicalName { CanonicalName(labels: [[0x2A]] + labels) }

    /// The ancestor (or the name itself) with so many labels; nil when the name has fewer.
    package func ancestor(labelCount: Int) -> CanonicalName? {
        guard labelCount >= 0, labelCount <= labels.count else { return nil }
        return CanonicalName(labels: Array(labels.suffix(labelCount)))
    }

    /// Whether this name is `ancestor` or lies below it.
    package func isSubdomain(of ancestor: CanonicalName) -> Bool {
        labels.count >= ancestor.labels.count && labels.suffix(ancestor.labels.count).elementsEqual(ancestor.labels)
    }

    package func isStrictlyBelow(_ ancestor: CanonicalName) -> Bool {
        labels.count > ancestor.labels.count && isSubdomain(of: ancestor)
    }

    /// The longest name that both lie at or below.
    package func commonAncestor(with other: CanonicalName) -> CanonicalName {
        let shared = zip(labels.reversed(), other.labels.reversed()).prefix { $0 == $1 }.count
        return CanonicalName(labels: Array(labels.suffix(shared)))
    }
}

extension CanonicalName: Comparable, CustomStringConvertible {
    package static func < (one: CanonicalName, other: CanonicalName) -> Bool {
        one.labels.reversed().lexicographicallyPrecedes(other.labels.reversed()) { $0.lexicographicallyPrecedes($1) }
    }

    /// As in a zone file without the final dot; what is not printable is escaped.
    package var description: String {
        isRoot ? "." : labels.map { OctetText($0).description }.joined(separator: ".")
    }
}
