// Signature version 2: the published vectors, and that what is signed is what is sent, every time anew.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERSignatureTests {
    /// Computed with NAVER Cloud's own Python SDK; the last one is published with another client's tests.
    static let vectors: [(method: String, target: String, signature: String, isOther: Bool)] = [
        (
            "GET", "/api/v2/certificate/getVerificationInfo/55332?domainAddress=ncloud.com",
            "jJ3OQTC5HrSPMNzJ6KVUp1avlTNTnAuHZM/VieVp/h4=", false
        ),
        (
            "GET", "/api/v2/certificate/getVerificationInfo/55332?domainAddress=%2A.ncloud.com",
            "8ePm7LGAWzqtOcR4QrM60x2tnLiT676sHPTmiiTf5Co=", false
        ),
        ("GET", "/api/v2/certificate/certificates", "RRyAGUhhKB/wnbAvBoG8H7waJQthnJiYQhqKaoAi9VM=", false),
        (
            "GET", "/api/v2/domain/domains?page=1&pageSize=10", "5iAF0B2mlyIxxvDaOpUgnrOzGB0gfioFHNxrC6+sJ6I=", false
        ),
        ("POST", "/dns/v1/ncpdns/record/123", "3Ew5GPiDEaboQmPpVS/hYTi8XOs0B8ZwoT7TocGnHIg=", false),
        (
            "GET", "/vserver/v2/getServerInstanceList?responseFormatType=json",
            "FPsYYX8fuMAgi+cue3eACOW0dNtIwu1LYWfg/megA2M=", true
        ),
    ]

    private static func signature(_ access: String, _ secret: String) throws -> NAVERSignature {
        NAVERSignature(
            accessKey: try #require(Secret(access.utf8)),
            secretKey: try #require(Secret(secret.utf8))
        )
    }

    @Test func theSixVectors() throws {
        #expect(Self.vectors.count == 6)
        for vector in Self.vectors {
            let signature =
                vector.isOther
                ? try Self.signature("TestAccessKey", "TestSecretKey")
                : try Self.signature(NAVERSample.accessKey, NAVERSample.secretKey)
            let now = Instant(millisecondsSinceEpoch: vector.isOther ? 1_234_567_890_123 : 1_775_001_600_000)
            #expect(signature.text(vector.method, vector.target, at: now) == vector.signature, "\(vector.target)")
        }
    }

    @Test func everyHeaderToTheOctet() async throws {
        let http = ScriptedHTTP([.certificates([]), .domains([])])
        _ = try await NAVERSample.provider(http).read()
        let request = try #require(http.requests.first)
        #expect(request.url.description.utf8.starts(with: "https://certificatemanager.apigw.ntruss.com/api/v2/".utf8))
        #expect(request.method == .get && request.body.isEmpty)
        let signature = try Self.signature(NAVERSample.accessKey, NAVERSample.secretKey)
        let text = signature.text("GET", request.url.target, at: Instant(millisecondsSinceEpoch: 1_775_001_600_000))
        #expect(
            request.headers.fields.map { "\($0.name): \($0.value)" } == [
                "x-ncp-apigw-timestamp: 1775001600000", "x-ncp-iam-access-key: \(NAVERSample.accessKey)",
                "x-ncp-apigw-signature-v2: \(text)", "Accept: application/json", "Content-Type: application/json",
            ]
        )
    }

    /// The signature of what was sent, made again from what was sent.
    private func expectSigned(_ request: HTTPRequest) throws {
        let signature = try Self.signature(NAVERSample.accessKey, NAVERSample.secretKey)
        let time = try #require(Int64(request.headers["x-ncp-apigw-timestamp"] ?? ""))
        let again = signature.text(
            request.method.rawValue,
            request.url.target,
            at: Instant(millisecondsSinceEpoch: time)
        )
        #expect(request.headers["x-ncp-apigw-signature-v2"] == again, "\(request)")
    }

    @Test func theSignedTargetIsTheSentOne() async throws {
        let certificate = NAVERSample.certificate(name: "*.example.com", others: ["a-b.example.com", "_x.example.com"])
        let http = ScriptedHTTP([
            .certificates([certificate]), .domains([]), .validations([]), .validations([]), .validations([]),
            .validations([]),
        ])
        let endpoint = ["endpoint": ProviderSettings.Value?.some(.text("http://127.0.0.1:9/base/path"))]
        _ = try await NAVERSample.provider(http, endpoint).read()
        let path = "GET /base/path/api/v2/certificate/getVerificationInfo/55332?domainAddress="
        #expect(
            http.lines.dropFirst(2) == [
                path + "%2A.example.com", path + "example.com", path + "a-b.example.com", path + "_x.example.com",
            ]
        )
        for request in http.requests { try expectSigned(request) }
    }

    @Test func everyRepetitionIsSignedAnew() async throws {
        let clock = WalkingClock()
        let http = ScriptedHTTP(
            [.reply(500, "no"), .failure(.brokenOff("reset")), .certificates([]), .domains([])],
            clock: clock
        )
        let reading = try await NAVERSample.provider(http, clock: clock).read()
        #expect(reading.isComplete && http.requests.count == 4)
        let times = http.requests.compactMap { Int64($0.headers["x-ncp-apigw-timestamp"] ?? "") }
        #expect(times.count == 4 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
        for request in http.requests { try expectSigned(request) }
        #expect(Set(http.requests.compactMap { $0.headers["x-ncp-apigw-signature-v2"] }).count == 4)
    }
}
