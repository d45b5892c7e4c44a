// Answers that are none at any provider: what no call may take for its document. One list for all of them.
import Platform
import Testing

/// One bad answer. Most are an answer that every list would accept, with one thing wrong in it, so that whoever overlooks
/// the fault accepts the whole.
struct HostileBody: Sendable, CustomTestStringConvertible {
    let name: String
    var status = 200
    var headers: [(String, String)] = []
    let body: [UInt8]

    init(_ name: String, status: Int = 200, headers: [(String, String)] = [], _ body: some Sequence<UInt8>) {
        self.name = name
        self.status = status
        self.headers = headers
        self.body = Array(body)
    }

    var testDescription: String { name }
    var answer: ScriptedHTTP.Answer { .reply(status, body, headers: headers) }

    static let all = texts + members + encodings + wrongKinds + errors + statuses + packed + deep

    /// A success of every provider at once, with empty lists: Cloudflare's, NAVER's, DigiCert's.
    static let success = answer(list: "[]")

    private static let listKeys = [
        "result", "sslCertificateList", "domainVldList", "dnsVerificationList", "domains", "orders", "validations",
    ]

    private static func answer(list: String, _ more: String = "") -> String {
        let lists = listKeys.map { "\"\($0)\":\(list)" }.joined(separator: ",")
        return "{\"returnCode\":\"0\",\"success\":true,\(lists)\(more)}"
    }

    /// Nothing, prose, pages, other formats, and what stands before or after a document.
    private static let texts: [HostileBody] =
        [
            "", " ", "\n", "\r\n\r\n", "\t", "\u{0}", "null", "true", "false", "0", "-1", "1e3", "\"\"", "\"{}\"", "[]",
            "[{}]", "[[]]", "{}", "{", "}", "[", "]", "{]", "nul", "nullnull", "OK", "not json", "Service Unavailable",
            "<!DOCTYPE html><html><title>520: Web server is returning an unknown error</title></html>",
            "<html><body>" + success + "</body></html>", "<?xml version=\"1.0\"?><lists/>", "--- # YAML\nresult: []\n",
            "result=&success=true", "%7B%22result%22%3A%5B%5D%7D", "eyJyZXN1bHQiOltdfQ==",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "\u{FEFF}" + success, success + "{}", success + "\u{0}",
            success + success, success + "\n" + success, success + ",", success + "x", "[" + success + "]",
            "(" + success + ")", "callback(" + success + ");", ")]}',\n" + success, "while(1);" + success,
            "/* */" + success, success + "// end", "#\n" + success, "data: " + success + "\n\n", "\u{B}" + success,
            "\u{A0}" + success, "\u{1E}" + success, success.replacing("\"", with: "'"),
            success.replacing(":", with: "="), success.replacing(",", with: ";"), String(success.dropLast()),
            String(success.prefix(40)), String(success.dropFirst()),
            "\"" + success.replacing("\"", with: "\\\"") + "\"",
        ]
        .enumerated().map { HostileBody("text \($0.offset)", $0.element.utf8) }

    /// One more member that is no JSON, or a key that is there already.
    private static let members: [HostileBody] =
        [
            "\"x\":01", "\"x\":-", "\"x\":+1", "\"x\":.5", "\"x\":1.", "\"x\":1e", "\"x\":0x10", "\"x\":NaN",
            "\"x\":Infinity", "\"x\":undefined", "\"x\":True", "\"x\":nil", "\"x\":'y'", "\"x\":\"y", "\"x\":\"\n\"",
            "\"x\":\"\u{0}\"", "\"x\":\"\\x41\"", "\"x\":\"\\u12\"", "\"x\":\"\\ud800\"", "\"x\":\"\\udc00\\ud800\"",
            "\"x\":\"\\ud800\\u0041\"", "\"x\":", "\"x\"", "x:1", "\"x\":1,", ",\"x\":1", "\"x\":[1,]",
            "\"x\":{\"y\":1,}",
            "\"x\":[1 2]", "\"x\":{1:2}", "\"x\":{null:2}", "\"x\":[}", "\"x\":1:2", "\"success\":true",
            "\"success\":false",
            "\"returnCode\":\"0\"", "\"returnCode\":\"2000\"", "\"result\":[]", "\"sslCertificateList\":[]",
            "\"\\u0073uccess\":false", "\"x\":{\"y\":1,\"y\":1}", "\"x\":[{\"y\":1,\"y\":2}]",
        ]
        .map { HostileBody("member \($0)", answer(list: "[]", "," + $0).utf8) }

    /// Octets that are no UTF-8, within a document or instead of one.
    private static let encodings: [HostileBody] =
        [
            [0xFF], [0xFE], [0x80], [0xC3], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ]
        .flatMap { (octets: [UInt8]) -> [HostileBody] in
            let value = Array(success.utf8.dropLast()) + Array(",\"x\":\"".utf8) + octets + Array("\"}".utf8)
            let key = Array(success.utf8.dropLast()) + Array(",\"".utf8) + octets + Array("\":1}".utf8)
            return [
                HostileBody("octets \(octets) in a value", value), HostileBody("octets \(octets) in a key", key),
                HostileBody("octets \(octets) at the end", Array(success.utf8) + octets),
            ]
        } + [
            HostileBody(
                "UTF-16, big end first",
                [0xFE, 0xFF] + success.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            ),
            HostileBody("UTF-16, little end first", success.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
            HostileBody("gzip without a word", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ]

    /// Documents whose lists are none, or have none.
    private static let wrongKinds: [HostileBody] =
        ["true", "false", "0", "7", "-1.5", "\"\"", "\"[]\"", "{}", "{\"0\":{}}"].map {
            HostileBody("a list that is \($0)", answer(list: $0).utf8)
        }
        + [
            "{\"success\":null}", "{\"returnCode\":null,\"success\":1}", "{\"Success\":true,\"Result\":[]}",
            "{\"data\":{\"result\":[],\"domains\":[]}}", "{\"status\":\"ok\"}", "{\"page\":{\"total\":0}}",
            "{\"totalCount\":0,\"totalRows\":0,\"result_info\":{\"count\":0}}", "{\"message\":\"Forbidden\"}",
            "{\"returnCode\":[],\"success\":\"true\"}", "{\"returnCode\":{},\"success\":{}}",
        ]
        .map { HostileBody("a document \($0)", $0.utf8) }

    /// What providers and those before them say when they refuse, under a status that says all is well.
    private static let errors: [HostileBody] =
        [
            "{\"returnCode\":\"2000\",\"returnMessage\":\"bad\"}", "{\"returnCode\":\"-1\"}", "{\"returnCode\":true}",
            "{\"returnCode\":9223372036854775808}", "{\"error\":{\"errorCode\":\"200\",\"message\":\"m\"}}",
            "{\"error\":{\"errorCode\":\"400\",\"message\":\"Quota Exceeded\"}}", "{\"error\":\"denied\"}",
            "{\"error\":{}}", "{\"error\":[]}", "{\"error\":{\"errorCode\":\"900\",\"message\":\"Unexpected\"}}",
            "{\"responseError\":{\"returnCode\":\"1300\",\"returnMessage\":\"m\"}}", "{\"responseError\":7}",
            "{\"success\":false}", "{\"success\":false,\"result\":[]}", "{\"success\":false,\"errors\":\"all\"}",
            "{\"success\":false,\"errors\":[null,7,\"x\",{}]}",
            "{\"success\":false,\"result\":null,\"errors\":[{\"code\":10000,\"message\":\"Authentication error\"}]}",
            "{\"errors\":[{\"code\":\"access_denied|missing_permission\",\"message\":\"m\"}]}",
            "{\"errors\":[{\"code\":\"invalid_api_key\"}]}", "{\"errors\":{}}", "{\"errors\":[[]]}",
            "{\"errors\":[{\"message\":\"\\u001b[2J\\u202e\\u0000\"}]}", "{\"fault\":{\"faultstring\":\"m\"}}",
        ]
        .map { HostileBody("an error \($0)", $0.utf8) }

    /// A status that is no success, though the body is.
    private static let statuses: [HostileBody] =
        [301, 302, 304, 307, 400, 401, 402, 403, 405, 406, 409, 410, 418, 421, 429, 431, 451, 499, 599]
        .map { HostileBody("status \($0)", status: $0, headers: [("location", "https://evil.example/")], success.utf8) }
        + [500, 502, 503, 504, 520, 530].map { HostileBody("status \($0), a page", status: $0, "<html>".utf8) }
        + [200, 204, 205].map { HostileBody("status \($0), no body", status: $0, []) }

    private static let packed: [HostileBody] = [
        "gzip", "GZIP", "x-gzip", "br", "deflate", "zstd", "compress", "identity, gzip", "unknown", "aws-chunked",
    ]
    .map { HostileBody("content-encoding \($0)", headers: [("Content-Encoding", $0)], success.utf8) }

    /// Deeper than anything is read; what is too long the transport refuses: see the rehearsals.
    private static let deep: [HostileBody] = [
        HostileBody("65 deep", answer(list: "[]", ",\"x\":" + nested(65)).utf8),
        HostileBody("2000 deep", answer(list: "[]", ",\"x\":" + nested(2_000)).utf8),
        HostileBody("20000 open brackets", String(repeating: "[", count: 20_000).utf8),
        HostileBody("2000 objects deep", String(repeating: "{\"result\":", count: 2_000).utf8),
        HostileBody("2000 pairs deep", String(repeating: "[{\"domains\":", count: 2_000).utf8),
        HostileBody("lists 70 deep", answer(list: nested(70)).utf8),
    ]

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
}
