// Redirects as CAs follow them: one test for each thing that may happen on the way from a host to its token.
import DCV
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct RedirectTests {
    private static let shop = "http://shop.example.test"
    private static let www = "http://www.example.test"

    @Test(arguments: [301, 302, 307, 308]) func followed(status: Int) async throws {
        let look = try await PageLook([Self.shop: .to(Self.www + "/here", status: status), Self.www + "/here": .token])
        #expect(look.sighting == .present(others: []))
        #expect(look.isComplete)
        #expect(look.codes == ["http-redirected"])
        #expect(look.asked == ["5.0.8.1 \(PageLook.start)", "5.0.8.2 \(Self.www)/here"])
        #expect(look.fetch?.hops.map(\.status) == [status, 200])
        #expect(look.findings.first?.saw == "5.0.8.1: \(PageLook.start) -> \(Self.www)/here")
    }

    @Test(arguments: [300, 303, 305, 306, 399]) func notFollowed(status: Int) async throws {
        let look = try await PageLook([Self.shop: .to(Self.www, status: status), Self.www: .token])
        #expect(look.fetch?.fault == .redirectRefused)
        #expect(look.reason.contains("HTTP status \(status) is a redirect that CAs do not follow"))
        #expect(look.codes == ["redirect-refused"])
        #expect(look.findings.first?.severity == .error)
        #expect(look.asked.count == 1)
        #expect(!look.isComplete)
    }

    @Test func notModifiedIsNoRedirect() async throws {
        let look = try await PageLook([Self.shop: .to(Self.www, status: 304)])
        #expect(look.sighting == .notServed(reason: "HTTP status 304"))
        #expect(look.codes == ["http-status"])
    }

    @Test func withoutLocation() async throws {
        for page in [Page.text(302, "moved"), .to("")] {
            let look = try await PageLook([Self.shop: page])
            #expect(look.reason == "HTTP status 302 without a Location")
            #expect(look.codes == ["redirect-refused"])
        }
    }

    @Test func severalLocations() async throws {
        let two = [("Location", Self.www + "/x"), ("Location", "http://both.example.test/x")]
        let different = try await PageLook([Self.shop: .text(302, "", headers: two), Self.www + "/x": .token])
        #expect(different.reason == "HTTP status 302 with 2 different Locations")
        let same = [("Location", Self.www + "/x"), ("Location", Self.www + "/x")]
        let equal = try await PageLook([Self.shop: .text(302, "", headers: same), Self.www + "/x": .token])
        #expect(equal.isComplete)
    }

    @Test func loops() async throws {
        let own = try await PageLook([Self.shop: .to(PageLook.start)])
        #expect(own.reason.hasPrefix("a loop:"))
        #expect(own.asked.count == 1)
        let two = try await PageLook([Self.shop: .to(Self.www + "/a"), Self.www + "/a": .to(PageLook.start)])
        #expect(two.reason.hasPrefix("a loop:"))
        #expect(two.asked.count == 2)
        #expect(two.codes == ["redirect-refused", "http-redirected"])
    }

    /// Each of `count` redirects leads to the next, the last to the token.
    private static func chain(_ count: Int) async throws -> PageLook {
        var pages = [Self.shop: Page.to(Self.www + "/1")]
        for link in 1..<count { pages[Self.www + "/\(link)"] = .to(Self.www + "/\(link + 1)") }
        pages[Self.www + "/\(count)"] = .token
        return try await PageLook(pages)
    }

    @Test func tenAreFollowedAndNoMore() async throws {
        let ten = try await Self.chain(10)
        #expect(ten.isComplete)
        #expect(ten.asked.count == 11)
        let eleven = try await Self.chain(11)
        #expect(eleven.reason == "more than 10 redirects")
        #expect(eleven.asked.count == 11)
    }

    @Test func toTLSWithAnyCertificate() async throws {
        let look = try await PageLook([
            Self.shop: .to("https://www.example.test/x"), "https://www.example.test/x": .token,
        ])
        #expect(look.isComplete)
        let request = try #require(look.web.history.last)
        #expect(request.peer == HTTPRequest.Peer(address: .v4(0x0500_0802), port: 443))
        #expect(request.trust == .anyCertificate)
        #expect(look.findings.first?.saw.hasSuffix("certificates on the way were not verified, as CAs do not") == true)
    }

    @Test func nothingIsCarriedFromOneRequestToTheNext() async throws {
        let look = try await PageLook([Self.shop: .to(Self.www + "/x?y=z"), Self.www + "/x?y=z": .token])
        #expect(look.web.history.count == 2)
        for request in look.web.history {
            #expect(request.headers.fields.map(\.name) == ["Accept-Encoding"])
            #expect(request.method == .get && request.body.isEmpty)
            #expect(request.bodyLimitBytes == 10 + 64)
            #expect(request.deadlineMilliseconds == 10_000)
        }
    }

    @Test func laboratoryPortsStandForTheStandardOnes() async throws {
        let look = try await PageLook(
            ["http://shop.example.test:8080": .to("https://www.example.test/x"), "https://www.example.test/x": .token]
        ) { ($0.httpPort, $0.httpsPort) = (8080, 8443) }
        #expect(look.isComplete)
        #expect(look.web.history.map { $0.peer?.port } == [8080, 8443])
        #expect(
            look.fetch?.hops.map(\.reproduce) == [
                "curl -sSi -H 'Accept-Encoding: identity' --resolve shop.example.test:8080:5.0.8.1 "
                    + "http://shop.example.test:8080" + PageLook.path,
                "curl -sSik -H 'Accept-Encoding: identity' --connect-to www.example.test:443:5.0.8.2:8443 "
                    + "https://www.example.test/x",
            ]
        )
    }

    /// A web server chooses the target; a person copies the line into a shell.
    @Test func aTargetIsQuotedForTheShell() async throws {
        let target = Self.www + "/x?a=$(id)&b='2"
        let look = try await PageLook([Self.shop: .to(target), target: .token])
        #expect(look.fetch?.hops.last?.reproduce.hasSuffix(#" '\#(Self.www)/x?a=$(id)&b='\''2'"#) == true)
    }

    @Test func hostsWithoutAUsableAddress() async throws {
        let cases = [
            ("http://empty.example.test", "neither A nor AAAA"), ("http://gone.example.test", "neither A nor AAAA"),
            ("http://shop.nowhere.test", "does not exist (NXDOMAIN)"),
            ("http://inside.example.test", "special-use address 127.0.0.1, ::1"),
        ]
        for (target, why) in cases {
            let look = try await PageLook([Self.shop: .to(target), target + "/": .token])
            #expect(look.fetch?.fault == .redirectRefused)
            #expect(look.reason.contains(why), "\(look.reason)")
            #expect(look.asked.count == 1)
        }
    }

    /// Nobody who knows the target's name could be asked: that says nothing about the web server, and may pass.
    @Test func aHostThatCannotBeLookedUp() async throws {
        let look = try await PageLook([Self.shop: .to("http://www.silent.net"), "http://www.silent.net/": .token])
        #expect(look.fetch?.fault == .redirectTargetUnreachable, "\(look.reason)")
        #expect(look.asked.count == 1)
    }

    @Test func onlyThePublicAddressesOfATargetAreAsked() async throws {
        let look = try await PageLook([
            Self.shop: .to("http://mixed.example.test/x"), "http://mixed.example.test/x": .token,
        ])
        #expect(look.isComplete)
        #expect(look.asked.last == "5.0.8.4 http://mixed.example.test/x")
    }

    @Test func aTargetsAliasIsFollowedByOurEngine() async throws {
        let look = try await PageLook([
            Self.shop: .to("http://alias.example.test/x"), "http://alias.example.test/x": .token,
        ])
        #expect(look.isComplete)
        #expect(look.asked.last == "5.0.8.2 http://alias.example.test/x")
    }

    /// Asked once for the hop, and connected to what was answered then: no second answer can lead elsewhere.
    @Test func aTargetIsResolvedOnce() async throws {
        let look = try await PageLook([Self.shop: .to(Self.www + "/x"), Self.www + "/x": .token])
        let questions = look.world.history.map { "\($0.question)" }
        // Of the first server that leads there, and of all of the zone.
        #expect(questions.filter { $0 == "www.example.test A" }.count == 1 + 3)
        #expect(look.web.history.allSatisfy { $0.peer != nil })
    }

    // MARK: both families

    @Test func aTargetsIPv6ComesFirst() async throws {
        let both = "http://both.example.test/x"
        let look = try await PageLook([Self.shop: .to(both), both + " 2a00::83": .token])
        #expect(look.isComplete)
        #expect(look.asked.last == "2a00::83 \(both)")
        #expect(look.codes == ["http-redirected"])
        let missing = try await PageLook([Self.shop: .to(both), both + " 2a00::83": .text(404, ""), both: .token])
        #expect(missing.sighting == .absent(negativeTTLSeconds: 0), "an answer is no reason to try another address")
        #expect(missing.asked.count == 2)
    }

    /// CAs fall back from IPv6 to IPv4 at the first request only.
    @Test func aTargetsDeadIPv6IsNotPassedOver() async throws {
        let both = "http://both.example.test/x"
        for failure in [HTTPFailure.unreachable("refused"), .timedOut(milliseconds: 10_000)] {
            let look = try await PageLook([
                Self.shop: .to(both), both + " 2a00::83": .fails(failure), both: .token,
            ])
            #expect(!look.isComplete, "\(failure)")
            #expect(look.asked.dropFirst() == ["2a00::83 \(both)"])
        }
        let dead = try await PageLook([Self.shop: .to(both), both + " 5.0.8.3": .token])
        #expect(dead.fetch?.fault == .redirectTargetUnreachable)
        #expect(dead.codes == ["redirect-target-unreachable", "http-redirected"])
        #expect(dead.findings.first?.reproduce?.contains("--resolve both.example.test:80:[2a00::83]") == true)
    }

    /// The common shape of it: the host itself, from HTTP to HTTPS. Its first request falls back, the second does not.
    @Test func aDeadIPv6OfTheHostItselfBlocksBehindARedirect() async throws {
        let hosts = "shop.example.test A 5.0.8.1\nshop.example.test AAAA 2a00::81"
        let secure = "https://shop.example.test/x"
        let look = try await PageLook([Self.shop + " 5.0.8.1": .to(secure), secure + " 5.0.8.1": .token], hosts: hosts)
        #expect(!look.isComplete)
        #expect(look.codes == ["redirect-target-unreachable", "http-redirected", "ipv6-broken"])
    }

    @Test func aTargetsIPv6ThatThisMachineCannotSeeIsToldAndPassedOver() async throws {
        let both = "http://both.example.test/x"
        let look = try await PageLook([
            Self.shop: .to(both), both + " 2a00::83": .fails(.noRoute("2a00::83")), both + " 5.0.8.3": .token,
        ])
        #expect(look.isComplete)
        #expect(look.asked.dropFirst() == ["2a00::83 \(both)", "5.0.8.3 \(both)"])
        #expect(look.codes == ["http-redirected", "ipv6-not-seen"])
        #expect(look.fetch?.hops.last?.passedOver == IPAddress("2a00::83"))
        #expect(look.fetch?.hops.count == 2, "what was passed over is told with the hop that stands for it")
        #expect(look.findings.last?.reproduce?.contains("--resolve both.example.test:80:[2a00::83]") == true)
    }

    @Test func theFirstHostsDeadIPv6IsToldAndDoesNotBlock() async throws {
        let hosts = "shop.example.test A 5.0.8.1\nshop.example.test AAAA 2a00::81"
        let look = try await PageLook([Self.shop + " 5.0.8.1": .token] as [String: Page], hosts: hosts)
        #expect(look.isComplete)
        #expect(look.codes == ["ipv6-broken"])
        let silent = try await PageLook(
            [Self.shop + " 5.0.8.1": .token, Self.shop + " 2a00::81": .fails(.timedOut(milliseconds: 10_000))],
            hosts: hosts
        )
        #expect(!silent.isComplete, "a CA that has a connection does not fall back")
        #expect(silent.codes == ["fetch-broken", "addresses-differ"])
        let dead = try await PageLook([:], hosts: hosts)
        #expect(dead.codes == ["server-unreachable", "server-unreachable"])
    }

    /// Of several IPv4 addresses a CA takes one, and no other when that is dead.
    @Test func aDeadIPv4BesideALivingOneBlocks() async throws {
        let hosts = "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.2"
        let look = try await PageLook([Self.shop + " 5.0.8.1": .token] as [String: Page], hosts: hosts)
        #expect(!look.isComplete)
        #expect(look.codes == ["server-unreachable"])
    }

    @Test func addressesThatAnswerDifferentlyAreNamed() async throws {
        let hosts = "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.2\nshop.example.test AAAA 2a00::81"
        let look = try await PageLook(
            [Self.shop + " 5.0.8.1": .token, Self.shop: .text(404, "")],
            hosts: hosts
        )
        #expect(!look.isComplete)
        #expect(look.codes == ["addresses-differ"])
        let saw = look.findings.first?.saw ?? ""
        #expect(saw.contains("5.0.8.2, 2a00::81: not found; 5.0.8.1: the token"), "\(saw)")
        let same = try await PageLook([Self.shop: .text(404, "")], hosts: hosts)
        #expect(same.codes == [])
    }

    // MARK: what stands at the end

    @Test func answersBehindARedirect() async throws {
        let end = Self.www + "/x"
        let cases: [(Page, String, [String])] = [
            (.text(404, "no"), "absent", ["http-redirected"]),
            (.text(200, "other"), "wrong", ["body-differs", "http-redirected"]),
            (.text(200, "<html>"), "wrong", ["page-instead-of-token", "http-redirected"]),
            (.text(403, "no"), "not-served", ["http-status", "http-redirected"]),
            (
                .text(200, "token-body", headers: [("Content-Encoding", "br")]), "not-served",
                ["body-encoded", "http-redirected"]
            ),
            (.fails(.unreachable("refused")), "not-served", ["redirect-target-unreachable", "http-redirected"]),
            (.fails(.tlsFailed("protocol")), "not-served", ["tls-failed", "http-redirected"]),
            (.fails(.brokenOff("reset")), "not-served", ["fetch-broken", "http-redirected"]),
            (.fails(.tooLarge(what: "head", limitBytes: 1)), "not-served", ["fetch-broken", "http-redirected"]),
            (.fails(.malformedAnswer("no HTTP")), "hostile", ["hostile-answer", "http-redirected"]),
        ]
        for (page, sighting, codes) in cases {
            let look = try await PageLook([Self.shop: .to(end), end: page])
            #expect(look.sighting?.code == sighting, "\(page)")
            #expect(look.codes == codes, "\(page)")
            #expect(!look.isComplete)
        }
    }

    @Test func pagesInsteadOfTheToken() async throws {
        let long = String(repeating: "x", count: 75)
        for text in ["<!DOCTYPE html>", "\u{FEFF}\r\n <p>", long] {
            let look = try await PageLook([Self.shop: .text(200, text)])
            #expect(look.codes == ["page-instead-of-token"], "\(text)")
            #expect(look.findings.first?.severity == .waiting)
        }
        let other = try await PageLook([Self.shop: .text(200, "\u{1B}[31mno")])
        #expect(other.codes == ["body-differs"])
        #expect(other.findings.first?.saw.contains("\\027[31mno") == true)
    }

    @Test func tlsWherePlainHTTPIsAskedFor() async throws {
        let secure = "https://shop.example.test:80/"
        for first in [Page.fails(.malformedAnswer("?")), .fails(.brokenOff("closed")), .text(400, "plain HTTP")] {
            let spoken = try await PageLook([Self.shop: first, secure: .text(200, "")])
            #expect(spoken.codes == ["https-on-port-80"], "\(first)")
            let notSpoken = try await PageLook([Self.shop: first, secure: .fails(.tlsFailed("no TLS"))])
            #expect(!notSpoken.codes.contains("https-on-port-80"), "\(first)")
            if case .fails(.malformedAnswer) = first { #expect(notSpoken.codes == ["hostile-answer"]) }
        }
        let fine = try await PageLook([Self.shop: .text(404, ""), secure: .text(200, "")])
        #expect(fine.asked.count == 1, "asked only where HTTP failed")
    }
}
