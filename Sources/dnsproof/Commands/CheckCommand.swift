// `dnsproof check`: one record, seen with the CA's eyes. Needs no configuration.
import Agent
import ArgumentParser
import DCV
import Platform
import Surveying

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "See whether a record or token file is visible everywhere a CA may look.",
        discussion: """
            dnsproof check _acme-challenge.example.com TXT gfj9Xq...Rg85nM
            dnsproof check _dnsauth.example.com CNAME token.dcv.digicert.com
            dnsproof check \\
                http://example.com/.well-known/pki-validation/fileauth.txt HTTP token
            dnsproof check --wait 5m _acme-challenge.example.com TXT -- -hyphen-first

            Asks every address of every authoritative name server. Resolvers are
            asked last, once those show the record, and only the ones that the policy
            of the record's zone names; without a configuration none.

            Exit codes: 0 visible everywhere, 3 not yet or cannot tell,
            4 somebody must repair something first.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: ArgumentHelp("Look again until it is visible, for this long.", valueName: "5m"))
    var wait: Span?

    @Argument(help: ArgumentHelp("The owner name, or the URL of a token file.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("TXT, CNAME or HTTP.", valueName: "type"))
    var type: String

    @Argument(help: ArgumentHelp("The value that must be there.", valueName: "value"))
    var value: String

    func validate() throws {
        do {
            _ = try CheckRequest.record(name: name, type: type, value: value)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        let record = try CheckRequest.record(name: name, type: type, value: value)
        let house = try House(optionalConfig: common.config)
        let policy = house.policy(for: record)
        let request = SurveyRequest(record, under: policy.propagation)
        let (survey, propagation) = await look(request, policy, house)
        await house.close()
        Output.clearFleeting()
        let verdict = CheckVerdict(propagation)
        if common.json {
            try Output.say(json: CheckDocument(survey, propagation))
        } else {
            Output.say(RunText.laboratory(house.isLaboratory) + SurveyText.lines(survey, propagation))
        }
        try verdict.exitCode.leave()
    }

    private func look(
        _ request: SurveyRequest,
        _ policy: Policy,
        _ house: House
    ) async -> (Survey, Propagation) {
        let (start, begun) = (house.clock.monotonicMilliseconds(), house.clock.now())
        let limit = wait?.milliseconds ?? 0
        while true {
            if !common.json { Output.showFleeting("looking at every name server ...") }
            let surveys = await house.surveyor.survey([request])
            let survey =
                surveys.first ?? Survey(record: request.record, at: house.clock.now(), zone: nil, observations: [])
            let propagation = Propagation.judge(survey, policy.propagation)
            let (passed, now) = (house.clock.monotonicMilliseconds() - start, house.clock.now())
            let next = NextLook.at(propagation, changedAt: begun, now: now, recordsInZone: 1, policy.wait)
            let pause = next.milliseconds(since: now)
            let isFinal = CheckVerdict(propagation) == .ready || CheckVerdict(propagation) == .never
            guard !isFinal, passed + pause < limit else { return (survey, propagation) }
            if !common.json {
                Output.showFleeting(
                    "\(SurveyText.verdict(propagation)); looking again in \(TimeText.span(milliseconds: pause))"
                )
            }
            guard (try? await house.clock.sleep(milliseconds: pause)) != nil else { return (survey, propagation) }
        }
    }
}
