// Saved situations and the plans they must lead to, as text that a person reads: `UPDATE_GOLDEN=1` rewrites both, and the diff is reviewed.

import Agent
import DCV
import Foundation
import Testing

@Suite("Golden plans", .timeLimit(.minutes(1)))
struct GoldenPlans {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/situations")
    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    @Test(arguments: Story.all)
    func theSituationLeadsToThePlan(story: Story) throws {
        let saved = Self.folder.appendingPathComponent(story.name + ".json")
        let golden = Self.folder.appendingPathComponent(story.name + ".plan.txt")
        if Self.isUpdating { try Self.saved(story.situation()).write(to: saved) }
        // From the file, as `plan --situation` reads it: the saved form is part of the contract.
        let situation = try JSONDecoder().decode(Situation.self, from: Data(contentsOf: saved))
        #expect(
            try situation == story.situation(),
            "\(story.name).json is not what the story tells; run with UPDATE_GOLDEN=1"
        )
        let lines = RunText.plan(RunReport(deciding: situation, .everything))
        let text = lines.joined(separator: "\n") + "\n"
        if Self.isUpdating { try Data(text.utf8).write(to: golden) }
        let wanted = String(decoding: try Data(contentsOf: golden), as: UTF8.self)
        #expect(
            text == wanted,
            "the plan differs from \(story.name).plan.txt; run with UPDATE_GOLDEN=1 and read the diff"
        )
    }

    @Test func everyFileHasItsStory() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let wanted = Story.all.flatMap { [$0.name + ".json", $0.name + ".plan.txt"] }
        #expect(files.sorted() == wanted.sorted())
        #expect(Set(wanted).count == wanted.count, "two stories have one name")
    }

    private static func saved(_ situation: Situation) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(situation) + Data("\n".utf8)
    }
}
