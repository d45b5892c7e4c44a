// CAA: the table, and what a table does not show.

import DCV
import Testing

@Suite("CAA", .timeLimit(.minutes(1)))
struct CAATests {
    @Test(arguments: CAACases.all)
    func table(_ row: CAACase) throws {
        let verdict = CAA.judge(try row.seen(), for: try row.request())
        #expect(verdict.code == row.verdict, "\(verdict)")
        #expect(row.says.isEmpty || verdict.description.contains(row.says), "\(verdict)")
    }

    @Test func tableIsLargeAndEachRowIsItsOwn() {
        #expect(CAACases.all.count >= 90)
        #expect(Set(CAACases.all.map(\.source)).count == CAACases.all.count)
    }

    /// A prohibition that hangs on which server is met may pass by itself, wherever on the way the servers differ.
    @Test(
        arguments: [
            (["0 issue letsencrypt.org ~ -", "0 issue pki.goog"], true),
            (["0 issue letsencrypt.org ~ -", "-", "0 issue ;"], true),
            (["- ~ 0 issue letsencrypt.org", "128 future x"], true),
            (["0 issue letsencrypt.org ~ 0 issue ;"], true),
            (["-", "0 issue letsencrypt.org ~ 0 issue ;"], true),
            (["-", "0 issue pki.goog"], false),
            // No server shows a set below, whatever else they differ in: what stands above holds for all.
            (["- ~ -> host.example.net=-", "0 issue pki.goog"], false),
        ] as [([String], Bool)]
    )
    func whatHangsOnTheServerThatIsMetIsDisputed(climb: [String], isDisputed: Bool) throws {
        let row = CAACase(source: "differing", climb: climb, verdict: "forbidden")
        let (seen, request) = (try row.seen(), try row.request())
        let verdict = CAA.judge(seen, for: request)
        guard case .forbidden(let objection) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(objection.set.isDisputed == isDisputed, "\(verdict)")
        let told = CAAWords(subject: "a", [request.identifier], request, rule: "b").findings(verdict, [seen])
        #expect(told.first?.severity == (isDisputed ? .waiting : .error))
    }

    /// Resolvers go on to another server, so it is told and changes nothing.
    @Test func anAnswerThatFailsValidationAtOneServerIsToldWithItsLine() throws {
        let (one, other) = (try #require(IPAddress("192.0.2.53")), try #require(IPAddress("192.0.2.54")))
        let (owner, target) = (try name("example.com"), try name("host.example.net"))
        let rung = CAAClimb.Rung(
            owner,
            .none,
            aliases: [target],
            security: .secure,
            failing: ["192.0.2.54: DNSSEC bogus: no RRSIG"],
            bogus: [CAAClimb.Bogus(name: target, server: other)],
            servers: [one]
        )
        let climb = CAAClimb(owner, at: testNow, rungs: [rung])
        #expect(try roundTrip(climb) == climb)
        let request = CAARequest(try Identifier("example.com"), issuers: CertificateAuthorities.all)
        let verdict = CAA.judge(climb, for: request)
        #expect(verdict.code == "allowed")
        let told = CAAWords(subject: "a", [request.identifier], request, rule: "b").findings(verdict, [climb, climb])
        #expect(told.map(\.code) == ["caa-bogus"] && told.map(\.severity) == [.notice])
        #expect(told.first?.saw.contains("192.0.2.54 fails DNSSEC validation") == true)
        #expect(told.first?.saw.contains("no RRSIG") == true)
        #expect(
            told.first?.reproduce
                == "dig +norecurse +dnssec @192.0.2.54 CAA host.example.net; delv +vtrace host.example.net CAA"
        )
    }

    /// An empty climb is no look, and no look is no permission.
    @Test func withoutALook() throws {
        let climb = CAAClimb(try name("example.com"), at: testNow, rungs: [])
        let request = CAARequest(try Identifier("example.com"), issuers: CertificateAuthorities.all)
        #expect(CAA.judge(climb, for: request).code == "cannot-tell")
    }

    @Test func noNameStandsInTheTableOfCAsTwiceByAccident() throws {
        #expect(CertificateAuthorities.all.allSatisfy { !$0.names.isEmpty })
        for issuer in CertificateAuthorities.all {
            #expect(CertificateAuthorities.named(try #require(issuer.names.first)) == issuer)
            #expect(CertificateAuthorities.keyed(issuer.key) == issuer)
        }
    }

    @Test func methodsOfRecords() throws {
        #expect(CAA.methodLabels(of: try txt("_acme-challenge.example.com", "v")) == ["dns-01", "ca-tbr-7"])
        #expect(CAA.methodLabels(of: try txt("_dnsauth.example.com", "v")) == ["ca-tbr-7"])
        #expect(CAA.methodLabels(of: try cname("_x.example.com", "y.example.net")) == ["ca-tbr-7"])
        #expect(CAA.methodLabels(of: try txt("_validation-persist.example.com", "v")).contains("ca-tbr-22"))
        #expect(CAA.methodLabels(of: try file("example.com", "fileauth.txt", "v")) == ["ca-tbr-18"])
    }

    /// What a stranger wrote is shown escaped and short.
    @Test func recordsInWords() {
        #expect(CAARecord(0, "issue", "a\u{1B}\"b").description == "0 issue \"a\\027\\\"b\"")
        #expect(CAARecord(0, "issue", String(repeating: "x", count: 4000)).description.utf8.count < 300)
    }

    @Test func climbsAreSavedAndReadAgain() throws {
        for row in CAACases.all {
            let climb = try row.seen()
            #expect(try roundTrip(climb) == climb)
        }
    }
}
