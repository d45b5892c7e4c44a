// No text from outside may add a host, a path or a header to a request.
import DCV
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPURLTests {
    private func url(_ text: String) -> String? { try? HTTPURL(text).description }

    @Test func partsArePercentEncoded() throws {
        let host = HTTPURL.Host.name(try DomainName("api.example.com"))
        let url = try HTTPURL(
            .https,
            host: host,
            segments: ["client", "v4", "a/b c?d#e%\u{E9}\r\n", "~x-._"],
            query: [("status", "all"), ("na&me", "a=b&c+d")]
        )
        #expect(
            url.description
                == "https://api.example.com/client/v4/a%2Fb%20c%3Fd%23e%25%C3%A9%0D%0A/~x-._"
                + "?status=all&na%26me=a%3Db%26c%2Bd"
        )
        #expect(try HTTPURL(.http, host: host, port: 8080).description == "http://api.example.com:8080/")
        #expect(try HTTPURL(.https, host: host, port: 443).authority == "api.example.com")
    }

    @Test(arguments: ["", ".", ".."])
    func segmentsThatClimbAreRefused(segment: String) throws {
        let base = try HTTPURL("https://api.example.com/client/v4")
        #expect(throws: HTTPFailure.self) { try base.appending(["zones", segment]) }
    }

    @Test func aBasePathIsKeptWithAndWithoutASlash() throws {
        for base in ["https://api.example.com/client/v4", "https://api.example.com/client/v4/?x=y"] {
            #expect(
                try HTTPURL(base).appending(["zones"], query: [("page", "2")]).description
                    == "https://api.example.com/client/v4/zones?page=2"
            )
        }
        #expect(try HTTPURL("http://[::1]:8080").appending(["a"]).description == "http://[::1]:8080/a")
    }

    @Test(arguments: [
        ("http://Example.COM", "http://example.com/"),
        ("HTTPS://example.com:443/a/b?c=d%20e", "https://example.com/a/b?c=d%20e"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
        ("http://example.com?x=1", "http://example.com/?x=1"),
    ])
    func takes(text: String, canonical: String) { #expect(url(text) == canonical) }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "file:///etc/passwd", "http:/example.com", "http://", "http:///x",
        "http://./",
        "http://user@example.com/", "http://a.test\\@b.test/", "http://a.test/\\x", "http://a.test/ x",
        "http://a.test/\r\nX: y",
        "http://a.test/#f", "http://a.test:/", "http://a.test:0/", "http://a.test:65536/", "http://a.test:80x/",
        "http://a.test:-1/",
        "http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/",
        "http://\u{2460}\u{2461}\u{2466}.0.0.1/",
        "http://::1/", "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://[::1/", "http://a..b/",
        "http://a.test/\u{E9}",
        "http://a.test/\0", "http://a.test/" + String(repeating: "x", count: 5000),
    ])
    func refuses(text: String) { #expect(url(text) == nil) }

    @Test(arguments: ["a\rb", "a\nb", "a\0b", "a\u{7F}", "\u{1B}[2J"])
    func headerValuesHoldNoControlByte(value: String) {
        var headers = HTTPHeaders()
        #expect(throws: HTTPFailure.self) { try headers.add("Authorization", value) }
        #expect(headers.fields.isEmpty)
    }

    @Test(arguments: ["", "a b", "a:b", "a\r\nb", "\u{E9}", "\u{212A}"])
    func headerNamesAreTokens(name: String) {
        var headers = HTTPHeaders()
        #expect(throws: HTTPFailure.self) { try headers.add(name, "x") }
    }

    @Test func headersCompareWithoutCaseAndHideTheirValues() throws {
        var headers = HTTPHeaders()
        try headers.add("Authorization", "Bearer s3cret")
        try headers.add("X-A", "1")
        try headers.add("x-a", "2")
        #expect(headers["AUTHORIZATION"] == "Bearer s3cret")
        #expect(headers.values("X-a") == ["1", "2"])
        let request = HTTPRequest(.get, try HTTPURL("https://a.test/"), headers: headers)
        for text in ["\(headers)", "\(request)", String(describing: [headers]), "\(headers.fields)"] {
            #expect(!text.contains("s3cret"))
        }
    }
}
