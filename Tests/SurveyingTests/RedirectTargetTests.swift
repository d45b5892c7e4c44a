// Where a redirect may lead: every form of a Location that has been used to lead a CA astray, and the forms that are meant well.
import DCV
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct RedirectTargetTests {
    private static let folder = "/.well-known/acme-challenge"

    /// The URL that is asked after this Location; nil when nothing is.
    private static func followed(_ location: String) async throws -> (url: String?, reason: String) {
        let look = try await PageLook(["http://shop.example.test": .to(location)])
        let asked = look.asked.dropFirst().first?.split(separator: " ").last.map(String.init)
        #expect((asked == nil) == (look.fetch?.fault == .redirectRefused), "\(location)")
        return (asked, look.reason)
    }

    @Test(arguments: [
        ("http://www.example.test", "http://www.example.test/"),
        ("http://www.example.test/", "http://www.example.test/"),
        ("HTTP://WWW.Example.Test/a", "http://www.example.test/a"),
        ("https://www.example.test/a?b=c&d", "https://www.example.test/a?b=c&d"),
        ("http://www.example.test:80/a", "http://www.example.test/a"),
        ("http://www.example.test:443/a", "http://www.example.test:443/a"),
        ("https://www.example.test:80/a", "https://www.example.test:80/a"),
        ("http://www.example.test./a", "http://www.example.test/a"),
        ("http://www.example.test/a#b", "http://www.example.test/a"),
        ("//www.example.test/a", "http://www.example.test/a"),
        ("/a/b", "http://shop.example.test/a/b"),
        ("b", "http://shop.example.test" + folder + "/b"),
        ("../b", "http://shop.example.test/.well-known/b"),
        ("/a/./b/../c", "http://shop.example.test/a/c"),
        ("/../../a", "http://shop.example.test/a"),
        ("?x=1", "http://shop.example.test" + folder + "/token?x=1"),
        ("/a b<c>\u{E9}", "http://shop.example.test/a%20b%3Cc%3E%C3%A9"),
        ("/a%2Fb", "http://shop.example.test/a%2Fb"),
        ("/a@b:c", "http://shop.example.test/a@b:c"),
        ("http://5.0.8.9/a", "http://5.0.8.9/a"),
        ("http://[2a00::99]/a", "http://[2a00::99]/a"),
        ("/" + String(repeating: "a", count: 1999), "http://shop.example.test/" + String(repeating: "a", count: 1999)),
    ]) func isFollowed(location: String, url: String) async throws {
        let (asked, reason) = try await Self.followed(location)
        #expect(asked == url, "\(reason)")
    }

    @Test(arguments: [
        // Schemes, and texts that have none.
        "ftp://www.example.test/a", "gopher://www.example.test/a", "file:///etc/passwd", "javascript:alert(1)",
        "http:www.example.test/a", "http:/www.example.test/a", "www.example.test:80/a", "mailto:a@example.test",
        // Ports.
        "http://www.example.test:8080/a", "https://www.example.test:8443/a", "http://www.example.test:22/a",
        "http://www.example.test:25/a", "http://www.example.test:0/a", "http://www.example.test:65616/a",
        "http://www.example.test:/a", "http://www.example.test:8o/a", "http://www.example.test:-80/a",
        // User information.
        "http://user@www.example.test/a", "http://user:word@www.example.test/a", "http://@www.example.test/a",
        "http://www.example.test@5.0.8.9/a",
        // Octets that readers of URLs disagree about.
        "http://www.example.test\\@5.0.8.9/a", "http://www.example.test/a\\b", "http://www.example.test/\ta",
        "http://www.exa\tmple.test/", "http://www.example.test/a%", "http://www.example.test/%zz",
        // Hosts that are none.
        "http://", "http:///a", "http://?a", "https:///a", "http://localhost/a", "http://shop/a", "http://a..test/a",
        "http://-a.test/a", "http://exa_mple!.test/a", "http://%77ww.example.test/a", "http://caf\u{E9}.test/a",
        "http://www.example.test,5.0.8.9/a", "http://www.example.test /a",
        // A "/" that is missing behind the host.
        "https://www.example.test.well-known/acme-challenge/token",
        // Addresses in forms that operating systems read and nobody writes.
        "http://127.1/a", "http://0x7f.1/a", "http://0x7f000001/a", "http://2130706433/a", "http://0177.0.0.1/a",
        "http://017700000001/a", "http://127.0.0.1./a", "http://5.0.8.0x9/a", "http://5.0.8.09/a", "http://5.0.8/a",
        "http://\u{FF11}27.0.0.1/a", "http://\u{2460}\u{2461}\u{2466}.0.0.1/a", "http://5.0.8.9.10/a",
        // Special-use addresses, plainly written.
        "http://127.0.0.1/a", "http://10.0.0.1/a", "http://169.254.169.254/latest", "http://192.168.1.1/a",
        "http://0.0.0.0/a", "http://100.64.0.1/a", "http://198.18.0.1/a", "http://224.0.0.1/a",
        "http://[::1]/a", "http://[::]/a", "http://[::ffff:127.0.0.1]/a", "http://[::ffff:7f00:1]/a",
        "http://[::127.0.0.1]/a", "http://[64:ff9b::7f00:1]/a", "http://[2002:7f00:1::]/a", "http://[fe80::1]/a",
        "http://[fc00::1]/a", "http://[ff02::1]/a",
        // Zones, and brackets that hold something else.
        "http://[fe80::1%25eth0]/a", "http://[2a00::99%eth0]/a", "http://[5.0.8.9]/a", "http://[v1.a]/a",
        "http://[2a00::99/a", "http://2a00::99/a", "http://[2a00::99]x/a",
        // Paths of more than 2000 octets.
        "/" + String(repeating: "a", count: 2000),
    ]) func isRefused(location: String) async throws {
        let (asked, reason) = try await Self.followed(location)
        #expect(asked == nil)
        #expect(!reason.isEmpty && reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(reason)")
        #expect(reason.utf8.count < 700)
    }

    @Test func theReasonsSayWhatIsWrong() async throws {
        for (location, word) in [
            ("http://www.example.test:8080/a", "port 8080"), ("http://a@www.example.test/", "user information"),
            ("http://127.1/", "no URL with a host name"), ("https://x.test.well-known/y", "\"/\" is missing"),
            ("http://127.0.0.1/", "special-use address 127.0.0.1"), ("ftp://x.test/", "neither http nor https"),
            ("http://localhost/", "single label"), ("http://a\tb.test/", "control octet"),
        ] {
            #expect(try await Self.followed(location).reason.contains(word), "\(location)")
        }
    }
}
