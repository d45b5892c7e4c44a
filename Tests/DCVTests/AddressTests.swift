// Addresses: one strict reading, one canonical spelling, and which of them are not the public Internet.

import DCV
import Testing

@Suite("IP addresses", .timeLimit(.minutes(1)))
struct IPAddressTests {
    /// RFC 5952 4 and 5, RFC 4291 2.2.
    @Test(
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("2001:DB8::1", "2001:db8::1"), ("2001:0db8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("::ffff:192.0.2.1", "::ffff:c000:201"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ]
    )
    func readAndPrinted(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(octets: address.octets) == address)
        #expect(try roundTrip(address) == address)
    }

    @Test(
        arguments: [
            "", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "127.0.0.01", "127.0.0.256", "127.0.0.1.",
            ".127.0.0.1",
            "127.0.0.1 ", " 127.0.0.1", "+1.0.0.1", "1.2.3.-4", "1..2.3", "1.2.3.4.5", "\u{2460}27.0.0.1",
            "127.0.0.1\0",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "12345::", "g::", "+1::",
            "fe80::1%eth0", "[::1]", "::1/64", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "::01.2.3.4", "::ffff:0x7f.0.0.1",
            ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::\u{FF11}",
        ]
    )
    func otherSpellingsAreRefused(text: String) { #expect(IPAddress(text) == nil) }

    @Test func randomBitsRoundTrip() {
        var numbers = SeededNumbers(seed: 0x1B)
        for _ in 0..<5000 {
            // Many zero groups, so that every shortening is met.
            let groups = (0..<8).map { _ in numbers.chance(60) ? 0 : UInt16.random(in: .min ... .max, using: &numbers) }
            let address = IPAddress(octets: groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
            #expect(address.flatMap { IPAddress($0.description) } == address)
        }
        #expect(IPAddress(octets: [1, 2, 3]) == nil)
        #expect(IPAddress(octets: []) == nil)
    }

    @Test func fourBeforeSixThenByNumber() {
        let texts = ["9.0.0.0", "10.0.0.0", "200.0.0.1", "::2", "2001:db8::1", "ff00::"]
        #expect(texts.reversed().compactMap { IPAddress($0) }.sorted().map(\.description) == texts)
    }

    /// One address of every block of the IANA registries, so that a misspelt block cannot drop out unseen.
    @Test(
        arguments: [
            "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.53", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
            "::", "::1", "::7f00:1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
            "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
            "fe80::1", "fec0::1", "ff02::1",
        ]
    )
    func specialUse(text: String) throws { #expect(try #require(IPAddress(text)).isSpecialUse) }

    @Test(
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.9.9.9", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
            "198.17.0.1", "198.20.0.1", "223.255.255.255", "2001:200::1", "2606:4700::1111", "2a00::1", "2003::1",
            "100:0:0:2::1", "4000::1",
        ]
    )
    func publicUse(text: String) throws { #expect(try !#require(IPAddress(text)).isSpecialUse) }

    @Test func networks() throws {
        let network = try #require(IPNetwork("198.18.0.0/15"))
        #expect(network.contains(try #require(IPAddress("198.19.255.255"))))
        #expect(!network.contains(try #require(IPAddress("198.20.0.0"))))
        #expect(!network.contains(try #require(IPAddress("::c612:1"))))
        #expect(network.description == "198.18.0.0/15")
        #expect(try #require(IPNetwork("192.0.2.1")).prefixLengthBits == 32)
        #expect(try #require(IPNetwork("::1")).prefixLengthBits == 128)
        #expect(try #require(IPNetwork("0.0.0.0/0")).contains(try #require(IPAddress("255.1.2.3"))))
        for text in [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10/8",
        ] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
    }
}
