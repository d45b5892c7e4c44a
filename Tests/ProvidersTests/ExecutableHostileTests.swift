// Programs that do everything a program can do wrong, started for real, and lists nobody should print: a finding, no
// stranger's record, nothing left behind.
import DCV
import Foundation
import Platform
import Providers
import Testing

/// One bad program and a part of what is said of it.
struct BadProgram: Sendable {
    let name: String
    let script: String
    let words: String
    var deadlineMilliseconds: Int64 = 15_000

    static let all = [
        BadProgram(name: "exits silently", script: "exit 2", words: "exit code 2 and no word"),
        BadProgram(name: "prints nothing", script: "exit 0", words: "the end, before the value is complete"),
        BadProgram(name: "prints prose", script: "echo 'no certificates today'", words: "not the JSON we accept"),
        BadProgram(name: "prints two documents", script: "cat list list", words: "something after the end"),
        BadProgram(name: "prints half a document", script: "head -c 100 list", words: "the end, before"),
        BadProgram(
            name: "prints the list and fails",
            script: "cat list; echo why >&2; exit 1",
            words: "why (exit code 1)"
        ),
        BadProgram(name: "prints the list and crashes", script: "cat list; kill -SEGV $$", words: "signal 11"),
        BadProgram(name: "prints invalid UTF-8", script: "printf '{\"version\":1,\"x\\377\":2}'", words: "not UTF-8"),
        BadProgram(
            name: "prints a byte order mark",
            script: "printf '\\357\\273\\277'; cat list",
            words: "byte order mark"
        ),
        BadProgram(
            name: "nests deeply",
            script: "head -c 200000 /dev/zero | tr '\\0' '['",
            words: "more than 64 levels of nesting"
        ),
        BadProgram(name: "repeats a key", script: "printf '{\"version\":1,\"version\":1}'", words: "there twice"),
        BadProgram(
            name: "prints too much",
            script: "cat list; head -c 5000000 /dev/zero | tr '\\0' ' '",
            words: "4194304"
        ),
        BadProgram(
            name: "prints for ever",
            script: "yes",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadProgram(
            name: "drips",
            script: "while :; do printf ' '; sleep 0.05; done",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadProgram(
            name: "ignores TERM with a child",
            script: "cat list; trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadProgram(
            name: "prints its secret",
            script: "env >&2; printenv DNSPROOF_SECRET_KEY >&2; exit 78",
            words: "***"
        ),
        BadProgram(
            name: "lists its secret",
            script: "printf '{\"version\":1,\"complete\":true,\"%s\":[]}' \"$DNSPROOF_SECRET_KEY\"",
            words: "$.***: a key that the contract does not have"
        ),
        BadProgram(name: "floods stderr", script: "head -c 30000000 /dev/zero >&2; exit 75", words: "\\000\\000... ("),
    ]

    /// Bad manners with a list that is good all the same.
    static let harmless = [
        "sleep 1000 2>/dev/null & cat list", "setsid sh -c 'trap \"\" TERM HUP; sleep 1000' >/dev/null 2>&1 & cat list",
        "(setsid sh -c '(sleep 1000 &) ; sleep 0.1' >/dev/null 2>&1 &) ; cat list", "exec <&-; cat list",
        "cat list; exec >&-; sleep 0.1", "cat list; head -c 30000000 /dev/zero >&2", "chmod 0 .; cat list",
    ]
}

extension StartedPrograms {
    @Suite("Programs that misbehave", .timeLimit(.minutes(2)), .serialized)
    struct ExecutableHostileTests {
        private static let secret = "s3cret-0123456789"
        private let folder: ProgramFolder

        init() throws {
            folder = try ProgramFolder()
            // Without it what leaves a program's session cannot be ended; the program does the same at its start.
            try #require(Startup.harden())
        }

        private func read(_ name: String, _ script: String, _ deadlineMilliseconds: Int64 = 15_000) async throws
            -> ProviderReading
        {
            let list = String(decoding: ListSample.list(ListSample.entry).serialized(), as: UTF8.self)
            let program = try await folder.addScript(name, "cat >list <<'END'\n\(list)\nEND\n\(script)")
            let children = ImpatientChildren(deadlineMilliseconds: deadlineMilliseconds)
            return await
                (try ListSample.provider(
                    children,
                    program: program,
                    settings: ["mark": folder.path, "bulk": String(repeating: "x", count: 60_000)],
                    secrets: ["key": Self.secret]
                )).read()
        }

        /// Processes that were started by a program of this test: they carry its folder's name in their environment.
        private func leftOvers() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
                guard Int32(entry) != nil, let bytes = try? Files.read("/proc/\(entry)/environ", limitBytes: 1 << 20)
                else { return false }
                return String(decoding: bytes, as: UTF8.self).contains(folder.path)
            }
        }

        /// While another suite's child runs, nobody can say whose a process is that left its session: it is ended after
        /// that.
        private func expectNothingLeft() async throws {
            for _ in 0..<300 where !(try leftOvers()).isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            #expect(try leftOvers() == [])
        }

        /// What a start opens: pipes, files in memory, handles of processes, and the private folder. Sockets and event
        /// queues belong to tests that run at the same time.
        private func descriptors() throws -> Int {
            let files = FileManager.default
            return try files.contentsOfDirectory(atPath: "/proc/self/fd").count { number in
                guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number) else {
                    return false
                }
                return ["pipe:", "/memfd:", "anon_inode:[pidfd]", "pidfd:"].contains { target.hasPrefix($0) }
                    || target.contains("/dnsproof-")
            }
        }

        /// The fewest of some moments: programs of other tests come and go meanwhile.
        private func fewestDescriptors(atMost wanted: Int = 0) async throws -> Int {
            var fewest = try descriptors()
            for _ in 0..<50 where fewest > wanted {
                try await Task.sleep(for: .milliseconds(20))
                fewest = min(fewest, try descriptors())
            }
            return fewest
        }

        @Test func everyBadProgramIsAFinding() async throws {
            for (index, bad) in BadProgram.all.enumerated() {
                let began = ContinuousClock.now
                let reading = try await read("bad\(index)", bad.script, bad.deadlineMilliseconds)
                #expect(reading.authorizations.isEmpty && !reading.isComplete, "\(bad.name)")
                #expect(reading.findings.count == 1, "\(bad.name)")
                let saw = reading.findings.first?.saw ?? ""
                #expect(saw.contains(bad.words), "\(bad.name): \(saw)")
                #expect(saw.utf8.allSatisfy { (0x20...0x7E).contains($0) } && saw.utf8.count < 1_400, "\(bad.name)")
                #expect(!saw.contains(Self.secret), "\(bad.name)")
                let limit = bad.deadlineMilliseconds + 6_000
                #expect(ContinuousClock.now - began < .milliseconds(limit), "\(bad.name)")
            }
            try await expectNothingLeft()
        }

        @Test func badMannersDoNotHurtAGoodList() async throws {
            for (index, script) in BadProgram.harmless.enumerated() {
                let reading = try await read("rude\(index)", script)
                #expect(reading.isComplete && reading.authorizations.count == 1, "\(script): \(reading.findings)")
            }
            try await expectNothingLeft()
        }

        @Test func manyStartsLeaveNoDescriptor() async throws {
            _ = try await read("first", "cat list")
            let before = try await fewestDescriptors()
            for index in 0..<12 { _ = try await read("many", index % 2 == 0 ? "cat list" : "exit 75") }
            // A program of another test holds at most these, be it for ever; a leak would be one a start.
            let others = 6
            #expect(try await fewestDescriptors(atMost: before) <= before + others)
        }

        @Test func aLongListIsReadToItsEnd() async throws {
            let script = """
                entry=$(sed 's/.*"authorizations":\\[\\(.*\\)\\]}$/\\1/' list)
                printf '{"version":1,"complete":true,"authorizations":[%s' "$entry"
                i=1; while [ $i -lt 3000 ]; do printf ',%s' "$entry"; i=$((i+1)); done; printf ']}'
                """
            let reading = try await read("long", script)
            #expect(reading.isComplete && reading.findings.isEmpty)
            #expect(reading.authorizations.count == 3_000)
        }

        @Test func whatMayNotBeStartedIsMisconfigured() async throws {
            let program = try await folder.addScript("open", "exit 0")
            try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: program)
            for (path, words) in [
                (program, "may be written by others"), (folder.path + "/absent", "does not exist"),
                (folder.path, "is a folder"),
            ] {
                let finding = try #require(
                    await (try ListSample.provider(ImpatientChildren(), program: path)).read().findings.first
                )
                #expect(finding.code == "provider-misconfigured" && finding.severity == .error)
                #expect(finding.saw.contains(words), "\(finding.saw)")
            }
        }
    }
}

/// Lists that nobody would print, from a seed: whatever comes, there are findings and never an unbound record.
@Suite("Mutated lists", .timeLimit(.minutes(1)))
struct ExecutableMutationTests {
    static let documents = 450

    @Test func mutatedListsGiveFindingsAndNothingElse() async throws {
        let base = try ExecutableExamples.documented()
        var withRecords = 0
        for seed in 0..<UInt64(Self.documents) {
            let random = SeededRandom(seed &* 0x1_0001 &+ 77)
            let bytes =
                seed % 2 == 0
                ? Mutation.octets(base.serialized(), random) : Mutation.value(base, random, depth: 0).serialized()
            let result = ChildResult(
                ending: .exited(0),
                output: .init(bytes: bytes),
                errorOutput: .init(),
                elapsedMilliseconds: 1
            )
            let reading = await (try ListSample.provider(ScriptedPrograms([result]))).read()
            withRecords += reading.authorizations.contains { !$0.records.isEmpty } ? 1 : 0
            try check(reading, "seed \(seed)")
        }
        #expect(withRecords > 20, "the mutations leave nothing to check")
    }

    /// What holds for every reading, however it came about.
    private func check(_ reading: ProviderReading, _ what: Comment) throws {
        for finding in reading.findings + reading.authorizations.flatMap({ $0.findings }) {
            let text = finding.subject + finding.saw + (finding.wanted ?? "") + finding.advice
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count < 6000, what)
        }
        if !reading.isComplete && reading.authorizations.isEmpty { #expect(!reading.findings.isEmpty, what) }
        for authorization in reading.authorizations {
            let names = authorization.identifiers.map { $0.name }
            for record in authorization.records {
                let isAt = record.kind != .cname && names.contains(record.name)
                let isBelow =
                    record.name.labels.first?.utf8.first == 0x5F
                    && record.name.parent.map { parent in
                        parent.labels.count > 1 && names.contains { $0.isSubdomain(of: parent) }
                    } == true
                #expect(isAt || record.kind != .http && isBelow, "\(what): \(record)")
                #expect(record.value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, what)
            }
            let coded = try JSONEncoder().encode(authorization)
            #expect(try JSONDecoder().decode(Authorization.self, from: coded) == authorization, what)
        }
    }
}

/// Faults put into a document, the same for the same seed.
enum Mutation {
    static let payloads = CloudflareHostileTests.payloads

    /// One to four faults in the octets.
    static func octets(_ bytes: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(40)))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random.below(40))], at: place)
            default: bytes.insert(contentsOf: payloads[random.below(payloads.count)].utf8, at: place)
            }
        }
        return bytes
    }

    /// The document with values exchanged: payloads for texts, other kinds for kinds, lists repeated.
    static func value(_ value: JSONValue, _ random: SeededRandom, depth: Int) -> JSONValue {
        let strangers: [JSONValue] = [.null, true, -1, 9_223_372_036_854_775_807, "", [], [:], [.null], "pending"]
        if random.below(60) == 0, depth > 0 { return strangers[random.below(strangers.count)] }
        switch value {
        case .string where random.below(9) == 0: return .string(payloads[random.below(payloads.count)])
        case .string(let text) where random.below(12) == 0:
            return .string(text + payloads[random.below(payloads.count)])
        case .array(let items):
            let mutated = items.map { Self.value($0, random, depth: depth + 1) }
            return .array(random.below(8) == 0 ? mutated + mutated : mutated)
        case .object(let object):
            return .object(JSONObject(object.members.map { ($0.key, Self.value($0.value, random, depth: depth + 1)) }))
        default: return value
        }
    }
}
