// What cannot be taken of what a person typed: which character stands where, and what to write instead.
import DCV
import Testing

@Suite("Typed text", .timeLimit(.minutes(1)))
struct TypedTextTests {
    @Test(
        "names",
        arguments: [
            (
                "*.example.com", TypedField.name,
                #""*.example.com": "*" as character 1 cannot stand in a name; write example.com"#
            ),
            ("*.example.com", .owner, "a wildcard is proved at _acme-challenge.example.com"),
            (
                "https://shop.example.com:8443/x", .name,
                "\":\" as character 6 cannot stand in a name; write the host alone: shop.example.com"
            ),
            ("http://example.com/x", .owner, "a URL goes with the type HTTP"),
            ("example.com:53", .name, "write the name alone, without port and path"),
            (
                "b\u{FC}cher.example", .name,
                "\"\u{FC}\" (U+00FC) as character 2 cannot stand in a name; write its xn-- form"
            ),
            ("\u{201C}example.com\u{201D}", .name, "a quotation mark (U+201C) as character 1"),
            ("example.com\u{200B}", .name, "a character that cannot be seen (U+200B) as character 12"),
            ("exa mple.com", .owner, "a space as character 4 cannot stand in a name; leave it out"),
            ("@", .owner, "write the zone's name"), ("a$b.example", .name, "\"$\" as character 2"),
            ("a..example", .name, "two dots stand together"), ("1.2.3.4", .name, "an address, not a name"),
        ] as [(String, TypedField, String)]
    )
    func names(text: String, field: TypedField, told: String) {
        let error = #expect(throws: NameError.self) { try DomainName(text) }
        #expect(error?.told(as: field).contains(told) == true, "\(error?.told(as: field) ?? "")")
    }

    @Test(
        "values and paths",
        arguments: [
            ("\"abc\"", "a quotation mark as character 1 cannot stand in a value; leave the quotation marks out"),
            ("abc\u{201D}", "a quotation mark (U+201D) as character 4"), (" abc", "a space as character 1"),
            ("abc ", "a space as character 4"), ("a\u{A0}b", "a character that cannot be seen (U+00A0)"),
            ("a$b", "\"$\" as character 2 cannot stand in a value; a value holds letters"),
            ("a\u{1B}b", "U+001B as character 2"), ("a\nb", "a line end as character 2"),
        ]
    )
    func values(text: String, told: String) {
        let error = #expect(throws: NameError.self) { try TXTValue(text) }
        #expect(error?.told(as: .value).contains(told) == true, "\(error?.told(as: .value) ?? "")")
        // What strangers send is quoted without advice, as before.
        #expect(error?.description == "\"\(OctetText(text.utf8))\": an octet that is not allowed there")
    }

    @Test func aPathSaysWhichCharacter() {
        let error = #expect(throws: NameError.self) { try HTTPTokenPath("/.well-known/acme-challenge/a/b") }
        #expect(error?.told(as: .path).contains("\"/\" as character 30 cannot stand in a path") == true)
    }

    @Test func bytesThatAreNoTextAreToldToo() {
        let error = #expect(throws: NameError.self) { try DomainName([0x61, 0xFF, 0x62]) }
        #expect(error?.told(as: .name).contains("U+FFFD as character 2") == true)
    }
}
