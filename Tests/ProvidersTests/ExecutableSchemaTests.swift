// The published schema and the reader in this program must agree, or people would be told two contracts.
import DCV
import Platform
import Providers
import Testing

@Suite("The schema of a program's list", .timeLimit(.minutes(1)))
struct ExecutableSchemaTests {
    /// Prints, for each document of a list on stdin, whether the schema takes it.
    private static let judge = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        json.dump([validator.is_valid(document) for document in json.load(sys.stdin)], sys.stdout)
        """

    /// Whether the schema takes each of them.
    static func verdicts(_ documents: [JSONValue]) async throws -> [Bool] {
        let result = await PythonEnvironment.run(
            judge,
            [ProgramFolder.clone + "/docs/schemas/executable-provider.schema.json"],
            input: JSONValue.array(documents).serialized()
        )
        let errors = String(decoding: result.errorOutput.bytes, as: UTF8.self)
        try #require(result.ending == .exited(0), "\(errors)")
        let verdicts = try StrictJSON.parse(result.output.bytes, limitBytes: 1 << 20).array ?? []
        try #require(verdicts.count == documents.count)
        return verdicts.map { $0.bool == true }
    }

    /// What the reader refuses and no schema can express: the meaning of names and values.
    private static func isOfMeaning(_ saw: String) -> Bool {
        if saw.contains(".scope: ") || saw.contains(".id: ") || saw.contains(": \"\"") { return false }
        return [": an octet", ": not one file", ".name: ", ".value: \"", ".identifier: "].contains { saw.contains($0) }
    }

    @Test(.enabled(if: PythonEnvironment.mayRun, Comment(rawValue: PythonEnvironment.excuse)))
    func theSchemaTakesWhatTheReaderTakes() async throws {
        var documents = [try ExecutableExamples.documented(), ListSample.list(), ListSample.list(ListSample.entry)]
        documents += EntryFault.all.map { ListSample.list($0.entry) }
        documents += [
            [:], [], ["version": 1, "complete": true], ["version": 2, "complete": true, "authorizations": []],
            ["version": 1, "complete": 1, "authorizations": []],
            ["version": 1, "complete": true, "authorizations": [], "findings": .null],
            ["version": 1, "complete": true, "authorizations": [], "more": 1],
            ListSample.list(ListSample.entry.with("id", nil)), ListSample.list(ListSample.entry.with("id", "-x")),
            ListSample.list(ListSample.entry.with("identifiers", [])),
            ListSample.list(ListSample.entry.with("challenges", .null).with("proof", ["until_s": 5, "from_s": .null])),
            ListSample.list(ListSample.entry.with("expires_at_s", 253_402_300_800)),
        ]
        let verdicts = try await Self.verdicts(documents)
        var disagreements = 0
        for (document, verdict) in zip(documents, verdicts) {
            let reading = try await ListSample.reading(document)
            let faults = (reading.findings + reading.authorizations.flatMap(\.findings))
                .filter { $0.code == "provider-answer-not-understood" }.map(\.saw)
            let shape = faults.filter { !Self.isOfMeaning($0) }
            #expect(
                verdict == shape.isEmpty,
                "\(faults): \(String(decoding: document.serialized(), as: UTF8.self))"
            )
            disagreements += verdict && !faults.isEmpty ? 1 : 0
        }
        #expect(disagreements > 10, "the faults of meaning are not among the documents")
    }
}
