// The eyes as the rest of the program has them: every look is a pass of its own over the live world.
package import DCV
import LDNS
package import Platform

/// Surveys records at the authoritative servers, at web hosts and, when those all agree, at named resolvers.
package struct LiveSurveyor: Surveyor {
    private let configuration: SurveyorConfiguration
    private let exchange: any Asking
    private let http: any HTTPExchanging
    private let clock: any Clock

    package init(
        configuration: SurveyorConfiguration,
        exchange: any Asking,
        http: any HTTPExchanging,
        clock: any Clock
    ) {
        self.configuration = configuration
        self.exchange = exchange
        self.http = http
        self.clock = clock
    }

    package func survey(_ requests: [SurveyRequest]) async -> [Survey] {
        let pass = SurveyPass(configuration: configuration, exchange: exchange, clock: clock)
        return await withTaskGroup(of: (Int, Survey).self) { group in
            var surveys = [Survey?](repeating: nil, count: requests.count)
            var waiting = requests.enumerated().makeIterator()
            func startNext() {
                guard let (index, request) = waiting.next() else { return }
                group.addTask { (index, await survey(request, index, pass)) }
            }
            for _ in 0..<configuration.limits.recordsAtOnce { startNext() }
            for await (index, survey) in group {
                surveys[index] = survey
                startNext()
            }
            return surveys.compactMap { $0 }
        }
    }

    package func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        let pass = SurveyPass(configuration: configuration, exchange: exchange, clock: clock)
        let cuts = ZoneCuts(pass: pass)
        let errand = pass.errand(forRecord: 0)
        let values: [IPAddressText: [OctetText]]
        switch record.content {
        case .txt: values = await AuthoritativeView(cuts: cuts).values(at: target, .txt, for: errand)
        case .cname: values = await AuthoritativeView(cuts: cuts).values(at: target, .cname, for: errand)
        case .http(_, let path, _):
            values = await HTTPToken(cuts: cuts, http: http).values(host: target, path: path, for: errand)
        }
        return RRsetView(name: target, kind: record.kind, values: values)
    }

    private func survey(_ request: SurveyRequest, _ index: Int, _ pass: SurveyPass) async -> Survey {
        let record = request.record
        let cuts = ZoneCuts(pass: pass)
        let errand = pass.errand(forRecord: index)
        var look: AuthoritativeLook
        switch record.content {
        case .txt: look = await observe(record, .txt, request.resolvers, cuts, errand)
        case .cname: look = await observe(record, .cname, request.resolvers, cuts, errand)
        case .http(let host, let path, let body):
            let token = HTTPToken(cuts: cuts, http: http)
            look = await token.look(at: record, host: host, path: path, body: body, for: errand)
        }
        return Survey(
            record: record,
            at: clock.now(),
            zone: look.zone,
            chain: look.chain,
            observations: look.observations,
            problems: look.problems
        )
    }

    private func observe(
        _ record: RequiredRecord,
        _ type: RecordType,
        _ resolvers: [String],
        _ cuts: ZoneCuts,
        _ errand: Errand
    ) async -> AuthoritativeLook {
        var look = await AuthoritativeView(cuts: cuts).look(at: record, type, for: errand)
        guard look.isPresentEverywhere, !resolvers.isEmpty else { return look }
        let view = RecursiveView(configuration: configuration, exchange: exchange)
        look.observations += await view.observe(record, type, resolvers: resolvers)
        return look
    }
}
