// What a zone's signed NSEC or NSEC3 records prove that it does not have.

/// The denials of one answer. Only records whose signatures hold may be given to it: it believes them.
///
/// Written here because libldns ends the process over crafted input (its own issues #307 and #313).
package struct Denial: Sendable {
    package enum Verdict: Hashable, Sendable {
        case proven
        /// The zone says no more than that an unsigned delegation may stand there (opt-out), or says it in a way that no
        /// resolver computes: the answer is as good as an unsigned one.
        case unsigned(String)
        case notProven(String)
    }

    /// Iterations above which resolvers treat an NSEC3 zone's denials as unsigned (RFC 9276 3.2; Unbound's bound).
    package static let nsec3IterationsLimit: UInt16 = 150
    /// NSEC3 hashes for one answer, each of the most iterations. With fewer iterations as many more are computed, so that
    /// deep names can be proved in zones that keep to RFC 9276.
    package static let nsec3HashesPerAnswer = 8

    private let zone: CanonicalName
    private let gaps: [NSEC]
    private var hashed: NSEC3Gaps

    /// - Parameter zone: the zone whose keys signed the records; any other's are left out.
    package init(zone: CanonicalName, nsec: [NSEC], nsec3: [NSEC3]) {
        self.zone = zone
        gaps = nsec.filter { $0.owner.isSubdomain(of: zone) && $0.next.isSubdomain(of: zone) }
        hashed = NSEC3Gaps(zone: zone, nsec3.filter { $0.zone == zone })
    }

    /// NXDOMAIN: neither the name nor a wildcard that could stand for it exists (RFC 4035 5.4, RFC 5155 8.4).
    package mutating func nameError(_ name: CanonicalName) -> Verdict {
        if gaps.isEmpty { return hashed.nameError(name) }
        guard let gap = gaps.first(where: { $0.covers(name) }) else {
            return .notProven("no NSEC covers \(name)")
        }
        let wildcard = gap.closestEncloser(of: name).wildcard
        guard gaps.contains(where: { $0.covers(wildcard) }) else {
            return .notProven("no NSEC covers \(wildcard), which could stand for \(name)")
        }
        return .proven
    }

    /// NODATA: the name or its wildcard exists without this type, or only names below it do (RFC 4035 5.4, RFC 5155 8.5 to
    /// 8.7).
    package mutating func noData(_ name: CanonicalName, _ type: RecordType) -> Verdict {
        if gaps.isEmpty { return hashed.noData(name, type) }
        if let own = gaps.first(where: { $0.owner == name }) { return own.types.lacks(type, at: name, "NSEC") }
        if gaps.contains(where: { $0.showsEmptyNonTerminal(name) }) { return .proven }
        guard let gap = gaps.first(where: { $0.covers(name) }) else {
            return .notProven("no NSEC at \(name), and none covers it")
        }
        let wildcard = gap.closestEncloser(of: name).wildcard
        guard let standing = gaps.first(where: { $0.owner == wildcard }) else {
            return .notProven("no NSEC at \(name), and none at \(wildcard)")
        }
        return standing.types.lacks(type, at: wildcard, "NSEC")
    }

    /// That the answer for `name` may come from the wildcard below `encloser`: nothing closer exists (RFC 4035 5.3.4, RFC
    /// 5155 8.8).
    package mutating func noCloserMatch(for name: CanonicalName, than encloser: CanonicalName) -> Verdict {
        if gaps.isEmpty { return hashed.noCloserMatch(for: name, than: encloser) }
        let holds = gaps.contains { $0.covers(name) && $0.closestEncloser(of: name) == encloser }
        if holds { return .proven }
        return .notProven("no NSEC shows that \(name) itself does not exist, beside a record from \(encloser.wildcard)")
    }

    /// That the delegation at `name` has no DS: the child is unsigned (RFC 4035 5.2, RFC 5155 8.9, RFC 6840 4.4).
    package mutating func unsignedDelegation(_ name: CanonicalName) -> Verdict {
        if gaps.isEmpty { return hashed.unsignedDelegation(name) }
        guard let own = gaps.first(where: { $0.owner == name }) else { return .notProven("no NSEC at \(name)") }
        return own.types.showsUnsignedDelegation(at: name, "NSEC")
    }
}

extension TypeBitmap {
    /// Whether these types of a record at `name` deny `type` there.
    func lacks(_ type: RecordType, at name: CanonicalName, _ kind: String) -> Denial.Verdict {
        if contains(type) { return .notProven("the \(kind) of \(name) says that \(type) exists") }
        if contains(.cname) { return .notProven("the \(kind) of \(name) says that a CNAME exists") }
        if type == .ds {
            // The child's own record knows nothing of its DS (RFC 6840 4.1).
            if contains(.soa) && !name.isRoot {
                return .notProven("the \(kind) of \(name) is the child's, not the parent's")
            }
        } else if isDelegation {
            return .notProven("the \(kind) of \(name) is the parent's, which knows only of the delegation")
        }
        return .proven
    }

    func showsUnsignedDelegation(at name: CanonicalName, _ kind: String) -> Denial.Verdict {
        if contains(.ds) { return .notProven("the \(kind) of \(name) says that a DS exists") }
        if contains(.soa) { return .notProven("the \(kind) of \(name) is the child's, not the parent's") }
        if !contains(.ns) { return .notProven("the \(kind) of \(name) says that no delegation stands there") }
        return .proven
    }
}

extension NSEC {
    /// Whether the name lies inside the gap, so that neither it nor anything below it exists.
    func covers(_ name: CanonicalName) -> Bool { lies(name) && !next.isStrictlyBelow(name) }

    /// Whether the name lies inside the gap but the next one is below it: it exists without any record.
    func showsEmptyNonTerminal(_ name: CanonicalName) -> Bool { lies(name) && next.isStrictlyBelow(name) }

    private func lies(_ name: CanonicalName) -> Bool {
        // Below a delegation or a DNAME this zone says nothing (RFC 6840 4.1).
        if name.isStrictlyBelow(owner) && (types.isDelegation || types.contains(.dname)) { return false }
        // The last record of a zone leads back to its first name.
        return owner < name && (name < next || next <= owner)
    }

    /// The longest existing ancestor of a name in the gap.
    func closestEncloser(of name: CanonicalName) -> CanonicalName {
        let (before, after) = (name.commonAncestor(with: owner), name.commonAncestor(with: next))
        return before.labels.count > after.labels.count ? before : after
    }
}
