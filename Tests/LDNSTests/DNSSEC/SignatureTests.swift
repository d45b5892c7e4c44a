// Signatures of published examples, one an algorithm, and every field of a signature wrong in turn.
import DCV
import LDNS
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SignatureTests {
    /// The examples of RFC 6605 6 (P-256, P-384) and RFC 8080 6 (Ed25519, Ed448), and of RFC 5702 6 (RSA).
    struct Example: Sendable, CustomTestStringConvertible {
        let key: String
        let record: String
        let signature: String
        let at: Int64
        var testDescription: String { String(key.prefix(40)) }
    }

    static let examples = [
        Example(
            key:
                "example.net. 3600 IN DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
            record: "www.example.net. 3600 IN A 192.0.2.1",
            signature:
                "www.example.net. 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
            at: 1_282_000_000
        ),
        Example(
            key:
                "example.net. 3600 IN DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
            record: "www.example.net. 3600 IN A 192.0.2.1",
            signature:
                "www.example.net. 3600 IN RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
            at: 1_282_000_000
        ),
        Example(
            key: "example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
            record: "example.com. 3600 IN MX 10 mail.example.com.",
            signature:
                "example.com. 3600 IN RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
            at: 1_439_000_000
        ),
        Example(
            key:
                "example.com. 3600 IN DNSKEY 257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
            record: "example.com. 3600 IN MX 10 mail.example.com.",
            signature:
                "example.com. 3600 IN RRSIG MX 16 2 3600 1440021600 1438207200 9713 example.com. 3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA",
            at: 1_439_000_000
        ),
        Example(
            key:
                "example.net. 3600 IN DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=",
            record: "www.example.net. 3600 IN A 192.0.2.91",
            signature:
                "www.example.net. 3600 IN RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg==",
            at: 1_282_000_000
        ),
        Example(
            key:
                "example.net. 3600 IN DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
            record: "www.example.net. 3600 IN A 192.0.2.91",
            signature:
                "www.example.net. 3600 IN RRSIG A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=",
            at: 1_282_000_000
        ),
    ]

    private func data(_ line: String) throws -> ResourceRecord {
        try #require(PresentationFormat.record(line), "\(line)")
    }

    private func parts(_ example: Example) throws -> (DNSKEY, RRset, CanonicalName) {
        let keyRecord = try data(example.key)
        let record = try data(example.record)
        let owner = try #require(CanonicalName(wire: record.ownerOctets))
        let set = try #require(RRset(owner, record.type, among: [record, try data(example.signature)]))
        let zone = try #require(CanonicalName(wire: keyRecord.ownerOctets))
        return (try #require(DNSKEY(keyRecord.dataOctets)), set, zone)
    }

    private func at(_ seconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: seconds * 1000) }

    @Test(arguments: examples) func publishedSignaturesHold(_ example: Example) throws {
        let (key, set, zone) = try parts(example)
        let signature = try #require(set.signatures.first)
        let check = try SignatureCheck(set, signature, zone: zone, at: at(example.at))
        #expect(check.isMeant(key))
        #expect(check.closestEncloser == nil)
        #expect(check.holds(with: key))
        // Any octet of the key or the signature counts.
        for index in stride(from: 4, to: key.octets.count, by: 7) {
            var octets = key.octets
            octets[index] ^= 0x10
            #expect(!check.holds(with: try #require(DNSKEY(octets))))
        }
        let record = try data(example.record)
        for index in stride(from: 0, to: signature.signature.count, by: 5) {
            var broken = try data(example.signature).dataOctets
            broken[broken.count - 1 - index] ^= 0x04
            let other = ResourceRecord(
                ownerOctets: record.ownerOctets,
                type: .rrsig,
                ttlSeconds: 1,
                dataOctets: broken
            )
            let set = try #require(RRset(set.owner, set.type, among: [record, other]))
            let check = try SignatureCheck(set, try #require(set.signatures.first), zone: zone, at: at(example.at))
            #expect(!check.holds(with: key))
            #expect(check.fingerprint(with: key).count == 32)
        }
    }

    @Test(arguments: examples) func anotherTextOrLengthDoesNotHold(_ example: Example) throws {
        let (key, _, zone) = try parts(example)
        var record = try data(example.record)
        let owner = try #require(CanonicalName(wire: record.ownerOctets))
        var octets = record.dataOctets
        octets[octets.count - 2] ^= 1
        record = ResourceRecord(ownerOctets: record.ownerOctets, type: record.type, ttlSeconds: 1, dataOctets: octets)
        let set = try #require(RRset(owner, record.type, among: [record, try data(example.signature)]))
        let check = try SignatureCheck(set, try #require(set.signatures.first), zone: zone, at: at(example.at))
        #expect(!check.holds(with: key))
        for cut in [1, 3, 40] {
            let short = try #require(DNSKEY(Array(key.octets.dropLast(min(cut, key.octets.count - 5)))))
            #expect(!check.holds(with: short))
        }
    }

    @Test func timeIsSerialArithmetic() throws {
        let example = Self.examples[2]
        let (_, set, zone) = try parts(example)
        let signature = try #require(set.signatures.first)
        func fault(_ seconds: Int64) -> SignatureCheck.Fault? {
            do throws(SignatureCheck.Fault) {
                _ = try SignatureCheck(set, signature, zone: zone, at: at(seconds))
                return nil
            } catch { return error }
        }
        #expect(fault(1_438_207_200) == nil)
        #expect(fault(1_440_021_600) == nil)
        #expect(fault(1_438_207_199) == .notYetValid(at(1_438_207_200)))
        #expect(fault(1_440_021_601) == .expired(at(1_440_021_600)))
        // 136 years on the same 32 bits mean the same.
        #expect(fault(1_439_000_000 + 4_294_967_296) == nil)
        #expect(fault(-5) == .notYetValid(at(1_438_207_200)))
    }

    @Test func fieldsThatDoNotFit() throws {
        let example = Self.examples[0]
        let record = try data(example.record)
        let good = try data(example.signature).dataOctets
        let zone = CanonicalName(try DomainName("example.net"))
        func fault(_ zone: CanonicalName, _ change: (inout [UInt8]) -> Void) throws -> SignatureCheck.Fault? {
            var octets = good
            change(&octets)
            let signed = ResourceRecord(
                ownerOctets: record.ownerOctets,
                type: .rrsig,
                ttlSeconds: 1,
                dataOctets: octets
            )
            let owner = try #require(CanonicalName(wire: record.ownerOctets))
            let set = try #require(RRset(owner, .a, among: [record, signed]))
            let first = try #require(set.signatures.first)
            do throws(SignatureCheck.Fault) {
                _ = try SignatureCheck(set, first, zone: zone, at: at(example.at))
                return nil
            } catch { return error }
        }
        #expect(try fault(zone) { _ in } == nil)
        #expect(try fault(zone) { $0[2] = 5 } == .algorithmNotSupported)
        #expect(try fault(zone) { $0[3] = 4 } == .tooManyLabels)
        #expect(try fault(zone) { $0[3] = 1 } == .otherSigner(zone))
        #expect(try fault(zone) { $0[8] = 0 } == .neverValid)
        let net = CanonicalName(try DomainName("net"))
        #expect(try fault(net) { _ in } == .otherSigner(zone))
        let below = CanonicalName(try DomainName("www.example.net"))
        #expect(try fault(below) { _ in } == .otherSigner(zone))
        // Two labels less one: made from *.example.net.
        var expanded = good
        expanded[3] = 2
        let signed = ResourceRecord(
            ownerOctets: record.ownerOctets,
            type: .rrsig,
            ttlSeconds: 1,
            dataOctets: expanded
        )
        let owner = try #require(CanonicalName(wire: record.ownerOctets))
        let set = try #require(RRset(owner, .a, among: [record, signed]))
        let check = try SignatureCheck(set, try #require(set.signatures.first), zone: zone, at: at(example.at))
        #expect(check.closestEncloser == zone)
    }
}
