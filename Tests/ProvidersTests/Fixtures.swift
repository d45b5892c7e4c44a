// Fixtures of the providers' answers, and the plain lines in which an expected reading is written down beside them.
import DCV
import FoundationEssentials
import Platform

enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/providers/cloudflare")

    /// Names (without `.json`) of the recorded answers of `ssl/verification`.
    static func verificationNames() throws -> [String] { try names(in: "verification") }

    static func names(in part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: part).path)
            .filter { $0.utf8.suffix(5).elementsEqual(".json".utf8) }.map { String($0.dropLast(5)) }.sorted()
    }

    static func read(_ path: String) throws -> JSONValue {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: path + ".json")))
        return try StrictJSON.parse(bytes, limitBytes: 1 << 20)
    }

    /// A reading as lines, one fact each: what a golden file holds.
    static func lines(_ reading: ProviderReading) -> [String] {
        ["complete: \(reading.isComplete)"] + reading.findings.map { "finding: " + line($0) }
            + reading.authorizations.flatMap { lines($0) }
    }

    private static func lines(_ authorization: Authorization) -> [String] {
        var lines = ["\(authorization.key) \(authorization.status.rawValue) (\"\(authorization.providerStatus)\")"]
        let names = authorization.identifiers.map { $0.text }.joined(separator: " ")
        let triggers = authorization.capabilities.triggers.map { $0.rawValue }.joined(separator: ",")
        let methods = authorization.capabilities.methods.map { $0.rawValue }.joined(separator: ",")
        let method = authorization.method?.rawValue ?? "unknown"
        lines.append("  for: \(names)")
        lines.append("  method: \(method), triggers: \(triggers), may become: \(methods)")
        if authorization.issuers.count == 1 { lines.append("  issuer: \(authorization.issuers[0])") }
        if let end = authorization.expiresAt { lines.append("  tokens end: \(end.millisecondsSinceEpoch)") }
        for case .zone(let apex) in authorization.placements { lines.append("  shown by the provider in: \(apex)") }
        if authorization.needsManualReview { lines.append("  needs review") }
        for challenge in authorization.challenges {
            let records = challenge.alternatives.map { $0.description + ($0.purpose == .standing ? " (standing)" : "") }
            lines.append("  \(challenge.identifier?.text ?? "?"): " + records.joined(separator: " or "))
        }
        return lines + authorization.findings.map { "  finding: " + line($0) }
    }

    private static func line(_ finding: Finding) -> String {
        "\(finding.severity.rawValue) \(finding.code): \(finding.subject): saw \(finding.saw)"
            + (finding.wanted.map { "; wanted \($0)" } ?? "")
    }
}
