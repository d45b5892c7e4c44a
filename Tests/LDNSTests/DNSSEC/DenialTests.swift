// What NSEC and NSEC3 records prove, and the traps in them: other zones' gaps, names that exist without records, wildcards.
import DCV
import Testing

@testable import LDNS

@Suite(.timeLimit(.minutes(1)))
struct DenialTests {
    private static let zone = CanonicalName(labels: [Array("example".utf8)])

    private func name(_ text: String) -> CanonicalName {
        CanonicalName(labels: text.split(separator: ".").map { Array($0.utf8) })
    }

    private func denial(_ lines: [String]) throws -> Denial {
        let gaps = try lines.map { line in
            let record = try #require(PresentationFormat.record(line), "\(line)")
            return try #require(NSEC(record))
        }
        return Denial(zone: Self.zone, nsec: gaps, nsec3: [])
    }

    private static let whole = [
        "example. 60 IN NSEC a.example. SOA NS RRSIG NSEC DNSKEY", "a.example. 60 IN NSEC x.b.example. TXT RRSIG NSEC",
        "x.b.example. 60 IN NSEC cut.example. TXT RRSIG NSEC", "cut.example. 60 IN NSEC moved.example. NS RRSIG NSEC",
        "moved.example. 60 IN NSEC signed.example. DNAME RRSIG NSEC",
        "signed.example. 60 IN NSEC *.wild.example. NS DS RRSIG NSEC",
        "*.wild.example. 60 IN NSEC z.example. TXT RRSIG NSEC", "z.example. 60 IN NSEC example. CNAME RRSIG NSEC",
    ]

    @Test func wholeZone() throws {
        var denial = try denial(Self.whole)
        let absent = ["aa.example", "d.example", "y.b.example", "zz.example", "deep.down.aa.example"]
        for text in absent { #expect(denial.nameError(name(text)) == .proven, "\(text)") }
        let present = [
            "a.example", "b.example", "wild.example", "x.wild.example", "below.cut.example", "below.moved.example",
            "example",
        ]
        for text in present { #expect(denial.nameError(name(text)) != .proven, "\(text)") }
        let lacking: [(String, RecordType)] = [
            ("a.example", .caa), ("b.example", .txt), ("wild.example", .txt), ("x.wild.example", .caa),
            ("example", .txt),
            ("a.example", .ds), ("cut.example", .ds),
        ]
        for (text, type) in lacking { #expect(denial.noData(name(text), type) == .proven, "\(text) \(type)") }
        let having: [(String, RecordType)] = [
            ("a.example", .txt), ("x.wild.example", .txt), ("z.example", .txt), ("cut.example", .txt), ("example", .ds),
            ("below.cut.example", .txt), ("aa.example", .txt), ("signed.example", .ds),
        ]
        for (text, type) in having { #expect(denial.noData(name(text), type) != .proven, "\(text) \(type)") }
    }

    @Test func eachGapIsNeeded() throws {
        // Without the apex' gap nobody knows of *.example; without the name's own gap nobody knows of it.
        for left in [0, 1] {
            var lines = Self.whole
            lines.remove(at: left)
            var denial = try denial(lines)
            #expect(denial.nameError(name("aa.example")) != .proven)
        }
        var none = Denial(zone: Self.zone, nsec: [], nsec3: [])
        #expect(none.nameError(name("aa.example")) == .notProven("no NSEC or NSEC3 record proves it"))
        #expect(none.noData(name("aa.example"), .txt) != .proven)
        #expect(none.unsignedDelegation(name("cut.example")) != .proven)
        // Another zone's gap proves nothing, though its names lie around.
        let other = try #require(PresentationFormat.record("a.test. 60 IN NSEC z.example. TXT"))
        var foreign = Denial(zone: Self.zone, nsec: [try #require(NSEC(other))], nsec3: [])
        #expect(foreign.nameError(name("aa.example")) != .proven)
    }

    @Test func wildcardAnswers() throws {
        var denial = try denial(Self.whole)
        let wild = name("wild.example")
        #expect(denial.noCloserMatch(for: name("q.wild.example"), than: wild) == .proven)
        #expect(denial.noCloserMatch(for: name("a.b.wild.example"), than: wild) == .proven)
        // The gap of aa.example says nothing of wild.example, and *.example is not what a name below wild comes from.
        #expect(denial.noCloserMatch(for: name("aa.example"), than: wild) != .proven)
        #expect(denial.noCloserMatch(for: name("q.wild.example"), than: Self.zone) != .proven)
        #expect(denial.noCloserMatch(for: name("a.example"), than: Self.zone) != .proven)
    }

    @Test func delegations() throws {
        var denial = try denial(Self.whole)
        #expect(denial.unsignedDelegation(name("cut.example")) == .proven)
        for text in ["signed.example", "a.example", "aa.example", "example", "below.cut.example"] {
            #expect(denial.unsignedDelegation(name(text)) != .proven, "\(text)")
        }
    }

    @Test func smallestZoneAndMadeUpGaps() throws {
        var alone = try denial(["example. 60 IN NSEC example. SOA NS RRSIG NSEC"])
        #expect(alone.nameError(name("any.example")) == .proven)
        #expect(alone.noData(name("example"), .txt) == .proven)
        // One record a question, made when it is asked (RFC 4470, RFC 9824).
        var made = try denial(["q.example. 60 IN NSEC \\000.q.example. RRSIG NSEC TYPE128"])
        #expect(made.noData(name("q.example"), .txt) == .proven)
        #expect(made.nameError(name("q.example")) != .proven)
    }

    // MARK: hashed

    private func gaps(
        _ owners: [(String, [RecordType])],
        flags: UInt8 = 0,
        iterations: UInt16 = 1,
        salt: [UInt8] = [1, 2]
    ) throws -> [NSEC3] {
        let hashed = owners.map { (Digest.nsec3(name($0.0), salt: salt, iterations: iterations), $0.1) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
        return try hashed.enumerated().map { index, entry in
            let next = hashed[(index + 1) % hashed.count].0
            var bits = [UInt8](repeating: 0, count: 32)
            for type in entry.1 { bits[Int(type.rawValue / 8)] |= 0x80 >> UInt8(type.rawValue % 8) }
            let data =
                [1, flags, UInt8(iterations >> 8), UInt8(iterations & 0xFF), UInt8(salt.count)] + salt + [20] + next
            let label = Self.base32(entry.0)
            let record = ResourceRecord(
                ownerOctets: [UInt8(label.count)] + label + Self.zone.wire,
                type: .nsec3,
                ttlSeconds: 60,
                dataOctets: data + [0, 32] + bits
            )
            return try #require(NSEC3(record))
        }
    }

    private static func base32(_ octets: [UInt8]) -> [UInt8] {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuv".utf8)
        let bits = octets.flatMap { octet in (0..<8).map { octet >> UInt8(7 - $0) & 1 } }
        return stride(from: 0, to: bits.count, by: 5)
            .map { start in alphabet[bits[start..<(start + 5)].reduce(0) { $0 << 1 | Int($1) }] }
    }

    private static let hashedZone: [(String, [RecordType])] = [
        ("example", [.soa, .ns]), ("a.example", [.txt]), ("b.example", []), ("x.b.example", [.txt]),
        ("cut.example", [.ns]), ("signed.example", [.ns, .ds]), ("wild.example", []), ("*.wild.example", [.txt]),
        ("z.example", [.cname]), ("moved.example", [.dname]),
    ]

    @Test(arguments: [UInt16(0), 1, 150]) func wholeHashedZone(_ iterations: UInt16) throws {
        let gaps = try gaps(Self.hashedZone, iterations: iterations)
        func fresh() -> Denial { Denial(zone: Self.zone, nsec: [], nsec3: gaps) }
        func proven(_ text: String, _ rule: (inout Denial, CanonicalName) -> Denial.Verdict) -> Bool {
            var denial = fresh()
            return rule(&denial, name(text)) == .proven
        }
        for text in ["aa.example", "y.b.example", "zz.example", "deep.down.aa.example"] {
            #expect(proven(text) { $0.nameError($1) }, "\(text)")
        }
        for text in ["a.example", "b.example", "x.wild.example", "below.cut.example", "below.moved.example", "example"]
        {
            #expect(!proven(text) { $0.nameError($1) }, "\(text)")
        }
        for (text, type) in [
            ("a.example", RecordType.ns), ("b.example", .txt), ("x.wild.example", .ns), ("cut.example", .ds),
        ] {
            #expect(proven(text) { $0.noData($1, type) }, "\(text) \(type)")
        }
        for (text, type) in [
            ("a.example", RecordType.txt), ("x.wild.example", .txt), ("z.example", .txt), ("cut.example", .txt),
            ("example", .ds), ("aa.example", .txt), ("aa.example", .ds), ("signed.example", .ds),
        ] { #expect(!proven(text) { $0.noData($1, type) }, "\(text) \(type)") }
        #expect(proven("q.wild.example") { $0.noCloserMatch(for: $1, than: name("wild.example")) })
        #expect(!proven("a.example") { $0.noCloserMatch(for: $1, than: Self.zone) })
        #expect(proven("cut.example") { $0.unsignedDelegation($1) })
        for text in ["signed.example", "a.example", "aa.example", "example"] {
            #expect(!proven(text) { $0.unsignedDelegation($1) }, "\(text)")
        }
    }

    @Test func optOutProvesLess() throws {
        let gaps = try gaps(Self.hashedZone, flags: 1)
        var denial = Denial(zone: Self.zone, nsec: [], nsec3: gaps)
        #expect(denial.unsignedDelegation(name("aa.example")) == .proven)
        #expect(denial.noData(name("a.example"), .ns) == .proven)
        for verdict in [
            denial.nameError(name("aa.example")), denial.noData(name("aa.example"), .txt),
            denial.noCloserMatch(for: name("q.wild.example"), than: name("wild.example")),
        ] { if case .unsigned = verdict { continue } else { Issue.record("\(verdict)") } }
    }

    @Test func costIsBounded() throws {
        let deep = (0..<60).map { "l\($0)" }.joined(separator: ".") + ".example"
        var cheap = Denial(zone: Self.zone, nsec: [], nsec3: try gaps(Self.hashedZone, iterations: 0))
        #expect(cheap.nameError(name(deep)) == .proven)
        var dear = Denial(zone: Self.zone, nsec: [], nsec3: try gaps(Self.hashedZone, iterations: 150))
        #expect(dear.nameError(name(deep)) == .notProven("the NSEC3 proof needs more than 1208 rounds of hashing"))
        var bomb = Denial(zone: Self.zone, nsec: [], nsec3: try gaps(Self.hashedZone, iterations: 151))
        if case .unsigned = bomb.nameError(name("aa.example")) {} else { Issue.record("151 iterations are computed") }
        // Records of two parameter sets: the first set counts.
        let mixed = try gaps(Self.hashedZone) + gaps([("aa.example", [.txt])], salt: [9])
        var first = Denial(zone: Self.zone, nsec: [], nsec3: mixed)
        #expect(first.nameError(name("aa.example")) == .proven)
    }
}
