// `dnsproof explain`: everything that can be seen of a name, as a tree, with one sentence at the end.
import Agent
import ArgumentParser
import DCV
import Surveying

struct ExplainCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a name: zones, servers, DNSSEC, CAA, the wanted record, who shows what, and what to do.",
        discussion: """
            dnsproof explain example.com
                who serves the zone, and is it healthy? needs no configuration
            dnsproof explain _acme-challenge.example.com TXT VALUE
                the same, and that record at every name server
            dnsproof explain shop.example.com
                with a configuration: the certificates that name it and their records
            dnsproof explain cf:4449b368-... --save seen.json
                keep every answer, to look at it again or to send it to somebody
            dnsproof explain --replay seen.json
                the same explanation from the file; asks nobody

            Lines are as wide as the terminal; in a pipe or a file, 100 columns.

            NAME is a host name, a challenge name, a wildcard, the URL of a token file,
            provider:id, or an order's handle.

            Exit codes: 0 nothing is in the way, 3 not yet or cannot tell,
            4 somebody must repair something first.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: ArgumentHelp("Keep every question and answer in this file.", valueName: "file"))
    var save: String?

    @Option(name: .long, help: ArgumentHelp("Explain from such a file; asks nobody.", valueName: "file"))
    var replay: String?

    @Argument(help: ArgumentHelp("A name, a token file's URL, provider:id or an order.", valueName: "name"))
    var name: String?

    @Argument(help: ArgumentHelp("TXT, CNAME or HTTP, with a value.", valueName: "type"))
    var type: String?

    @Argument(help: ArgumentHelp("The value that must be there.", valueName: "value"))
    var value: String?

    func validate() throws {
        if replay != nil {
            guard name == nil, save == nil else {
                throw ValidationError("--replay explains what is in the file; it takes no name and saves nothing")
            }
            return
        }
        guard let name else { throw ValidationError("a name is missing: dnsproof explain NAME") }
        guard (type == nil) == (value == nil) else { throw ValidationError("a type goes with a value") }
        do {
            _ = try ExplainTarget(name)
            _ = try record()
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        if let replay { return try await explain(fileAt: replay) }
        let house = try House(optionalConfig: common.config)
        let explanation: Explanation
        do {
            explanation = try await look(house)
        } catch {
            await house.close()
            throw error
        }
        await house.close()
        Output.clearFleeting()
        Output.complain(of: await house.ledger.trouble)
        try tell(explanation, isReplay: false)
    }

    private func record() throws -> RequiredRecord? {
        guard let name, let type, let value else { return nil }
        return try CheckRequest.record(name: name, type: type, value: value)
    }

    private func look(_ house: House) async throws -> Explanation {
        let record = try record()
        // As if no provider knew it.
        let isName = try ExplainTarget(name ?? "").isName
        let plain = isName ? try request(record, [], house) : nil
        let (explanation, recorder) = try await Explainer.explain(
            plain: plain,
            reading: { record == nil ? try await readings(house) : [] },
            request: { readings in
                if !common.json { Output.showFleeting("looking at every name server ...") }
                return try request(record, readings, house)
            },
            eyes: {
                let clock = StoppedClock(house.clock)
                let recorder = house.recorder(clock)
                return Explainer.Eyes(house.surveyor(asking: recorder, clock), at: clock.now(), tape: recorder)
            }
        )
        if let save {
            let evidence = recorder.evidence(
                of: explanation.request,
                under: house.surveying,
                seenAt: explanation.at
            )
            do {
                try DocumentFile.write(evidence, to: save)
            } catch {
                throw Ending(.storeIO, ["\(save): the evidence could not be saved: \(error)"])
            }
            if let shortcoming = evidence.shortcoming { Output.complain("\(save): \(shortcoming)") }
        }
        return explanation
    }

    /// What those providers wait for that may list the name.
    private func readings(_ house: House) async throws -> [ProviderReading] {
        let target = try ExplainTarget(name ?? "")
        let providers = try await house.providerStaff().whole().providers.filter(target.concerns)
        if providers.isEmpty { return [] }
        func tell(_ count: Int) {
            if common.json { return }
            Output.showFleeting("reading what the providers wait for (\(count) of \(providers.count)) ...")
        }
        tell(0)
        return await ProviderReader().read(providers, tell: tell)
    }

    private func request(
        _ record: RequiredRecord?,
        _ readings: [ProviderReading],
        _ house: House
    ) throws -> ExplainRequest {
        let unread = readings.filter { !$0.isComplete }
        let target = try ExplainTarget(name ?? "")
        if record == nil, !unread.isEmpty, !target.isName, !readings.contains(where: { $0.lists(target) }) {
            let names = unread.map(\.provider.text).joined(separator: ", ")
            throw Ending(
                .pending,
                ["whether \(names) lists \(name ?? "") is not known: it could not be read in full"]
                    + unread.flatMap(\.findings).map { "\($0.code): \($0.subject): saw \($0.saw); \($0.advice)" }
            )
        }
        do {
            return try Explainer.request(
                name ?? "",
                record: record,
                readings: readings,
                isLaboratory: house.isLaboratory
            ) { house.policy(for: $0, of: $1) }
        } catch {
            throw Ending(.usage, [error.description])
        }
    }

    private func explain(fileAt path: String) async throws {
        let evidence: Evidence
        do {
            evidence = try DocumentFile.read(Evidence.self, from: path, limitBytes: Evidence.limitBytes)
        } catch {
            throw Ending(
                .usage,
                [
                    "\(path): is no evidence that can be replayed: \(error); `dnsproof explain NAME --save FILE` makes "
                        + "some (what `dnsproof plan --save` keeps is for `dnsproof plan --situation`)"
                ]
            )
        }
        if let shortcoming = evidence.shortcoming { Output.complain("\(path): \(shortcoming)") }
        let world = EvidenceReplay(evidence)
        let surveyor = LiveSurveyor(
            configuration: evidence.surroundings.configuration,
            exchange: world,
            http: world,
            clock: world,
            random: world
        )
        try tell(
            await Explainer.explain(evidence.request, surveyor: surveyor, at: evidence.seenAt),
            isReplay: true
        )
    }

    private func tell(_ explanation: Explanation, isReplay: Bool) throws {
        if common.json {
            try Output.say(json: ExplainDocument(explanation, isReplay: isReplay))
        } else {
            Output.say(toned: ExplainText.lines(explanation, columns: Output.columns, isReplay: isReplay))
        }
        try explanation.exitCode.leave()
    }
}
