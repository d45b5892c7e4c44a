// Bodies that are no answer at all, in place of every answer: each is a finding, and starts nothing.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareHostileBodiesTests {
    static let deep = String(repeating: "[", count: 100_000)

    /// None of them is Cloudflare's envelope around a list, and none around an object.
    static let bodies: [String] = [
        "", " ", "\n", "null", "true", "0", "\"\"", "[]", "{}", "{", "}", "[", "nul", "{\"result\"}", "{]", "not json",
        "<!DOCTYPE html><html><title>520: Web server is returning an unknown error</title></html>",
        "<?xml version=\"1.0\"?>",
        "\u{FEFF}{\"result\":[],\"success\":true}", "{\"result\":[],\"success\":true}{}",
        "{\"result\":[],\"success\":true,\"success\":true}", "{\"result\":[],\"result\":[{}],\"success\":true}",
        "{\"success\":true}", "{\"success\":true,\"result\":7}", "{\"success\":true,\"result\":\"[]\"}",
        "{\"success\":true,\"result\":true}", "{\"success\":\"true\",\"result\":[]}", "{\"success\":1,\"result\":[]}",
        "{\"success\":null,\"result\":[]}", "{\"success\":false}", "{\"success\":false,\"result\":[]}",
        "{\"success\":false,\"errors\":\"all\"}", "{\"success\":false,\"errors\":[null,7,\"x\",{}]}",
        "{\"Success\":true,\"Result\":[]}", "{\"result\":{}}", "{\"result\":[],\"success\":true", "{'result':[]}",
        "{\"success\":true,\"result\":[],}", "{\"success\":true,\"result\":[1e999999999999]}x", deep,
        "{\"success\":true,\"result\":" + deep, "{\"success\":true,\"result\":[\"\\ud800\"]}x",
        "{\"success\":true,\"result\":NaN}", "{\"success\":true,\"result\":-}", "{\"success\":true,\"result\":01}",
        "{\"a\":" + String(repeating: "\"x\"", count: 3), "\u{0}", "{\"success\":true,\"result\":[]\u{0}}",
    ]

    private static var calls: [WritableKeyPath<ListedCloudflare.Lists, ListedCloudflare.Document>] {
        [\.zones, \.verification, \.packs, \.hostnames]
    }

    private func lists() throws -> ListedCloudflare.Lists {
        var lists = ListedCloudflare.Lists()
        lists.verification = .result([Sample.entry()])
        let hostnames = try Fixtures.read("hostnames/recorded")
        lists.hostnames = .init(try #require(hostnames["hostnames"]))
        return lists
    }

    @Test func thereAreManyOfThem() { #expect(Self.bodies.count * Self.calls.count > 150) }

    @Test(arguments: bodies.indices)
    func inPlaceOfAListItIsAFinding(_ index: Int) async throws {
        for call in Self.calls {
            var lists = try lists()
            lists[keyPath: call] = .init(Array(Self.bodies[index].utf8))
            let http = ListedCloudflare(lists)
            let reading = try await Sample.provider(http, ["custom_hostnames": .text("true")]).read()
            try CloudflareLaws.check(reading, "\(index)")
            #expect(!reading.isComplete && !reading.findings.isEmpty, "\(index)")
            // What the other lists said stays, unless there is no zone.
            #expect(reading.authorizations.count == (call == \.zones ? 0 : call == \.packs ? 2 : 1), "\(index)")
            #expect(http.requests.allSatisfy { $0.method == .get })
        }
    }

    /// The list of all providers: the reading is not whole, says why, and sends reads alone.
    @Test(arguments: calls.indices)
    func whatNoProviderMaySayIsAFinding(_ call: Int) async throws {
        for hostile in HostileBody.all {
            var lists = try lists()
            lists[keyPath: Self.calls[call]] = .init(
                status: hostile.status,
                headers: hostile.headers,
                hostile.body
            )
            let http = ListedCloudflare(lists)
            let reading = try await Sample.provider(http, ["custom_hostnames": .text("true")]).read()
            try CloudflareLaws.check(reading, "\(hostile.name)")
            #expect(!reading.isComplete && !reading.findings.isEmpty, "\(hostile.name)")
            #expect(http.requests.allSatisfy { $0.method == .get }, "\(hostile.name)")
        }
    }

    @Test(arguments: bodies.indices)
    func inPlaceOfAFreshLookNothingIsConcluded(_ index: Int) async throws {
        let body = ListedCloudflare.Document(Array(Self.bodies[index].utf8))
        let http = ListedCloudflare(try lists())
        let provider = try Sample.provider(http, ["custom_hostnames": .text("true")])
        let reading = await provider.read()
        #expect(reading.authorizations.count == 2)
        http.lists.verification = body
        http.lists.onePack = body
        http.lists.oneHostname = body
        http.lists.effects = body
        for authorization in reading.authorizations {
            http.forget()
            let failure = try #require(await provider.refresh(authorization).failure, "\(index)")
            #expect(failure.kind == .temporary || failure.kind == .refused, "\(index)")
            CloudflareLaws.check(failure.finding, "\(index)")
            #expect(http.requests.allSatisfy { $0.method == .get })
            http.forget()
            let lost = [
                await provider.trigger(authorization, style: .patch).failure,
                await provider.changeMethod(of: authorization, to: .http).failure,
            ]
            for failure in lost {
                // An effect whose answer makes no sense, or says no without a reason.
                guard let failure else { continue }
                #expect([.unknownEffect, .refused].contains(failure.kind), "\(index)")
                CloudflareLaws.check(failure.finding, "\(index)")
            }
            #expect(lost.contains { $0 != nil } || Self.mayBeSuccess(Self.bodies[index]), "\(index)")
            #expect(http.requests.count == 2, "\(index)")
        }
    }

    /// An effect's answer may hold anything, or nothing, in `result`.
    private static func mayBeSuccess(_ body: String) -> Bool {
        let value = try? StrictJSON.parse(Array(body.utf8), limitBytes: 1 << 20)
        return value?["success"]?.bool == true
    }
}
