// Octets nobody should send: each known way to mislead a DNS parser has a test of its own (RFC 9267, and what broke libldns).

import DCV
import LDNS
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HostileOctetsTests {
    private func refusal(_ octets: [UInt8]) -> WireError.Reason? {
        do throws(WireError) {
            _ = try Wire.decode(octets)
            return nil
        } catch {
            return error.reason
        }
    }

    /// One answer of `type` with these data.
    private func refusal(_ type: RecordType, _ data: [UInt8], claims: Int? = nil) -> WireError.Reason? {
        refusal(Message.bare(answers: 1) + Message.record(type: type.rawValue, data: data, claims: claims))
    }

    // MARK: Header and counts

    @Test func refusesLessThanAHeaderAndMoreThanTheLimit() {
        #expect(refusal([]) == .tooShort)
        #expect(refusal(Array(repeating: 0, count: 11)) == .tooShort)
        #expect(refusal(Array(repeating: 0, count: 12)) == nil)
        #expect(refusal(Array(repeating: 0, count: 16_385)) == .tooLong(limitOctets: 16_384))
        let filler = 16_384 - Message.bare().count - 12
        #expect(refusal(RecordType(rawValue: 999), Array(repeating: 0, count: filler)) == nil)
    }

    @Test func refusesCountsThatTheOctetsDoNotHold() {
        #expect(refusal([0, 1, 0x80, 0, 0, 2, 0, 0, 0, 0, 0, 0]) == .questionCount(2))
        #expect(refusal([0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0]) == .endsEarly)
        #expect(refusal(Message.bare(answers: 1)) == .endsEarly)
        #expect(refusal(Message.bare(authority: 1)) == .endsEarly)
        #expect(refusal(Message.bare(additional: 65_535)) == .tooManyRecords(limit: 256))
        #expect(refusal(Message.bare() + [0]) == .trailingOctets(1))
        #expect(
            refusal(Message.bare(answers: 1) + Message.record(type: 1, data: [1, 2, 3, 4]) + [1, 2])
                == .trailingOctets(2)
        )
    }

    @Test func refusesMoreThan256Records() {
        let record = Message.record(type: 1, data: [1, 2, 3, 4])
        let most = Message.bare(answers: 200, additional: 56) + Array(repeating: record, count: 256).flatMap { $0 }
        #expect(refusal(most) == nil)
        let more = Message.bare(answers: 200, additional: 57) + Array(repeating: record, count: 257).flatMap { $0 }
        #expect(refusal(more) == .tooManyRecords(limit: 256))
    }

    @Test func refusesQuestionsThatCannotBeAsked() {
        let space = refusal(Message.bare(question: [1, 0x20, 0]))
        #expect(space == .questionName(NameError(.octetNotAllowed, OctetText([0x20]))))
        var chaos = Message.bare()
        chaos[chaos.count - 1] = 3
        #expect(refusal(chaos) == .questionClass(3))
    }

    // MARK: Names

    @Test func refusesPointersThatDoNotLeadBackwards() {
        let owner = 12 + 3 + 4
        for target in [owner, owner + 1, owner + 2, 0x3FFF] {
            let octets =
                Message.bare(answers: 1)
                + Message.record(
                    owner: [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)],
                    type: 1,
                    data: [1, 2, 3, 4]
                )
            #expect(refusal(octets) == .pointerNotBackwards, "pointer to \(target)")
        }
        // Into the header, at the header's very end, and after a label back to that label.
        for (target, reason) in [(0, WireError.Reason.pointerNotBackwards), (11, .pointerNotBackwards)] {
            let octets =
                Message.bare(answers: 1) + Message.record(owner: [0xC0, UInt8(target)], type: 1, data: [1, 2, 3, 4])
            #expect(refusal(octets) == reason)
        }
        let loop =
            Message.bare(answers: 1)
            + Message.record(owner: [1, 0x62, 0xC0, UInt8(owner)], type: 1, data: [1, 2, 3, 4])
        #expect(refusal(loop) == .pointerNotBackwards)
        #expect(refusal(Message.bare(question: [0xC0, 12])) == .pointerNotBackwards)
    }

    @Test func refusesTwoPointersThatPointAtEachOther() {
        // The data of the first record hold a pointer forward to the owner of the second, which points back at it.
        let data = Message.bare().count + 12
        let next = data + 2
        let octets =
            Message.bare(answers: 2) + Message.record(type: 999, data: [0xC0, UInt8(next)])
            + Message.record(owner: [0xC0, UInt8(data)], type: 1, data: [1, 2, 3, 4])
        #expect(refusal(octets) == .pointerNotBackwards)
    }

    @Test func refusesChainsOfMoreThan126Pointers() {
        func chain(_ pointers: Int) -> [UInt8] {
            // Opaque data hold a root label and then pointers, each to the one before it.
            let start = Message.bare().count + 12
            var data: [UInt8] = [0]
            var target = start
            for _ in 0..<(pointers - 1) {
                data += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
                target = start + data.count - 2
            }
            let owner = [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
            return Message.bare(answers: 2) + Message.record(type: 999, data: data)
                + Message.record(owner: owner, type: 1, data: [1, 2, 3, 4])
        }
        #expect(refusal(chain(126)) == nil)
        #expect(refusal(chain(127)) == .tooManyPointers(limit: 126))
    }

    @Test func refusesNamesAndLabelsThatAreTooLong() {
        let label = [63] + Array(repeating: UInt8(0x61), count: 63)
        let longest = label + label + label + [61] + Array(repeating: 0x61, count: 61)
        #expect((longest + [0]).count == 255)
        #expect(refusal(Message.bare(question: longest + [0])) == nil)
        #expect(refusal(Message.bare(question: longest + [1, 0x61, 0])) == .nameTooLong)
        // Too long only once the pointer is followed.
        let grown =
            Message.bare(answers: 1, question: longest + [0])
            + Message.record(owner: [1, 0x61, 0xC0, 12], type: 1, data: [1, 2, 3, 4])
        #expect(refusal(grown) == .nameTooLong)
        #expect(refusal(Message.bare(question: [64] + Array(repeating: 0x61, count: 64) + [0])) == .labelKind(64))
        #expect(refusal(Message.bare(question: [0x80, 0])) == .labelKind(0x80))
    }

    @Test func refusesNamesThatLeaveTheirRecord() {
        // The label runs over the end of the record data into the next record.
        #expect(refusal(.cname, [5, 0x61], claims: 2) == .endsEarly)
        #expect(refusal(.cname, [1, 0x61], claims: 2) == .endsEarly)
        #expect(refusal(.cname, [0xC0], claims: 1) == .endsEarly)
        #expect(refusal(.cname, [1, 0x61, 0, 0]) == .dataMalformed(.cname))
        #expect(refusal(.cname, [0xC0, 12, 0]) == .dataMalformed(.cname))
        #expect(refusal(.cname, [0xC0, 12]) == nil)
    }

    // MARK: Record data

    @Test func refusesDataLengthsThatAreNotTrue() {
        #expect(refusal(.a, [1, 2, 3, 4], claims: 5) == .endsEarly)
        #expect(refusal(.a, [1, 2, 3, 4], claims: 65_535) == .endsEarly)
        #expect(refusal(.a, [1, 2, 3, 4], claims: 3) == .dataMalformed(.a))
        #expect(refusal(.a, [1, 2, 3, 4, 5]) == .dataMalformed(.a))
        #expect(refusal(.aaaa, [1, 2, 3, 4]) == .dataMalformed(.aaaa))
        #expect(refusal(.txt, [3, 0x61, 0x62]) == .dataMalformed(.txt))
    }

    /// libldns parses each of these "well" and leaves fields out; its later functions then follow a null pointer.
    @Test(arguments: [
        RecordType.a, .aaaa, .ns, .cname, .soa, .ptr, .mx, .txt, .srv, .dname, .ds, .dnskey, .rrsig, .nsec, .nsec3,
        .nsec3param, .caa,
    ])
    func refusesEmptyAndCutData(_ type: RecordType) throws {
        let name = [1, 0x62] + [UInt8(0)]
        let whole: [RecordType: [UInt8]] = [
            .a: [1, 2, 3, 4], .aaaa: Array(repeating: 1, count: 16), .ns: name, .cname: name, .ptr: name, .dname: name,
            .soa: name + name + Array(repeating: 0, count: 20), .mx: [0, 1] + name, .txt: [1, 0x61],
            .srv: [0, 1, 0, 1, 0, 1] + name, .ds: [0, 1, 13, 2, 9], .dnskey: [1, 1, 3, 13, 9],
            .rrsig: Array(repeating: 0, count: 18) + name + [9], .nsec: name + [0, 1, 2],
            .nsec3: [1, 0, 0, 1, 2, 7, 7, 2, 8, 8], .nsec3param: [1, 0, 0, 1, 1, 7], .caa: [0, 1, 0x61],
        ]
        let data = try #require(whole[type])
        #expect(refusal(type, data) == nil)
        for count in 0..<data.count {
            #expect(refusal(type, Array(data.prefix(count))) != nil, "\(type) with \(count) of \(data.count) octets")
        }
    }

    @Test func refusesBitmapsOutOfOrderOrTooLong() {
        let name: [UInt8] = [0]
        #expect(refusal(.nsec, name + [0, 1, 2, 1, 1, 2]) == nil)
        #expect(refusal(.nsec, name + [1, 1, 2, 0, 1, 2]) == .dataMalformed(.nsec))
        #expect(refusal(.nsec, name + [0, 1, 2, 0, 1, 2]) == .dataMalformed(.nsec))
        #expect(refusal(.nsec, name + [0, 0]) == .dataMalformed(.nsec))
        #expect(refusal(.nsec, name + [0, 33] + Array(repeating: 1, count: 33)) == .dataMalformed(.nsec))
        // The hash must not be empty; the bitmap of an empty non-terminal may be.
        #expect(refusal(.nsec3, [1, 0, 0, 1, 0, 0, 0, 1, 2]) == .dataMalformed(.nsec3))
        #expect(refusal(.nsec3, [1, 0, 0, 1, 0, 2, 8, 8]) == nil)
    }

    @Test func refusesAnNSEC3OfTheRoot() {
        let data: [UInt8] = [1, 0, 0, 1, 0, 2, 8, 8, 0, 1, 2]
        #expect(
            refusal(Message.bare(answers: 1) + Message.record(owner: [0], type: 50, data: data))
                == .dataMalformed(.nsec3)
        )
    }

    @Test func refusesCompressedNamesInDNSSECData() {
        #expect(refusal(.rrsig, Array(repeating: 0, count: 18) + [0xC0, 12, 9]) == .pointerNotAllowed(.rrsig))
        #expect(refusal(.nsec, [0xC0, 12, 0, 1, 2]) == .pointerNotAllowed(.nsec))
    }

    @Test func refusesMoreThan64StringsInARecord() {
        #expect(refusal(.txt, Array(repeating: 0, count: 64)) == nil)
        #expect(refusal(.txt, Array(repeating: 0, count: 65)) == .tooManyStrings(limit: 64))
        #expect(refusal(.txt, Array(repeating: 0, count: 16_000)) == .tooManyStrings(limit: 64))
    }

    /// SPF, NINFO, HIP and their like make libldns allocate per octet; here their data are octets and stay so.
    @Test(arguments: [
        10, 13, 19, 20, 22, 29, 35, 36, 37, 42, 45, 51, 55, 56, 60, 63, 64, 65, 99, 100, 108, 250, 256, 258, 260,
    ])
    func keepsDataOfRarerTypesFromTheLibrary(_ number: UInt16) {
        for data in [[], [0xC0, 12], Array(repeating: UInt8(0), count: 16_000)] {
            let octets = Message.bare(answers: 1) + Message.record(type: number, data: data)
            guard number != 250, number != 51 else {
                #expect(refusal(octets) != nil)
                continue
            }
            let message = try? Wire.decode(octets)
            #expect(message?.answer.first?.dataOctets == data)
            #expect(message?.answer.first?.type.rawValue == number)
            #expect(message?.answer.first?.data == .other)
        }
    }

    // MARK: OPT and TSIG

    @Test func refusesOPTWhereItMustNotStand() {
        let opt = Message.record(owner: [0], type: 41, recordClass: 1232, data: [])
        #expect(refusal(Message.bare(additional: 1) + opt) == nil)
        #expect(refusal(Message.bare(additional: 2) + opt + opt) == .misplacedOPT)
        #expect(refusal(Message.bare(answers: 1) + opt) == .misplacedOPT)
        #expect(refusal(Message.bare(authority: 1) + opt) == .misplacedOPT)
        #expect(refusal(Message.bare(additional: 1) + Message.record(type: 41, data: [])) == .misplacedOPT)
        let option = { (data: [UInt8]) in
            Message.bare(additional: 1) + Message.record(owner: [0], type: 41, recordClass: 1232, data: data)
        }
        #expect(refusal(option([0, 10, 0, 2, 1, 1])) == nil)
        #expect(refusal(option([0, 10, 0, 3, 1, 1])) == .dataMalformed(.opt))
        #expect(refusal(option([0, 10, 0])) == .dataMalformed(.opt))
    }

    @Test func refusesTSIG() {
        let tsig = Message.record(type: 250, recordClass: 255, data: Array(repeating: 0, count: 30))
        #expect(refusal(Message.bare(additional: 1) + tsig) == .unexpectedTSIG)
        #expect(refusal(Message.bare(additional: 2) + tsig + tsig) == .unexpectedTSIG)
        #expect(refusal(Message.bare(answers: 1) + tsig) == .unexpectedTSIG)
    }

    // MARK: Damage to real answers

    @Test(arguments: Answers.all.map(\.name))
    func survivesEveryTruncation(_ name: String) throws {
        let octets = try #require(Answers.all.first { $0.name == name }?.octets)
        // One expectation for all: each costs more than what it looks at.
        let read = (0..<octets.count).filter { refusal(Array(octets.prefix($0))) == nil }
        #expect(read == [], "so many octets of \(name) were taken for a whole message")
    }

    @Test(arguments: Answers.all.map(\.name))
    func survivesEveryFlippedBit(_ name: String) async throws {
        let octets = try #require(Answers.all.first { $0.name == name }?.octets)
        // Whether it is read or refused depends on the bit; that nothing else happens is the test.
        var disputed: [Int] = []
        for bit in 0..<(8 * octets.count) {
            var damaged = octets
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if refusal(damaged) == .readersDisagree { disputed.append(bit) }
            // Other tests have deadlines to keep.
            if bit % 64 == 0 { await Task.yield() }
        }
        #expect(disputed == [], "bits of \(name)")
    }

    @Test func survivesRandomDamage() throws {
        var random = SeededGenerator(seed: 0x5EED)
        var disputed: [[UInt8]] = []
        for _ in 0..<5000 {
            var octets = try #require(Answers.all.randomElement(using: &random)?.octets)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                octets[Int.random(in: 0..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if refusal(octets) == .readersDisagree { disputed.append(octets) }
        }
        #expect(disputed == [])
    }
}

/// SplitMix64: the same sequence for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
