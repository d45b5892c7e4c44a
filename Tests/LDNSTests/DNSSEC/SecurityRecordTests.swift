// DNSSEC data taken apart: names in order, key tags, digests, signatures of published examples.
import DCV
import LDNS
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecurityRecordTests {
    private func record(_ line: String) throws -> ResourceRecord {
        try #require(PresentationFormat.record(line), "\(line)")
    }

    private func name(_ text: String) throws -> CanonicalName { CanonicalName(try DomainName(text)) }

    @Test func namesAreOrderedByLabelsFromTheRight() throws {
        // RFC 4034 6.1 gives this order.
        let wires: [[UInt8]] = [
            [7] + Array("example".utf8) + [0], [1, 0x61, 7] + Array("example".utf8) + [0],
            [8] + Array("yljkjljk".utf8) + [1, 0x61, 7] + Array("example".utf8) + [0],
            [1, 0x5A, 1, 0x61, 7] + Array("example".utf8) + [0],
            [4] + Array("zABC".utf8) + [1, 0x61, 7] + Array("EXAMPLE".utf8) + [0],
            [1, 0x7A, 7] + Array("example".utf8) + [0], [1, 1, 1, 0x7A, 7] + Array("example".utf8) + [0],
            [1, 0x2A, 1, 0x7A, 7] + Array("example".utf8) + [0], [1, 200, 1, 0x7A, 7] + Array("example".utf8) + [0],
        ]
        let names = try wires.map { try #require(CanonicalName(wire: $0)) }
        #expect(names.sorted() == names)
        #expect(names.reversed().sorted() == names)
        #expect(names[4].description == "zabc.a.example")
        #expect(names[6].description == "\\001.z.example")
        #expect(CanonicalName(wire: [1, 0x61]) == nil)
        #expect(CanonicalName(wire: [0, 0]) == nil)
        #expect(try name("a.b.c").commonAncestor(with: try name("x.b.c")) == (try name("b.c")))
        #expect(try name("notexample.com").isSubdomain(of: try name("example.com")) == false)
    }

    @Test func rootKeysHaveTheirTagsAndDigests() throws {
        let anchors = [
            (RootKeys.key2017, UInt16(20326), RootKeys.ds2017), (RootKeys.key2024, 38696, RootKeys.ds2024),
        ]
        for (keyLine, tag, dsLine) in anchors {
            let key = try #require(DNSKEY(try record(keyLine).dataOctets))
            let ds = try #require(DS(try record(dsLine).dataOctets))
            #expect(key.keyTag == tag)
            #expect(key.isZoneKey && key.isSecureEntryPoint)
            #expect(ds.isSupported)
            #expect(ds.matches(key, of: .root))
            #expect(!ds.matches(key, of: try name("com")))
            var other = try record(keyLine).dataOctets
            other[40] ^= 1
            #expect(!ds.matches(try #require(DNSKEY(other)), of: .root))
        }
        // A revoked key and one of another protocol sign nothing.
        for (flags, number) in [(UInt8(0x81), UInt8(3)), (0x01, 2)] {
            #expect(DNSKEY([1, flags, number, 8, 1, 2])?.isZoneKey == (flags == 0x01 && number == 3))
        }
        #expect(DNSKEY([0, 1, 3, 8, 1, 2])?.isZoneKey == false)
    }

    @Test func digestsOfEachType() throws {
        // RFC 4034 5.4, RFC 4509 2.3: the same key with SHA-1 and SHA-256.
        let key = try #require(
            DNSKEY(
                try record(
                    """
                    dskey.example.com. 86400 IN DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==
                    """
                )
                .dataOctets
            )
        )
        #expect(key.keyTag == 60485)
        let owner = try name("dskey.example.com")
        let sha1 = "dskey.example.com. 86400 IN DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"
        let sha256 =
            "dskey.example.com. 86400 IN DS 60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"
        for line in [sha1, sha256] {
            let ds = try #require(DS(try record(line).dataOctets))
            #expect(ds.matches(key, of: owner))
            #expect(!ds.isSupported, "algorithm 5 is not computed")
        }
        // A digest cut short is no digest.
        var short = try record(sha256).dataOctets
        short.removeLast()
        #expect(try #require(DS(short)).matches(key, of: owner) == false)
    }

    @Test func bitmapsAnswerForEachType() throws {
        let nsec = try #require(NSEC(try record("a.example. 60 IN NSEC b.example. A MX RRSIG NSEC TYPE1234")))
        for type in [RecordType.a, .mx, .rrsig, .nsec, RecordType(rawValue: 1234)] {
            #expect(nsec.types.contains(type))
        }
        for type in [RecordType.ns, .txt, .caa, RecordType(rawValue: 1235), RecordType(rawValue: 65_535)] {
            #expect(!nsec.types.contains(type))
        }
        #expect(nsec.next == (try name("b.example")))
    }

    @Test(
        arguments: [
            [1, 0x62, 0, 1, 1, 0x40, 0, 1, 0x40], [1, 0x62, 0, 0, 0],
            [1, 0x62, 0, 0, 33] + [UInt8](repeating: 1, count: 33),
            [1, 0x62, 0, 0, 5, 1], [1, 0x62], [9, 1], [],
        ] as [[UInt8]]
    )
    func brokenNSECIsNone(_ data: [UInt8]) throws {
        let owner = try DomainName("a.example")
        #expect(NSEC(ResourceRecord(ownerOctets: owner.wire, type: .nsec, ttlSeconds: 1, dataOctets: data)) == nil)
    }

    @Test func hashesOfRFC5155() throws {
        // Appendix A: salt aabbccdd, 12 iterations.
        let owners = [
            "example": "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "a.example": "35mthgpgcu1qg68fab165klnsnk3dpvl",
            "*.w.example": "r53bq7cc2uvmubfu5ocmm6pers9tk9en", "xx.example": "t644ebqk9bibcna874givr6joj62mlhv",
        ]
        for (text, label) in owners {
            let line = "\(label).example. 60 IN NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"
            let gap = try #require(NSEC3(try record(line)))
            var denial = Denial(zone: try name("example"), nsec: [], nsec3: [gap])
            let asked = CanonicalName(wire: wire(text))
            #expect(denial.noData(try #require(asked), .txt) == .proven)
            #expect(denial.noData(try #require(asked), .a) != .proven)
            #expect(gap.isOptOut && gap.iterations == 12 && gap.salt == [0xAA, 0xBB, 0xCC, 0xDD])
        }
    }

    private func wire(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    @Test(arguments: [
        "1 0 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bojr", "2 0 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
        "1 2 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bojr", "1 0 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bo",
    ])
    func unknownNSEC3IsLeftOut(_ data: String) throws {
        let record = PresentationFormat.record("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 60 IN NSEC3 \(data) A")
        #expect((record.flatMap { NSEC3($0) } != nil) == data.hasPrefix("1 0 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bojr"))
        let elsewhere = PresentationFormat.record(
            "abc!.example. 60 IN NSEC3 1 0 1 00 2t7b4g4vsa5smi47k61mv5bv1a22bojr A"
        )
        #expect(elsewhere.flatMap { NSEC3($0) } == nil)
    }

    @Test func linesThatAreNoRecords() {
        let lines = [
            "", " ", ". DS", ". DS 1 2", "; comment", "\t. IN DS 1 8 2 00", "a..b. DS 1 8 2 00",
            ". IN DNSKEY 257 3 8 !!!",
            String(repeating: "a", count: 20_000),
        ]
        for line in lines { #expect(PresentationFormat.record(line) == nil, "\(line)") }
    }
}

/// IANA's anchors of the root zone.
enum RootKeys {
    static let key2017 =
        ". IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU="
    static let key2024 =
        ". IN DNSKEY 257 3 8 AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc="
    static let ds2017 = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
    static let ds2024 = ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"
}
