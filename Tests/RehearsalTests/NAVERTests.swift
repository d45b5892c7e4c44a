// The rehearsed NAVER Cloud checks signatures as the gateway does, polls by itself, and writes every shape on record.
import DCV
import Rehearsal
import Testing

/// A clock that stands still.
struct StandingClock: Clock {
    let milliseconds: Int64

    func now() -> Instant { Instant(millisecondsSinceEpoch: milliseconds) }
    func monotonicMilliseconds() -> Int64 { milliseconds }
    func sleep(milliseconds: Int64) async throws {}
}

@Suite(.timeLimit(.minutes(1)))
struct NAVERTests {
    private static let key = RehearsedNAVERKey(
        accessKey: "D78BB444D6D3C84CA38D",
        secretKey: "dummySecretKey0123456789abcdefghijklmnop"
    )
    /// 2026-04-01T00:00:00Z
    private static let now: Int64 = 1_775_001_600_000
    private static let information = "/api/v2/certificate/getVerificationInfo/55332?domainAddress="

    private func rehearse(
        _ certificates: [RehearsedNAVERCertificate] = [],
        domains: [RehearsedNAVERDomain] = [],
        keys: [RehearsedNAVERKey] = [key],
        now: Int64 = now,
        look: @escaping RehearsedNAVER.Look = { _ in nil },
        _ test: (RehearsedNAVER) async throws -> Void
    ) async throws {
        let naver = try await RehearsedNAVER.start(
            certificates: certificates,
            domains: domains,
            keys: keys,
            clock: StandingClock(milliseconds: now),
            look: look
        )
        do {
            try await test(naver)
        } catch {
            await naver.shutdown()
            throw error
        }
        await naver.shutdown()
    }

    private func call(
        _ naver: RehearsedNAVER,
        _ target: String,
        method: String = "GET",
        key: RehearsedNAVERKey = key,
        timestamp: Int64 = now,
        signature: String? = nil
    ) async throws -> SmallHTTPClient.Answer {
        let signature = signature ?? key.signature(method: method, target: target, timestamp: "\(timestamp)")
        return try await SmallHTTPClient.fetch(
            method,
            target,
            host: "127.0.0.1",
            at: naver.address,
            port: naver.port,
            headers: [
                ("x-ncp-apigw-timestamp", "\(timestamp)"), ("x-ncp-iam-access-key", key.accessKey),
                ("x-ncp-apigw-signature-v2", signature), ("Content-Type", "application/json"),
            ]
        )
    }

    private func advanced(timeouts: Int = 0) -> RehearsedNAVERCertificate {
        RehearsedNAVERCertificate(
            number: 55332,
            family: .advanced,
            commonName: "ncloud.example",
            dnsNames: ["ncloud.example", "*.ncloud.example"],
            earlierTimeouts: timeouts
        )
    }

    @Test(
        "The published signatures are accepted, one changed octet of signature or target is refused",
        arguments: [
            ("GET", information + "ncloud.com", "jJ3OQTC5HrSPMNzJ6KVUp1avlTNTnAuHZM/VieVp/h4="),
            ("GET", information + "%2A.ncloud.com", "8ePm7LGAWzqtOcR4QrM60x2tnLiT676sHPTmiiTf5Co="),
            ("GET", "/api/v2/certificate/certificates", "RRyAGUhhKB/wnbAvBoG8H7waJQthnJiYQhqKaoAi9VM="),
            ("GET", "/api/v2/domain/domains?page=1&pageSize=10", "5iAF0B2mlyIxxvDaOpUgnrOzGB0gfioFHNxrC6+sJ6I="),
            ("POST", "/dns/v1/ncpdns/record/123", "3Ew5GPiDEaboQmPpVS/hYTi8XOs0B8ZwoT7TocGnHIg="),
            (
                "GET", "/vserver/v2/getServerInstanceList?responseFormatType=json",
                "FPsYYX8fuMAgi+cue3eACOW0dNtIwu1LYWfg/megA2M="
            ),
        ]
    )
    func vectors(_ method: String, _ target: String, _ signature: String) async throws {
        let isOther = target.contains("/vserver/")
        let key = isOther ? RehearsedNAVERKey(accessKey: "TestAccessKey", secretKey: "TestSecretKey") : Self.key
        let now = isOther ? 1_234_567_890_123 : Self.now
        let isKnown = target.contains("/api/v2/")
        try await rehearse(keys: [key], now: now) { naver in
            func send(_ target: String, _ signature: String) async throws -> SmallHTTPClient.Answer {
                try await call(naver, target, method: method, key: key, timestamp: now, signature: signature)
            }
            #expect(try await send(target, signature).status == (isKnown ? 200 : 404))
            #expect(naver.refusals.entries.isEmpty && naver.surprises.isEmpty == isKnown)
            for (index, octet) in Array(signature.utf8).enumerated() {
                var other = Array(signature.utf8)
                other[index] = octet == 0x41 ? 0x42 : 0x41
                guard index == 0 || index == other.count - 2 else { continue }
                let refused = try await send(target, String(decoding: other, as: UTF8.self))
                #expect(refused.status == 401 && refused.text.contains(#"{"error":{"errorCode":"200""#))
            }
            #expect(try await send(target + (target.contains("?") ? "&" : "?"), signature).status == 401)
            #expect(naver.refusals.entries == Array(repeating: "Invalid signature.", count: 3))
        }
    }

    @Test("A clock more than five minutes off is told by the gateway, whatever the signature")
    func skew() async throws {
        try await rehearse { naver in
            for (seconds, status) in [(300, 200), (-300, 200), (301, 401), (-301, 401)] as [(Int64, Int)] {
                let target = "/api/v1/certificates"
                let answer = try await call(naver, target, timestamp: Self.now + seconds * 1000)
                #expect(answer.status == status, "\(seconds)")
                #expect(answer.header("date") == "Wed, 01 Apr 2026 00:00:00 GMT")
            }
            #expect(naver.refusals.entries.allSatisfy { $0.contains("5 minutes") } && naver.surprises.isEmpty)
        }
    }

    @Test("A sub account's key: nothing in an empty 403 but a header, while API 1.0 lets it in")
    func subAccount() async throws {
        let key = RehearsedNAVERKey(accessKey: "sub", secretKey: "secret", isOfSubAccount: true)
        try await rehearse(keys: [key]) { naver in
            let refused = try await call(naver, "/api/v2/certificate/certificates", key: key)
            #expect(refused.status == 403 && refused.body.isEmpty)
            #expect(refused.header("x-ncp-apigw-response-origin") == "ENDPOINT")
            let old = try await call(naver, "/api/v1/certificates", key: key)
            #expect(old.status == 200 && old.text.contains(#""totalRows":0,"sslCertificateList":[]"#))
            #expect(try await call(naver, "/api/v1/certificates").status == 401)
            #expect(naver.surprises.isEmpty)
        }
    }

    @Test("Certificates come in pages, and in every shape on record")
    func certificates() async throws {
        let others = (1...4).map {
            RehearsedNAVERCertificate(number: $0, family: .cloudBasic, commonName: "c\($0).example")
        }
        try await rehearse([advanced()] + others) { naver in
            let path = "/api/v2/certificate/certificates"
            let first = try await call(naver, path + "?page=1&pageSize=2").text
            #expect(first.contains(#""returnCode":"0","returnMessage":"success","totalCount":5"#))
            #expect(first.contains("c1.example") && !first.contains("c2.example"))
            #expect(first.contains(#""dnsName":"ncloud.example,*.ncloud.example","statusCode":"0""#))
            #expect(first.contains(#""updateDate":"2026-04-01 09:00:00""#))
            #expect(try await call(naver, path + "?page=3&pageSize=2").text.contains("c4.example"))
            #expect(try await call(naver, path + "?page=4&pageSize=2").text.contains(#""sslCertificateList":[]"#))
            naver.write(
                {
                    var shape = RehearsedNAVERShape()
                    shape.numbersAreText = true
                    shape.statusCodeIsNumber = true
                    shape.usesOldNames = true
                    shape.dnsNames = .array
                    return shape
                }()
            )
            let old = try await call(naver, path).text
            #expect(old.contains(#""totalRows":"5""#) && old.contains(#""certificateNo":"55332""#))
            #expect(old.contains(#""statusCode":0"#) && old.contains(#""certificateTypeCode":"NCP_PAID_DV_01""#))
            #expect(old.contains(#""dnsName":["ncloud.example","*.ncloud.example"]"#))
            #expect(naver.surprises.isEmpty)
        }
    }

    @Test("A name's validations: the old timeouts, the newest by its number, Korean times, and success after a look")
    func history() async throws {
        try await rehearse([advanced(timeouts: 2)], look: { _ in "not there" }) { naver in
            let text = try await call(naver, Self.information + "ncloud.example").text
            #expect(text.contains(#""totalRows":3,"dnsVerificationCount":3"#))
            #expect(text.split(separator: "VALID_STATUS_TIMEOUT").count == 3)
            #expect(text.split(separator: #""txtName":"_dnsvalidation.ncloud.example""#).count == 4)
            #expect(text.contains(#""validYn":"N","registDate":"2026-04-01 08:59:00","validDate":null"#))
            #expect(naver.validations.entries.map(\.reason) == ["not there"])
            let newest = try #require(naver.certificate(55332)?.newest("ncloud.example"))
            guard case .txt(_, let value) = newest.token else { return #expect(Bool(false), "\(newest)") }
            #expect(newest.isWaiting && text.contains("\"txtValue\":\"\(value)\""))
            naver.look { token in token == newest.token ? nil : "another" }
            let proved = try await call(naver, Self.information + "ncloud.example").text
            #expect(
                proved.contains(#""validYn":"Y","registDate":"2026-04-01 08:59:00","validDate":"2026-04-01 09:00:00""#)
            )
            #expect(naver.certificate(55332)?.isNormal == false)
            naver.look { _ in nil }
            _ = try await call(naver, Self.information + "%2A.ncloud.example")
            #expect(naver.certificate(55332)?.isNormal == true)
            #expect(try await call(naver, "/api/v2/certificate/certificates").text.contains(#""statusCode":"1""#))
            #expect(naver.surprises.isEmpty)
        }
    }

    @Test("Polling may take reads or time; a timeout ends it until somebody orders again")
    func polling() async throws {
        try await rehearse([advanced()]) { naver in
            naver.poll(.everyReads(3))
            for reads in 1...3 {
                _ = try await call(naver, Self.information + "ncloud.example")
                #expect(naver.validations.entries.count == (reads == 3 ? 1 : 0))
            }
            naver.poll(.everyMilliseconds(60_000))
            _ = try await call(naver, Self.information + "%2A.ncloud.example")
            #expect(naver.validations.entries.count == 1)
            naver.poll(.everyMilliseconds(0))
            naver.look { _ in "not there" }
            _ = try await call(naver, "/api/v2/certificate/certificates")
            #expect(naver.validations.entries.map(\.name) == ["ncloud.example", "*.ncloud.example"])
            naver.timeOut(55332)
            naver.poll(.everyReads(1))
            let text = try await call(naver, Self.information + "%2A.ncloud.example").text
            #expect(text.contains("VALID_STATUS_TIMEOUT") && naver.validations.entries.count == 2)
            #expect(naver.certificate(55332)?.statusCode == -4 && naver.certificate(55332)?.tokens == [])
            naver.reissue(55332)
            #expect(naver.certificate(55332)?.statusCode == 0 && naver.certificate(55332)?.tokens.count == 2)
            #expect(naver.certificate(55332)?.entries["*.ncloud.example"]?.count == 2)
        }
    }

    @Test("A Cloud Basic certificate waits for a CNAME; wildcards may be known by their base, strangers refused")
    func cloudBasic() async throws {
        let certificate = RehearsedNAVERCertificate(number: 55332, family: .cloudBasic, commonName: "*.ncloud.example")
        try await rehearse([certificate]) { naver in
            guard case .cname(let name, let target)? = naver.certificate(55332)?.tokens.first else {
                return #expect(Bool(false), "no CNAME")
            }
            #expect(name.contains(".ncloud.example") && target.contains(".cm.naverncp.com"))
            let empty = try await call(naver, Self.information + "ncloud.example")
            #expect(empty.status == 200 && empty.text.contains(#""dnsVerificationList":[]"#))
            var shape = RehearsedNAVERShape()
            shape.knowsWildcardsByBase = true
            shape.refusesUnknownNames = true
            shape.targetsEndInDot = true
            naver.write(shape)
            let base = try await call(naver, Self.information + "ncloud.example").text
            #expect(base.contains("\"txtName\":\"\(name)\",\"txtValue\":\"\(target).\""))
            let stranger = try await call(naver, Self.information + "%2A.ncloud.example")
            #expect(stranger.status == 200 && stranger.text.contains(#""returnCode":"2201""#))
            #expect(naver.surprises.isEmpty)
        }
    }

    @Test("Pre-validated domains, all of them or by their state")
    func domains() async throws {
        let domains = [
            RehearsedNAVERDomain(id: 1, name: "a.example"),
            RehearsedNAVERDomain(id: 2, name: "b.example", dcvType: "PTXT", validState: "PENDING"),
        ]
        try await rehearse(domains: domains) { naver in
            let valid = try await call(naver, "/api/v2/domain/domains?validState=VALID").text
            #expect(
                valid.contains(#""totalRows":1"#) && valid.contains(#""domainAddress":"a.example","dcvType":"TXT""#)
            )
            let all = try await call(naver, "/api/v2/domain/domains?page=1&pageSize=10").text
            #expect(all.contains(#""totalRows":2"#) && all.contains("\"PTXT\""))
        }
    }

    @Test("The five shapes of an error, and the faults every provider has")
    func errors() async throws {
        try await rehearse([advanced()]) { naver in
            let expected: [RehearsedNAVERError: (Int, String)] = [
                .refusedRequest: (400, #"{"returnCode":"2000","returnMessage":"m"}"#),
                .serviceError: (200, #"{"returnCode":"2000","returnMessage":"m"}"#),
                .gatewayError: (
                    503, #"{"error":{"errorCode":"2000","message":"m","details":"Endpoint Error"}}"#
                ), .responseError: (500, #"{"responseError":{"returnCode":"2000","returnMessage":"m"}}"#),
                .emptyForbidden: (403, ""),
            ]
            for shape in RehearsedNAVERError.allCases {
                naver.fail(.naver(shape, code: "2000", message: "m"), on: .certificates)
                let answer = try await call(naver, "/api/v2/certificate/certificates")
                let (status, text) = try #require(expected[shape])
                #expect(answer.status == status && answer.text == text)
            }
            naver.fail(.shrunken(keeping: 0), on: .verificationInfo, certificateNumber: 1)
            naver.fail(.shrunken(keeping: 0), on: .verificationInfo, certificateNumber: 55332)
            let lost = try await call(naver, Self.information + "ncloud.example").text
            #expect(lost.contains(#""totalRows":0,"dnsVerificationCount":0,"dnsVerificationList":[]"#))
            naver.fail(.rateLimited(retryAfter: "7"), on: .domains)
            let limited = try await call(naver, "/api/v2/domain/domains")
            #expect(limited.status == 429 && limited.header("retry-after") == "7")
            #expect(limited.text.contains(#""errorCode":"420""#))
        }
    }

    @Test(
        "A call in a form that it does not take is kept as a surprise",
        arguments: [
            "/api/v2/certificate/certificates?page=0", "/api/v2/certificate/certificates?pagesize=2",
            "/api/v2/certificate/getVerificationInfo/55332",
            "/api/v2/certificate/getVerificationInfo/x?domainAddress=a",
            "/api/v2/certificate/getVerificationInfo/55332?domainAddress=a&domainAddress=b",
            "/api/v2/certificate/orders",
        ]
    )
    func surprises(_ target: String) async throws {
        try await rehearse([advanced()]) { naver in
            let answer = try await call(naver, target)
            #expect(answer.status >= 400)
            #expect(naver.surprises.count == 1 && naver.validations.entries.isEmpty)
        }
    }
}
