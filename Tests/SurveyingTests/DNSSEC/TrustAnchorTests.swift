// Where chains begin: the built-in anchors, and files of a laboratory.
import DCV
import LDNS
import Testing

@testable import Surveying

@Suite(.timeLimit(.minutes(1)))
struct TrustAnchorTests {
    @Test func theRootIsBuiltIn() throws {
        let anchors = try #require(TrustAnchors.builtIn)
        let tags = try #require(anchors.anchors(of: .root))
            .compactMap { anchor in if case .digest(let digest) = anchor { digest.keyTag } else { nil } }
        #expect(tags == [20326, 38696])
        #expect(anchors.cover(try DomainName("_acme-challenge.example.com")))
        // On the public Internet it is on; below a root of one's own only with anchors of one's own.
        #expect(SurveyorConfiguration().trustAnchors == anchors)
        #expect(SurveyorConfiguration(rootHints: RootHints([])).trustAnchors == nil)
        #expect(SurveyorConfiguration(rootHints: RootHints([]), trustAnchors: anchors).trustAnchors == anchors)
    }

    @Test func filesOfEachForm() throws {
        let digest = String(repeating: "0a", count: 32)
        let text = """
            ; a comment
            . IN DS 20326 8 2 \(digest) ; another

            test.\t3600\tIN\tDNSKEY\t257 3 13 zd9pClzsAifnWzKGegVDsM5oiONUtaaF3ID3lO1cWmJOuiPHO48Dtkcj/KOkTCLCwQY1W8kTUealfWuILjVMBg==
            test. 3600 DS 1 13 2 \(digest)\r
            """
        let anchors = try TrustAnchors(file: text)
        #expect(anchors.anchors(of: .root)?.count == 1)
        #expect(anchors.anchors(of: try DomainName("test"))?.count == 2)
        #expect(anchors.anchors(of: try DomainName("example.test")) == nil)
        let island = try TrustAnchors(file: "test. IN DS 1 13 2 \(digest)")
        #expect(island.cover(try DomainName("a.test")))
        #expect(!island.cover(try DomainName("nottest")))
    }

    @Test(arguments: [
        ("", 0), ("; nothing", 0), (". IN DS 20326 8 2", 1), (". IN A 192.0.2.1", 1), ("\n. IN DNSKEY 257 3 8 ???", 2),
        (" . IN DS 1 8 2 00", 1), ("\"quoted", 1), ("*.test. IN DS 1 8 2 00", 1),
    ])
    func faultsNameTheirLine(_ text: String, _ line: Int) {
        do throws(TrustAnchors.Fault) {
            _ = try TrustAnchors(file: text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.line == line, "\(error)")
        }
    }
}
