// What holds for everything that Cloudflare's answers become, however hostile they are.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

enum CloudflareLaws {
    static func check(_ reading: ProviderReading, _ what: Comment) throws {
        for finding in reading.findings { check(finding, what) }
        #expect(Set(reading.authorizations.map { $0.key }).count == reading.authorizations.count, what)
        for authorization in reading.authorizations { try check(authorization, what) }
        if !reading.isComplete { #expect(!reading.findings.isEmpty, what) }
    }

    static func check(_ finding: Finding, _ what: Comment) {
        let text = finding.subject + finding.saw + (finding.wanted ?? "") + finding.advice
        #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count < 6000, what)
        #expect(!text.contains(Sample.token), what)
    }

    static func check(_ authorization: Authorization, _ what: Comment) throws {
        for finding in authorization.findings { check(finding, what) }
        let isHostname = authorization.scope == Sample.zone + "/custom_hostnames"
        #expect(isHostname || authorization.scope == Sample.zone, what)
        let hosts = authorization.identifiers.map { $0.name }
        // A custom hostname bounds its records alone; a pack's hosts lie in the zone.
        let bound = isHostname ? try #require(hosts.first, what) : try DomainName("example.com")
        #expect(hosts.allSatisfy { $0.isSubdomain(of: bound) }, what)
        #expect(authorization.records.allSatisfy { $0.name.isSubdomain(of: bound) }, what)
        for record in authorization.records {
            let isAt = hosts.contains(record.name)
            // A domain above a host proves it, too.
            let isBelow = record.name.parent.map { parent in hosts.contains { $0.isSubdomain(of: parent) } }
            #expect(isAt || record.kind != .http && isBelow == true, "\(what): \(record)")
        }
        if authorization.identifiers.contains(where: { $0.isWildcard }) {
            #expect(!authorization.capabilities.methods.contains(.http), what)
        }
        #expect(authorization.status == .pending || authorization.capabilities.methods.isEmpty, what)
        let coded = try JSONEncoder().encode(authorization)
        #expect(try JSONDecoder().decode(Authorization.self, from: coded) == authorization, what)
    }
}
