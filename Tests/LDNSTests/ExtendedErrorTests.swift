// Extended DNS errors as resolvers send them, and as nobody should.
import DCV
import LDNS
import Testing

@Suite("Extended errors", .timeLimit(.minutes(1)))
struct ExtendedErrorTests {
    /// A SERVFAIL without a question, whose OPT record holds these options.
    private static func message(_ options: [[UInt8]], claimedOctets: Int? = nil) -> [UInt8] {
        let data = options.flatMap { $0 }
        let length = claimedOctets ?? data.count
        return [0x12, 0x34, 0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 1] + [0, 0, 41, 0x04, 0xD0, 0, 0, 0x80, 0]
            + [UInt8(length >> 8), UInt8(length & 0xFF)] + data
    }

    private static func option(_ code: UInt8, _ data: [UInt8], claimedOctets: Int? = nil) -> [UInt8] {
        let length = claimedOctets ?? data.count
        return [0, code, UInt8(length >> 8), UInt8(length & 0xFF)] + data
    }

    private static func errors(_ options: [[UInt8]]) throws -> [String] {
        let decoded = try Wire.decode(message(options))
        return try #require(decoded.edns).errors.map(\.description)
    }

    @Test func codeAndText() throws {
        #expect(try Self.errors([Self.option(15, [0, 7])]) == ["EDE 7 Signature Expired"])
        #expect(
            try Self.errors([Self.option(15, [0, 22] + Array("at delegation".utf8))])
                == ["EDE 22 No Reachable Authority: at delegation"]
        )
        #expect(try Self.errors([Self.option(15, [0xC0, 0x01])]) == ["EDE 49153"])
        #expect(try Self.errors([]) == [])
    }

    @Test func whatARealServerSends() throws {
        #expect(try Wire.decode(Answers.refused).edns?.errors == [ExtendedError(20)])
        #expect(try Wire.decode(Answers.signedTXT).edns?.errors == [])
    }

    @Test func severalAmongOtherOptions() throws {
        let cookie = Self.option(10, [UInt8](repeating: 1, count: 16))
        #expect(
            try Self.errors([cookie, Self.option(15, [0, 6]), Self.option(12, []), Self.option(15, [0, 9, 0x78])])
                == ["EDE 6 DNSSEC Bogus", "EDE 9 DNSKEY Missing: x"]
        )
        let many = [[UInt8]](repeating: Self.option(15, [0, 1]), count: 40)
        #expect(try Self.errors(many).count == 8)
    }

    @Test func textsAreCutAndEscaped() throws {
        let hostile = Array("\u{1B}[31m\n\u{202E}".utf8)
        let told = try Self.errors([Self.option(15, [0, 0] + hostile)]).first
        #expect(told == "EDE 0 Other Error: \\027[31m\\010\\226\\128\\174")
        let long = try Wire.decode(Self.message([Self.option(15, [0, 0] + [UInt8](repeating: 0x61, count: 9000))]))
        #expect(long.edns?.errors.first?.text.bytes.count == 256)
        #expect(try Self.errors([Self.option(15, [0, 0, 0x61, 0, 0])]) == ["EDE 0 Other Error: a"])
    }

    @Test func optionsThatAreTooShortAreNoErrors() throws {
        #expect(try Self.errors([Self.option(15, []), Self.option(15, [0])]) == [])
    }

    @Test func lengthsThatLie() {
        let refused: [[UInt8]] = [
            Self.message([Self.option(15, [0, 7], claimedOctets: 3)]),
            Self.message([Self.option(15, [0, 7], claimedOctets: 0xFFFF)]),
            Self.message([Self.option(15, [0, 7]), [0, 15, 0]]),
            Self.message([Self.option(15, [0, 7])], claimedOctets: 7),
            Self.message([Self.option(15, [0, 7])], claimedOctets: 5),
        ]
        for octets in refused {
            #expect(throws: WireError.self) { try Wire.decode(octets) }
        }
    }

    @Test func whichSayThatValidationFailed() {
        let failing = (0...40).filter { ExtendedError(UInt16($0)).isValidationFailure }
        #expect(failing == [6, 7, 8, 9, 10, 11, 12, 25])
    }
}
