// Denial by hashed names (RFC 5155 8), with a bound on the hashes computed.

struct NSEC3Gaps: Sendable {
    /// SHA-1 rounds for one answer.
    private static let roundsLimit = Denial.nsec3HashesPerAnswer * (Int(Denial.nsec3IterationsLimit) + 1)

    private let zone: CanonicalName
    private let gaps: [NSEC3]
    private let salt: [UInt8]
    private let iterations: UInt16
    private var hashes: [CanonicalName: [UInt8]] = [:]
    private var rounds = 0

    /// Records of one answer share their parameters; those that differ from the first are left out (RFC 5155 8.2).
    init(zone: CanonicalName, _ records: [NSEC3]) {
        self.zone = zone
        salt = records.first?.salt ?? []
        iterations = records.first?.iterations ?? 0
        gaps = records.filter { [salt, iterations] in $0.salt == salt && $0.iterations == iterations }
    }

    private struct LimitReached: Error {}

    /// What the records say, unless they are none, or cost too much.
    private mutating func judge(
        _ rule: (inout NSEC3Gaps) throws(LimitReached) -> Denial.Verdict
    ) -> Denial.Verdict {
        guard !gaps.isEmpty else { return .notProven("no NSEC or NSEC3 record proves it") }
        guard iterations <= Denial.nsec3IterationsLimit else {
            return .unsigned(
                "NSEC3 with \(iterations) iterations, more than \(Denial.nsec3IterationsLimit): resolvers take it as unsigned"
            )
        }
        do throws(LimitReached) {
            return try rule(&self)
        } catch {
            return .notProven("the NSEC3 proof needs more than \(Self.roundsLimit) rounds of hashing")
        }
    }

    private mutating func hash(_ name: CanonicalName) throws(LimitReached) -> [UInt8] {
        if let known = hashes[name] { return known }
        rounds += Int(iterations) + 1
        guard rounds <= Self.roundsLimit else { throw LimitReached() }
        let hash = Digest.nsec3(name, salt: salt, iterations: iterations)
        hashes[name] = hash
        return hash
    }

    private mutating func matching(_ name: CanonicalName) throws(LimitReached) -> NSEC3? {
        let hash = try hash(name)
        return gaps.first { $0.ownerHash == hash }
    }

    private mutating func covering(_ name: CanonicalName) throws(LimitReached) -> NSEC3? {
        let hash = try hash(name)
        return gaps.first { $0.covers(hash) }
    }

    private enum Encloser {
        /// The longest existing ancestor, and the gap in which the next longer name lies.
        case found(CanonicalName, nextCloser: NSEC3)
        case notProven(String)
    }

    /// RFC 5155 8.3, for a name that no record matches.
    private mutating func closestEncloser(of name: CanonicalName) throws(LimitReached) -> Encloser {
        var nextCloser = name
        while let candidate = nextCloser.parent, candidate.isSubdomain(of: zone) {
            guard let gap = try matching(candidate) else {
                nextCloser = candidate
                continue
            }
            if gap.types.contains(.dname) || gap.types.isDelegation {
                return .notProven("the NSEC3 of \(candidate) is that of a delegation or a DNAME")
            }
            guard let covering = try covering(nextCloser) else {
                return .notProven("no NSEC3 covers \(nextCloser)")
            }
            return .found(candidate, nextCloser: covering)
        }
        return .notProven("no NSEC3 shows which ancestor of \(name) exists")
    }

    private static func optOut(_ name: CanonicalName) -> Denial.Verdict {
        .unsigned("\(name) lies in an NSEC3 gap with opt-out, where unsigned delegations may stand")
    }

    // MARK: the four proofs

    mutating func nameError(_ name: CanonicalName) -> Denial.Verdict {
        judge { (gaps) throws(LimitReached) in
            if try gaps.matching(name) != nil { return .notProven("an NSEC3 shows that \(name) exists") }
            switch try gaps.closestEncloser(of: name) {
            case .notProven(let why): return .notProven(why)
            case .found(let encloser, let nextCloser):
                guard try gaps.covering(encloser.wildcard) != nil else {
                    return .notProven("no NSEC3 covers \(encloser.wildcard), which could stand for \(name)")
                }
                return nextCloser.isOptOut ? Self.optOut(name) : .proven
            }
        }
    }

    mutating func noData(_ name: CanonicalName, _ type: RecordType) -> Denial.Verdict {
        judge { (gaps) throws(LimitReached) in
            if let own = try gaps.matching(name) { return own.types.lacks(type, at: name, "NSEC3") }
            switch try gaps.closestEncloser(of: name) {
            case .notProven(let why): return .notProven("no NSEC3 at \(name), and \(why)")
            case .found(let encloser, let nextCloser):
                if let standing = try gaps.matching(encloser.wildcard) {
                    let verdict = standing.types.lacks(type, at: encloser.wildcard, "NSEC3")
                    return verdict == .proven && nextCloser.isOptOut ? Self.optOut(name) : verdict
                }
                return nextCloser.isOptOut ? Self.optOut(name) : .notProven("no NSEC3 at \(name)")
            }
        }
    }

    mutating func noCloserMatch(for name: CanonicalName, than encloser: CanonicalName) -> Denial.Verdict {
        judge { (gaps) throws(LimitReached) in
            guard let nextCloser = name.ancestor(labelCount: encloser.labels.count + 1),
                let gap = try gaps.covering(nextCloser)
            else {
                return .notProven(
                    "no NSEC3 shows that \(name) itself does not exist, beside a record from \(encloser.wildcard)"
                )
            }
            return gap.isOptOut ? Self.optOut(name) : .proven
        }
    }

    mutating func unsignedDelegation(_ name: CanonicalName) -> Denial.Verdict {
        judge { (gaps) throws(LimitReached) in
            if let own = try gaps.matching(name) { return own.types.showsUnsignedDelegation(at: name, "NSEC3") }
            switch try gaps.closestEncloser(of: name) {
            case .notProven(let why): return .notProven("no NSEC3 at \(name), and \(why)")
            case .found(_, let nextCloser):
                return nextCloser.isOptOut ? .proven : .notProven("no NSEC3 at \(name), and its gap has no opt-out")
            }
        }
    }
}

extension NSEC3 {
    /// Whether a hash lies strictly inside the gap; the last record leads back to the first.
    func covers(_ hash: [UInt8]) -> Bool {
        let isAfter = ownerHash.lexicographicallyPrecedes(hash)
        let isBefore = hash.lexicographicallyPrecedes(nextHash)
        if ownerHash.lexicographicallyPrecedes(nextHash) { return isAfter && isBefore }
        return hash != ownerHash && hash != nextHash && (isAfter || isBefore)
    }
}
