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
