// Names from strangers: what is a name, what never becomes one, and what lies below what.

import DCV
import Testing

@Suite("Domain names", .timeLimit(.minutes(1)))
struct DomainNameTests {
    @Test(
        arguments: [
            ("Example.COM", "example.com"), ("example.com.", "example.com"), (".", "."),
            ("_acme-challenge.Shop.example.com", "_acme-challenge.shop.example.com"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("4.3.2.1.in-addr.arpa", "4.3.2.1.in-addr.arpa"),
            ("a", "a"), ("_a._b.c", "_a._b.c"), ("a--b.c", "a--b.c"), ("0.a", "0.a"),
        ]
    )
    func accepted(text: String, canonical: String) throws {
        #expect(try DomainName(text).text == canonical)
    }

    @Test(
        arguments: [
            ("", .empty), ("..", .emptyLabel), ("a..b", .emptyLabel), (".a", .emptyLabel), ("a.b..", .emptyLabel),
            ("192.0.2.1", .looksLikeAddress), ("example.123", .looksLikeAddress),
            ("-a.b", .hyphenAtLabelEdge), ("a-.b", .hyphenAtLabelEdge), ("a.-", .hyphenAtLabelEdge),
            ("*.example.com", .octetNotAllowed), ("a b.c", .octetNotAllowed), ("a/b.c", .octetNotAllowed),
            ("a\\.b.c", .octetNotAllowed), ("a%2eb.c", .octetNotAllowed), ("a\0.b", .octetNotAllowed),
            ("a\r\n.b", .octetNotAllowed), ("$(touch x).b", .octetNotAllowed), ("a:53.b", .octetNotAllowed),
            ("b\u{FC}cher.example", .octetNotAllowed), ("\u{212A}.example", .octetNotAllowed),
            ("ex\u{FF41}mple.com", .octetNotAllowed), ("example\u{3002}com", .octetNotAllowed),
            ("e\u{301}.example", .octetNotAllowed), ("a\u{200B}.b", .octetNotAllowed),
        ] as [(String, NameError.Reason)]
    )
    func refused(text: String, reason: NameError.Reason) {
        #expect(throws: NameError(reason, OctetText(text.utf8))) { try DomainName(text) }
    }

    @Test func limitsAreExact() throws {
        let label63 = String(repeating: "a", count: 63)
        #expect(try DomainName(label63 + ".b").labels.first?.utf8.count == 63)
        let label64 = label63 + "a.b"
        #expect(throws: NameError(.labelTooLong, OctetText(label64.utf8))) { try DomainName(label64) }
        let name253 = [label63, label63, label63, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(name253.utf8.count == 253)
        #expect(try DomainName(name253).wire.count == 255)
        #expect(try DomainName(name253 + ".").text == name253)
        let name254 = [label63, label63, label63, String(repeating: "b", count: 62)].joined(separator: ".")
        #expect(throws: NameError(.tooLong, OctetText(name254.utf8))) { try DomainName(name254) }
    }

    /// Whatever the bytes: a name is in canonical form, and reading its text gives the same name.
    @Test func randomBytesGiveACanonicalNameOrNone() throws {
        let seed: UInt64 = 0x6E61_6D65
        var numbers = SeededNumbers(seed: seed)
        let alphabet = Array("aZ09-_.*\\/% \0\u{FC}".utf8)
        var accepted = 0
        for round in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &numbers)).map { _ in numbers.pick(alphabet) }
            guard let name = try? DomainName(bytes) else { continue }
            accepted += 1
            #expect(try DomainName(name.text) == name, "seed \(seed), round \(round): \(OctetText(bytes))")
            #expect(name.text.utf8.allSatisfy { !(0x41...0x5A).contains($0) && $0 < 0x80 })
            #expect(try DomainName(labels: name.labels.map { Array($0.utf8) }) == name)
        }
        #expect(accepted > 500)
    }

    @Test func wireLabelsAreJoinedOnlyWhenHarmless() throws {
        #expect(try DomainName(labels: []) == .root)
        #expect(try DomainName(labels: [Array("WWW".utf8), Array("b".utf8)]).text == "www.b")
        for labels in [["a.b", "c"], ["a", ""], [""], ["", "a"], ["a", "", "b"]] {
            #expect(throws: NameError.self) { try DomainName(labels: labels.map { Array($0.utf8) }) }
        }
    }

    @Test func belowMeansWholeLabels() throws {
        let zone = try DomainName("example.com")
        #expect(try DomainName("example.com").isSubdomain(of: zone))
        #expect(try DomainName("a.b.example.com").isSubdomain(of: zone))
        #expect(try DomainName("a.example.com").isSubdomain(of: .root))
        for stranger in ["evilexample.com", "example.com.evil.net", "com", "ample.com", "xexample.com", "example.co"] {
            #expect(try !DomainName(stranger).isSubdomain(of: zone), "\(stranger)")
        }
        #expect(!DomainName.root.isSubdomain(of: zone))
    }

    @Test func parentsEndAtTheRoot() throws {
        let name = try DomainName("a.b.c")
        #expect(name.selfAndAncestors.map(\.text) == ["a.b.c", "b.c", "c", "."])
        #expect(DomainName.root.parent == nil)
        #expect(DomainName.root.labels.isEmpty)
        #expect(DomainName.root.wire == [0])
        #expect(try DomainName("c").prepending("_a").text == "_a.c")
        #expect(try DomainName.root.prepending("c").text == "c")
        #expect(throws: NameError.self) { try DomainName("c").prepending("a b") }
    }

    /// RFC 4034 6.1 gives this very order, less the names this type refuses.
    @Test func canonicalOrder() throws {
        let ordered = ["example", "a.example", "yljkjljk.a.example", "z.a.example", "zabc.a.example", "z.example"]
        #expect(try ordered.reversed().map { try DomainName($0) }.sorted().map(\.text) == ordered)
    }
}

@Suite("Identifiers", .timeLimit(.minutes(1)))
struct IdentifierTests {
    @Test func wildcardOnlyLeftmostAndOnlyOnce() throws {
        let wildcard = try Identifier("*.Example.com")
        #expect(wildcard.isWildcard)
        #expect(wildcard.name.text == "example.com")
        #expect(wildcard.text == "*.example.com")
        #expect(try !Identifier("example.com").isWildcard)
        for text in ["*", "*.", "*..", "*.*.a", "a.*.b", "**.a", "*a.b", ".", "", "a.*", "\u{FF0A}.a"] {
            #expect(throws: NameError.self, "\(text)") { try Identifier(text) }
        }
    }

    @Test func orderPutsTheNameBeforeItsWildcard() throws {
        let texts = ["a.example", "*.a.example", "b.example"]
        #expect(try texts.reversed().map { try Identifier($0) }.sorted().map(\.text) == texts)
    }
}

@Suite("Untrusted text", .timeLimit(.minutes(1)))
struct OctetTextTests {
    @Test func everyByteIsShownHarmlessly() {
        #expect(OctetText("a\\\u{1B}[31m\n\u{FC}".utf8).description == "a\\\\\\027[31m\\010\\195\\188")
        #expect(OctetText([0, 127, 255]).description == "\\000\\127\\255")
        #expect(OctetText(Array(repeating: 0x61, count: 70)).shortened().hasPrefix("aaaa"))
        #expect(OctetText(Array(repeating: 0x61, count: 70)).shortened(limitBytes: 2) == "aa... (70 bytes)")
        #expect(OctetText("abc".utf8).shortened(limitBytes: 3) == "abc")
    }

    @Test func roundTripOfRandomBytes() throws {
        let seed: UInt64 = 0x0C7E7
        var numbers = SeededNumbers(seed: seed)
        for round in 0..<2000 {
            let text = OctetText(numbers.bytes(upTo: 300))
            #expect(text.description.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(try roundTrip(text) == text, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: ["\\", "\\1", "\\12", "\\256", "\\999", "\\x41", "a\\", "\\0a0"])
    func brokenEscapesAreRefused(text: String) {
        #expect(throws: DecodingError.self) { try decode(OctetText.self, from: json(text)) }
    }
}

@Suite("Proof values", .timeLimit(.minutes(1)))
struct ProofValueTests {
    static let hostile = [
        "", " a", "a ", "a\nb", "a\r\nb", "a\0b", "$(touch x)", "`id`", "a;b`", "a|b", "a&b", "a\"b", "a'b", "a\\b",
        "a<b", "a{b}", "%s%n", "caf\u{E9}", "\u{212A}", "a\u{202E}b", "a\tb", "a\u{7F}", "a*b", "a!b", "a?b", "a#b",
        "\"},{\"",
    ]

    @Test(arguments: hostile)
    func hostileValuesAreRefused(text: String) {
        #expect(throws: NameError.self) { try TXTValue(text) }
        #expect(throws: NameError.self) { try HTTPTokenBody(text) }
        #expect(throws: NameError.self) { try HTTPTokenPath("/.well-known/acme-challenge/" + text) }
    }

    @Test(
        arguments: [
            "ca3-0fdf1e_x.Y~z", "-leading", "a=b==", "letsencrypt.org; accounturi=https://a.example/1", "A+B/C:D@e,f",
        ]
    )
    func tokensOfCAsAreAccepted(text: String) throws {
        #expect(try TXTValue(text).text == text)
        #expect(try HTTPTokenBody(text).bytes == Array(text.utf8))
    }

    @Test func limitsAreExact() throws {
        #expect(try TXTValue(String(repeating: "a", count: 255)).bytes.count == 255)
        #expect(throws: NameError.self) { try TXTValue(String(repeating: "a", count: 256)) }
        #expect(try HTTPTokenBody(String(repeating: "a", count: 512)).bytes.count == 512)
        #expect(throws: NameError.self) { try HTTPTokenBody(String(repeating: "a", count: 513)) }
        let folder = "/.well-known/pki-validation/"
        #expect(
            try HTTPTokenPath(folder + String(repeating: "a", count: 200)).text.utf8.count == 200 + folder.utf8.count
        )
        #expect(throws: NameError.self) { try HTTPTokenPath(folder + String(repeating: "a", count: 201)) }
    }

    @Test(
        arguments: [
            "", "/", "/index.html", "/.well-known/", "/.well-known/acme-challenge", "/.well-known/acme-challenge/",
            "/.well-known/acme-challenge/../../etc/passwd", "/.well-known/acme-challenge/..",
            "/.well-known/acme-challenge/.htaccess", "/.well-known/acme-challenge/a/b",
            "/.well-known/acme-challenge/%2e%2e", "/.well-known/acme-challenge/a?b", "/.well-known/acme-challenge/a#b",
            "/.WELL-KNOWN/acme-challenge/a", "//.well-known/acme-challenge/a", ".well-known/acme-challenge/a",
            "/.well-known/other/a", "/.well-known/acme-challenge/a\0", "/.well-known/acme-challenge/-a;b",
        ]
    )
    func pathsOutsideTheTokenFoldersAreRefused(text: String) {
        #expect(throws: NameError.self) { try HTTPTokenPath(text) }
    }

    @Test func bodyIsShownWhenOnlyWhiteSpaceFollows() throws {
        let body = try HTTPTokenBody("tok.en")
        for served in ["tok.en", "tok.en\n", "tok.en\r\n", "tok.en \t\r\n\n"] {
            #expect(body.isShown(by: Array(served.utf8)), "\(OctetText(served.utf8))")
        }
        for served in ["", "tok.e", " tok.en", "tok.en\0", "TOK.EN", "tok.en x", "\u{FEFF}tok.en", "<p>tok.en</p>"] {
            #expect(!body.isShown(by: Array(served.utf8)), "\(OctetText(served.utf8))")
        }
    }
}
