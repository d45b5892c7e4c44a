// Clock, random numbers, files, lock, signals and terminal: the small things every run leans on.
import DCV
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MachineTests {
    @Test func theClockTellsTheTimeAndGoesForward() async throws {
        let clock = SystemClock()
        let system = Date().timeIntervalSince1970
        #expect(abs(Double(clock.now().millisecondsSinceEpoch) / 1000 - system) < 5)
        let start = clock.monotonicMilliseconds()
        try await clock.sleep(milliseconds: 60)
        try await clock.sleep(milliseconds: -5)
        #expect((60..<10_000).contains(clock.monotonicMilliseconds() - start))
    }

    @Test func aCancelledSleepThrows() async {
        let task = Task { try await SystemClock().sleep(milliseconds: 60_000) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func randomBytesAreManyAndDiffer() {
        let random = SystemRandom()
        #expect(random.bytes(0).isEmpty)
        #expect(random.bytes(-1).isEmpty)
        #expect(random.bytes(32).count == 32)
        #expect(random.bytes(32) != random.bytes(32))
        #expect(Set(random.bytes(20_000)).count == 256)
    }

    @Test func filesAreReadWholeOrNotAtAll() throws {
        let workshop = try Workshop()
        let path = try workshop.file("file", "0123456789")
        #expect(try Files.read(path, limitBytes: 10) == Array("0123456789".utf8))
        let tooLong = #expect(throws: FileFailure.self) { try Files.read(path, limitBytes: 9) }
        #expect(tooLong?.description == "\(path): is longer than 9 bytes")
        #expect(throws: FileFailure.self) { try Files.read(workshop.path("absent"), limitBytes: 9) }
        #expect(throws: FileFailure.self) { try Files.read(workshop.folder, limitBytes: 9) }
        #expect(try Files.read("/dev/null", limitBytes: 0).isEmpty)
        #expect(throws: FileFailure.self) { try Files.read("/dev/zero", limitBytes: 1 << 20) }
    }

    @Test func writingReplacesTheWholeFileAndLeavesNothingBeside() throws {
        let workshop = try Workshop()
        let path = try workshop.file("state", "something longer", mode: 0o644)
        try Files.writeAtomically(Array("new".utf8), to: path)
        #expect(workshop.text("state") == "new")
        try Files.writeAtomically([], to: workshop.path("other"), mode: 0o644)
        let attributes = try FileManager.default.attributesOfItem(atPath: workshop.path("other"))
        #expect(attributes[.posixPermissions] as? Int == 0o644)
        let first = try FileManager.default.attributesOfItem(atPath: path)
        #expect(first[.posixPermissions] as? Int == 0o600)
        try workshop.makeFolder("folder/full")
        for target in [workshop.path("none/file"), workshop.path("folder")] {
            #expect(throws: FileFailure.self) { try Files.writeAtomically([1], to: target) }
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: workshop.folder).sorted() == [
                "folder", "other", "state",
            ]
        )
    }

    @Test func oneHasTheLockUntilItIsGivenBack() async throws {
        let workshop = try Workshop()
        let path = workshop.path("lock")
        let first = try RunLock(path: path)
        let second = try RunLock(path: path)
        #expect(try first.tryAcquire())
        #expect(try !second.tryAcquire())
        #expect(try await !second.acquire(withinMilliseconds: 150))
        first.release()
        #expect(try second.tryAcquire())
        let waiting = Task { try await first.acquire(withinMilliseconds: 30_000) }
        try await Task.sleep(for: .milliseconds(50))
        second.release()
        #expect(try await waiting.value)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func theLockGoesWithItsHolderAndNotToItsChildren() async throws {
        let workshop = try Workshop()
        do {
            let lock = try RunLock(path: workshop.path("lock"))
            #expect(try lock.tryAcquire())
            let script = try workshop.script("ls -l /proc/self/fd")
            let child = await ChildProcess().run(ChildCommand(program: script, environment: ["PATH": "/usr/bin:/bin"]))
            #expect(!String(decoding: child.output.bytes, as: UTF8.self).contains("/lock"))
        }
        // Children of other tests share the descriptor for the instant between fork and exec: hence not at once.
        #expect(try await RunLock(path: workshop.path("lock")).acquire(withinMilliseconds: 10_000))
    }

    @Test func aLinkOrNoFolderInTheLocksPlaceIsRefused() throws {
        let workshop = try Workshop()
        try workshop.link("lock", to: workshop.path("elsewhere"))
        #expect(throws: FileFailure.self) { try RunLock(path: workshop.path("lock")) }
        #expect(throws: FileFailure.self) { try RunLock(path: workshop.path("none/lock")) }
        #expect(!FileManager.default.fileExists(atPath: workshop.path("elsewhere")))
    }

    @Test func stopSignalsBecomeNoticesAndDoNotEndTheProcess() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let notices = try #require(Signals.stopNotices())
            kill(getpid(), SIGTERM)
            kill(getpid(), SIGINT)
            var seen: Set<StopSignal> = []
            for await notice in notices {
                seen.insert(notice)
                if seen == [.terminate, .interrupt] { exit(42) }
            }
        }
    }

    @Test func aHardenedProcessSurvivesABrokenPipeAndKeepsItsMemory() async {
        await #expect(processExitsWith: .exitCode(42)) {
            try #require(Startup.harden())
            kill(getpid(), SIGPIPE)
            kill(getpid(), SIGXFSZ)
            try #require(umask(0o077) == 0o077)
            let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
            let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            try #require(core?.split(separator: " ").suffix(3) == ["0", "0", "bytes"])
            exit(42)
        }
    }

    @Test func aPipeIsNoTerminal() {
        for stream in [Terminal.Stream.output, .error] {
            let terminal = Terminal(stream, environment: ["TERM": "xterm"])
            #expect(terminal.columns > 0)
            #expect(terminal.isTerminal || !terminal.usesColor)
            #expect(!Terminal(stream, environment: ["NO_COLOR": "1"]).usesColor)
            #expect(!Terminal(stream, environment: ["TERM": "dumb"]).usesColor)
        }
    }
}
