// The misbehaviour that every rehearsed provider shares: what comes over the wire, and whether the call had its effect.
import DCV
import Rehearsal
import Testing

private let zoneID = "023e105f4ecef8ad9ca31a8372d0c353"

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    /// Cloudflare stands for all: the faults are played by one code.
    private func rehearse(_ test: (RehearsedCloudflare) async throws -> Void) async throws {
        let zones = (0..<5).map {
            RehearsedProviderZone(
                id: $0 == 0 ? zoneID : "\($0)",
                name: "z\($0).example",
                packs: [RehearsedPack(id: "pack-\($0)", hosts: ["z\($0).example"])]
            )
        }
        let provider = try await RehearsedCloudflare.start(zones: zones, credentials: [.token("right")])
        do {
            try await test(provider)
        } catch {
            await provider.shutdown()
            throw error
        }
        await provider.shutdown()
        #expect(provider.surprises.isEmpty)
    }

    private func call(
        _ provider: RehearsedCloudflare,
        _ method: String = "GET",
        _ path: String = "/zones",
        body: String? = nil,
        limitBytes: Int = RawExchange.defaultLimitBytes
    ) async throws -> SmallHTTPClient.Answer {
        try await SmallHTTPClient.fetch(
            method,
            "/client/v4" + path,
            host: "127.0.0.1",
            at: provider.address,
            port: provider.port,
            headers: [("Authorization", "Bearer right")] + (body == nil ? [] : [("Content-Type", "application/json")]),
            body: body,
            limitBytes: limitBytes
        )
    }

    private func patch(_ provider: RehearsedCloudflare) async throws -> SmallHTTPClient.Answer {
        let path = "/zones/\(zoneID)/ssl/verification/pack-0"
        return try await call(provider, "PATCH", path, body: "{\"validation_method\":\"txt\"}")
    }

    @Test("A list loses entries, and its totals agree or do not")
    func shrunken() async throws {
        try await rehearse { provider in
            provider.fail(.shrunken(keeping: 2))
            let quiet = try await call(provider).text
            #expect(quiet.contains("z1.example") && !quiet.contains("z2.example"))
            #expect(quiet.contains(#""count":2,"total_count":2}"#))
            provider.fail(.shrunken(keeping: 0, countsToo: false))
            let open = try await call(provider).text
            #expect(open.contains(#""result":[]"#) && open.contains(#""count":5,"total_count":5}"#))
        }
    }

    @Test("Keys twice, brackets in brackets, and white space without end are the true answer all the same")
    func spoilt() async throws {
        try await rehearse { provider in
            let whole = try await call(provider).text
            provider.fail(.duplicateKeys)
            let doubled = try await call(provider).text
            #expect(doubled.contains(#""success":true,"success":false"#) && doubled.contains(#"],"result":null"#))
            provider.fail(.nested(depth: 2000))
            let deep = try await call(provider).text
            #expect(deep.utf8.starts(with: whole.utf8.dropLast()))
            #expect(deep.utf8.count { $0 == 0x5B } == whole.utf8.count { $0 == 0x5B } + 2000)
            provider.fail(.huge(bytes: 3 << 20))
            let huge = try await call(provider, limitBytes: 4 << 20)
            #expect(huge.body.count == 3 << 20 && huge.body.starts(with: whole.utf8))
            #expect(huge.body.dropFirst(whole.utf8.count).allSatisfy { $0 == 0x20 })
        }
    }

    @Test("A packed body says gzip, is small, and ends with the checksum and the length of what it unpacks to")
    func packed() async throws {
        // The checksums are zlib's.
        for (count, checksum) in [(1, 0x2EBB_67F1), (259, 0x0067_254B), (10 << 20, 0x19DA_43F9)] as [(Int, UInt32)] {
            try await rehearse { provider in
                provider.fail(.gzipBomb(unpackedBytes: count))
                let answer = try await call(provider)
                #expect(answer.header("content-encoding") == "gzip")
                #expect(answer.body.starts(with: [0x1F, 0x8B, 8]) && answer.body.count < count / 158 + 30)
                let trailer = answer.body.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                #expect(trailer == UInt64(count) << 32 | UInt64(checksum))
            }
        }
    }

    @Test("An answer may be lost after the effect, with a page of the proxy or without a word")
    func lostAnswers() async throws {
        for fault in [RehearsedFault.pageAfterEffect(status: 504), .resetAfterEffect()] {
            try await rehearse { provider in
                provider.fail(fault, on: .patch)
                let answer = try? await patch(provider)
                #expect(answer == nil || answer?.status == 504)
                #expect(provider.pack("pack-0")?.isActive == true)
            }
        }
    }

    @Test("Errors in the provider's words, pages and bare statuses have no effect")
    func errors() async throws {
        try await rehearse { provider in
            provider.fail(.internalError, on: .patch)
            let broken = try await patch(provider)
            #expect(broken.status == 500 && broken.text.contains(#""errors":[{"code":10001"#))
            for retryAfter in ["0", "86400", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", nil] {
                provider.fail(.rateLimited(retryAfter: retryAfter), on: .patch)
                let limited = try await patch(provider)
                #expect(limited.status == 429 && limited.header("retry-after") == retryAfter)
            }
            provider.fail(.failure(status: 418, code: "1234", message: "no \"tea\""), on: .patch)
            #expect(try await patch(provider).text.contains(#"{"code":1234,"message":"no \"tea\""}"#))
            provider.fail(.empty(status: 403), on: .patch)
            let empty = try await patch(provider)
            #expect(empty.status == 403 && empty.body.isEmpty && empty.header("content-type") == nil)
            #expect(provider.pack("pack-0")?.isActive == false)
        }
    }
}
