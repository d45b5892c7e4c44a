// `dnsproof check`: one record, seen with the CA's eyes. Needs no configuration.
import Agent
import ArgumentParser
import DCV
import Platform
import Surveying

struct CheckCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "See whether a record or token file is visible everywhere a CA may look.",
        discussion: """
            dnsproof check _acme-challenge.example.com TXT gfj9Xq...Rg85nM
            dnsproof check _dnsauth.example.com CNAME token.dcv.digicert.com
            dnsproof check \\
                http://example.com/.well-known/pki-validation/fileauth.txt HTTP token
            dnsproof check --wait 5m _acme-challenge.example.com TXT -- -hyphen-first
            dnsproof check --issuer letsencrypt.org --issuer google --wildcard \\
                _acme-challenge.example.com TXT gfj9Xq...Rg85nM

            Asks every address of every authoritative name server. Resolvers are
            asked last, once those show the record, and only the ones that the policy
            of the record's zone names; without a configuration none.

            With --issuer, CAA records are judged as that CA does (RFC 8659), for the
            record's name without its labels that begin with "_". Several: a notice
            tells which of them are allowed. Without it, the CAs count that the zone's
            policy names under caa.issuers, if it enforces CAA.

            Exit codes: 0 visible everywhere, 3 not yet or cannot tell,
            4 somebody must repair something first, or CAA forbids every CA named.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Look again until it is visible, for this long.", valueName: "5m"),
        transform: Span.init
    )
    var wait: Span?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Judge CAA for this CA: its name in CAA records, or a word such as letsencrypt; repeatable.",
            valueName: "ca"
        ),
        transform: Typed.issuer
    )
    var issuer: [DomainName] = []

    @Flag(name: .long, help: "Judge CAA for a wildcard certificate (issuewild).")
    var wildcard = false

    @Argument(help: ArgumentHelp("The owner name, or the URL of a token file.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("TXT, CNAME or HTTP.", valueName: "type"))
    var type: String

    @Argument(help: ArgumentHelp("The value that must be there.", valueName: "value"))
    var value: String

    func validate() throws {
        let record: RequiredRecord
        do {
            record = try CheckRequest.record(name: name, type: type, value: value)
        } catch {
            throw ValidationError("\(error)")
        }
        if wildcard, issuer.isEmpty { throw ValidationError("--wildcard needs --issuer") }
        if !issuer.isEmpty, CheckedCAA.identifier(of: record, isWildcard: wildcard) == nil {
            throw ValidationError("\(record.name) holds no name that a certificate can be for")
        }
    }

    func run() async throws {
        let record = try CheckRequest.record(name: name, type: type, value: value)
        let house = try House(optionalConfig: common.config)
        let policy = house.policy(for: record.name)
        let request = SurveyRequest(record, under: policy.propagation)
        let (survey, propagation, caa) = await look(request, policy, house)
        await house.close()
        Output.clearFleeting()
        let verdict = CheckVerdict(propagation, caa?.verdict)
        let ttlSeconds = policy.publish.ttlSeconds
        if common.json {
            try Output.say(json: CheckDocument(survey, propagation, ttlSeconds: ttlSeconds, caa))
        } else {
            Output.say(
                RunText.laboratory(house.isLaboratory)
                    + SurveyText.lines(survey, propagation, ttlSeconds: ttlSeconds, caa?.verdict) + (caa?.lines ?? [])
            )
        }
        try verdict.exitCode.leave()
    }

    private func look(
        _ request: SurveyRequest,
        _ policy: Policy,
        _ house: House
    ) async -> (Survey, Propagation, CheckedCAA?) {
        let (start, begun) = (house.clock.monotonicMilliseconds(), house.clock.now())
        let limit = wait?.milliseconds ?? 0
        while true {
            if !common.json { Output.showFleeting("looking at every name server ...") }
            let surveys = await house.surveyor.survey([request])
            let survey =
                surveys.first ?? Survey(record: request.record, at: house.clock.now(), zone: nil, observations: [])
            let propagation = Propagation.judge(survey, policy.propagation)
            let caa = await caa(request.record, house)
            let (passed, now) = (house.clock.monotonicMilliseconds() - start, house.clock.now())
            let next = NextLook.at(propagation, changedAt: begun, lookedAt: now, policy.wait)
            let pause = next.milliseconds(since: now)
            let isFinal = [.ready, .never].contains(CheckVerdict(propagation, caa?.verdict))
            guard !isFinal, passed + pause < limit else { return (survey, propagation, caa) }
            if !common.json {
                Output.showFleeting(
                    "\(SurveyText.verdict(propagation, caa?.verdict)); looking again in \(TimeText.span(milliseconds: pause))"
                )
            }
            guard (try? await house.clock.sleep(milliseconds: pause)) != nil else { return (survey, propagation, caa) }
        }
    }

    /// Nil when no CA was named, here or in the policy.
    private func caa(_ record: RequiredRecord, _ house: House) async -> CheckedCAA? {
        guard let identifier = CheckedCAA.identifier(of: record, isWildcard: wildcard) else { return nil }
        let rules = house.policy(for: identifier.name).caa
        let names = issuer.isEmpty && rules.check == .enforce ? rules.issuers : issuer
        guard !names.isEmpty, let climb = await house.surveyor.climb([identifier.name]).first else { return nil }
        let request = CAARequest(
            identifier,
            issuers: names.map { CertificateAuthorities.named($0) },
            methods: CAA.methodLabels(of: record),
            accountURI: rules.account
        )
        return CheckedCAA(climb, for: request)
    }
}
