// What the codec makes of real answers, and of values on their way out and back.

import DCV
import LDNS
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DecodeTests {
    @Test func readsATXTAnswerWithAllItSays() throws {
        let message = try Wire.decode(Answers.signedTXT)
        #expect(message.id == 0x1234)
        #expect(message.isResponse && message.isAuthoritative && !message.isTruncated && !message.recursionAvailable)
        #expect(message.rcode == .noError)
        #expect(message.question == Question(try DomainName("_acme-challenge.example.com"), .txt))
        #expect(message.edns?.dnssecOK == true)
        #expect(message.edns?.udpPayloadOctets == 1232)
        let values = message.answer.compactMap { record -> [[UInt8]]? in
            guard case .txt(let strings) = record.data else { return nil }
            #expect(record.owner == message.question?.name && record.ttlSeconds == 300)
            return strings
        }
        #expect(
            Set(values) == [
                [Array("xg9RDTzmKpBFmYcmfDyf7jKu6OZvjVq0GzSCYRz2Mtc".utf8)],
                [Array("second-value".utf8), Array("in two strings".utf8)],
            ]
        )
        let signatures = message.answer.filter { $0.type == .rrsig }
        #expect(signatures.count == 1)
        // Covers TXT with algorithm 13, three labels; the signer's name stands after 18 octets.
        #expect(signatures.first?.dataOctets.prefix(4) == [0, 16, 13, 3])
        #expect(signatures.first?.dataOctets.dropFirst(18).prefix(13) == ArraySlice(try DomainName("example.com").wire))
    }

    @Test func readsNegativeAnswersWithTheirSOA() throws {
        let message = try Wire.decode(Answers.noDataSOA)
        #expect(message.answer.isEmpty && message.rcode == .noError)
        let record = try #require(message.authority.first)
        guard case .soa(let soa) = record.data else {
            Issue.record("no SOA")
            return
        }
        #expect(soa.minimumSeconds == 120 && soa.serial == 2_026_112_101 && soa.retrySeconds == 600)
        #expect(soa.primary?.text == "ns1.plain.test")
        #expect(record.ttlSeconds == 120)

        let missing = try Wire.decode(Answers.nameErrorNSEC3)
        #expect(missing.rcode == .nameError)
        #expect(missing.authority.map(\.type).filter { $0 == .nsec3 }.count == 3)
        #expect(
            missing.authority.filter { $0.type == .nsec3 }.allSatisfy { $0.data == .other && $0.dataOctets.count >= 26 }
        )
    }

    @Test func readsChainsReferralsCAAAndRefusals() throws {
        let chain = try Wire.decode(Answers.cnameChain)
        #expect(chain.answer.map(\.data) == [.cname(try DomainName("shop.plain.test")), .address(.v4(0xC000_0250))])

        let referral = try Wire.decode(Answers.referral)
        #expect(!referral.isAuthoritative && referral.answer.isEmpty)
        let servers = referral.authority.filter { $0.type == .ns }
        #expect(servers.allSatisfy { $0.owner?.text == "sub.example.com" })
        #expect(
            servers.map(\.data) == [.ns(try DomainName("ns.sub.example.com")), .ns(try DomainName("ns2.example.net"))]
        )
        #expect(referral.additional.first?.data == .address(.v4(0xC000_0236)))

        let caa = try Wire.decode(Answers.caa)
        let issue = RData.caa(
            flags: 0,
            tag: Array("issue".utf8),
            value: Array("letsencrypt.org; validationmethods=dns-01".utf8)
        )
        #expect(caa.answer.contains { $0.data == issue })

        let refused = try Wire.decode(Answers.refused)
        #expect(refused.rcode == .refused && refused.answer.isEmpty && refused.edns != nil)
        #expect(try Wire.decode(Answers.noEDNS).edns == nil)
    }

    /// Decoded, written by the codec and decoded again, nothing but the compression may have changed.
    @Test(arguments: Answers.all.map(\.name))
    func survivesARoundTrip(_ name: String) throws {
        let octets = try #require(Answers.all.first { $0.name == name }?.octets)
        var message = try Wire.decode(octets)
        let again = try Wire.decode(try Wire.encode(message))
        // Read, never written.
        message.edns?.errors = []
        #expect(again == message)
    }

    @Test func keepsLetterCaseOfTheQuestionForTheAnswer() throws {
        var query = Message(query: Question(try DomainName("www.example.com"), .a), id: 7)
        query.questionNameOctets = [3] + Array("wWw".utf8) + [7] + Array("eXAMple".utf8) + [3] + Array("CoM".utf8) + [0]
        let received = try Wire.decode(try Wire.encode(query))
        #expect(received.question == query.question)
        #expect(received.questionNameOctets == query.questionNameOctets)
        var answer = Message(answering: received)
        answer.answer = [
            try ResourceRecord(try DomainName("www.example.com"), ttlSeconds: 60, .address(.v4(1)))
        ]
        let octets = try Wire.encode(answer)
        #expect(Array(octets[12..<(12 + query.questionNameOctets.count)]) == query.questionNameOctets)
        #expect(try Wire.decode(octets).answer.first?.owner == query.question?.name)
    }

    @Test(arguments: [true, false], [nil, EDNS(), EDNS(udpPayloadOctets: 0, version: 0, dnssecOK: false)])
    func splicesTheQueryThatTheLibraryWouldWrite(_ recursionDesired: Bool, _ edns: EDNS?) throws {
        let template = try QueryTemplate(recursionDesired: recursionDesired, edns: edns)
        for name in [DomainName.root, try DomainName("_acme-challenge.example.com")] {
            let message = Message(
                query: Question(name, .caa),
                id: 0xBEEF,
                recursionDesired: recursionDesired,
                edns: edns
            )
            let spliced = template.octets(id: 0xBEEF, nameOctets: name.wire, type: .caa)
            #expect(spliced == (try Wire.encode(message)))
            #expect(try Wire.decode(spliced) == message)
        }
    }

    @Test func writesWhatAServerSays() throws {
        let zone = try DomainName("example.com")
        var message = Message(
            answering: Message(query: Question(zone, .txt), id: 9),
            rcode: .badVersion,
            isAuthoritative: false
        )
        message.isTruncated = true
        message.recursionAvailable = true
        message.authenticatedData = true
        message.checkingDisabled = true
        message.answer = [
            try ResourceRecord(zone, ttlSeconds: 5, .txt(strings: [[], Array(repeating: 0xFF, count: 255)])),
            try ResourceRecord(zone, ttlSeconds: 5, .address(.v6(high: 1, low: 2))),
            try ResourceRecord(zone, ttlSeconds: 5, .caa(flags: 128, tag: Array("issue".utf8), value: [])),
            ResourceRecord(
                ownerOctets: zone.wire,
                type: RecordType(rawValue: 65_000),
                ttlSeconds: 1,
                dataOctets: [1, 2, 3]
            ),
        ]
        message.authority = [
            try ResourceRecord(
                zone,
                ttlSeconds: 30,
                .soa(
                    SOA(primary: zone, mailbox: try DomainName("hostmaster.example.com"), serial: 1, minimumSeconds: 60)
                )
            )
        ]
        let again = try Wire.decode(try Wire.encode(message))
        #expect(again == message)
        #expect(again.rcode == .badVersion)
        #expect(throws: WireError(.fieldTooLong(.txt))) {
            try ResourceRecord(zone, ttlSeconds: 5, .txt(strings: [Array(repeating: 1, count: 256)]))
        }
        #expect(throws: WireError(.noWireForm)) { try ResourceRecord(zone, ttlSeconds: 5, .other) }
    }

    @Test func marksWhatCannotBeUsedAndKeepsTheRest() throws {
        let zone = try DomainName("example.com")
        var message = Message(answering: Message(query: Question(zone, .ns), id: 1))
        message.answer = [
            try ResourceRecord(zone, ttlSeconds: 1, .ns(try DomainName("ns1.example.com"))),
            ResourceRecord(ownerOctets: zone.wire, type: .ns, ttlSeconds: 1, dataOctets: [3, 0x61, 0x2E, 0x62, 0]),
            ResourceRecord(ownerOctets: zone.wire, type: .cname, ttlSeconds: 1, dataOctets: [1, 0x2A, 0]),
            ResourceRecord(ownerOctets: zone.wire, type: .a, recordClass: 3, ttlSeconds: 1, dataOctets: [1, 2, 3, 4]),
            ResourceRecord(ownerOctets: [1, 0x2A] + zone.wire, type: .nsec, ttlSeconds: 1, dataOctets: [0, 0, 1, 2]),
        ]
        let read = try Wire.decode(try Wire.encode(message))
        #expect(read == message)
        #expect(read.answer[0].data == .ns(try DomainName("ns1.example.com")))
        for index in 1...3 {
            guard case .unusable = read.answer[index].data else {
                Issue.record("record \(index) was taken for usable: \(read.answer[index].data)")
                continue
            }
        }
        #expect(read.answer[4].owner == nil && read.answer[4].ownerOctets == [1, 0x2A] + zone.wire)
    }

    @Test func readsATTLWithTheTopBitAsZero() throws {
        let octets = Message.bare(answers: 1) + Message.record(type: 1, ttl: [0x80, 0, 0, 1], data: [1, 2, 3, 4])
        #expect(try Wire.decode(octets).answer.first?.ttlSeconds == 0)
        let most =
            Message.bare(answers: 1) + Message.record(type: 1, ttl: [0x7F, 0xFF, 0xFF, 0xFF], data: [1, 2, 3, 4])
        #expect(try Wire.decode(most).answer.first?.ttlSeconds == ResourceRecord.ttlLimitSeconds)
    }
}

extension Message {
    /// A header with so many records to follow and the question `a. TXT IN`.
    static func bare(answers: Int = 0, authority: Int = 0, additional: Int = 0, question: [UInt8] = [1, 0x61, 0])
        -> [UInt8]
    {
        [0, 1, 0x80, 0, 0, 1]
            + [answers, authority, additional].flatMap {
                [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)]
            }
            + question + [0, 16, 0, 1]
    }

    /// One record, owned by the question's name unless said otherwise.
    static func record(
        owner: [UInt8] = [0xC0, 12],
        type: UInt16,
        recordClass: UInt16 = 1,
        ttl: [UInt8] = [0, 0, 0, 60],
        data: [UInt8],
        claims: Int? = nil
    ) -> [UInt8] {
        let length = claims ?? data.count
        return owner + [type, recordClass].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } + ttl
            + [UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)] + data
    }
}
