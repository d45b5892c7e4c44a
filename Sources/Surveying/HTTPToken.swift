// The look at an HTTP token file: from every address of the host, each checked before anything is sent to it.
import DCV
import LDNS
import Platform

struct HTTPToken: Sendable {
    /// Octets of a body beyond the wanted one that are still read: trailing white space, and enough to show what stands
    /// there.
    static let bodySlackOctets = 64
    /// Octets of a foreign body that are kept: it may be a page from an inside network.
    static let shownBodyOctets = 64

    let cuts: ZoneCuts
    let http: any HTTPExchanging

    private var configuration: SurveyorConfiguration { cuts.configuration }

    /// Fetches the file from every address of its host.
    func look(
        at record: RequiredRecord,
        host: DomainName,
        path: HTTPTokenPath,
        body: HTTPTokenBody,
        for errand: Errand
    ) async -> AuthoritativeLook {
        var look = AuthoritativeLook(chain: [host])
        let addresses = await usableAddresses(of: host, &look, for: errand)
        look.observations = await withTaskGroup(of: Observation.self) { group in
            for address in addresses {
                group.addTask { await fetch(host, path, from: address, limitOctets: body.bytes.count).judged(body) }
            }
            var observations: [Observation] = []
            for await observation in group { observations.append(observation) }
            return observations.sorted { $0.vantage.address < $1.vantage.address }
        }
        return look
    }

    /// What stands at the path now: one body a address that answered 200, its beginning if it is long; nothing for 404
    /// and 410.
    func values(host: DomainName, path: HTTPTokenPath, for errand: Errand) async -> [IPAddressText: [OctetText]] {
        var look = AuthoritativeLook(chain: [host])
        var values: [IPAddressText: [OctetText]] = [:]
        for address in await usableAddresses(of: host, &look, for: errand) {
            switch await fetch(host, path, from: address, limitOctets: HTTPTokenBody.limitOctets).outcome {
            case .body(let body, _): values[IPAddressText(address)] = [OctetText(body)]
            case .absent: values[IPAddressText(address)] = []
            case .failed: continue
            }
        }
        return values
    }

    // MARK: where the host is

    private func usableAddresses(
        of host: DomainName,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async -> [IPAddress] {
        var found = HostAddresses()
        // What blocks the judgement after the first question would only be told again after the second.
        for type in [RecordType.a, .aaaa] where !look.problems.contains(where: \.blocksJudgement) {
            await follow(host, type, into: &found, &look, for: errand)
        }
        let refused = found.addresses.filter { !configuration.permits($0) }
        if !refused.isEmpty {
            let list = refused.map(\.description).joined(separator: ", ")
            let text = "\(host) has the special-use address \(list): nothing is fetched from there"
            look.problems.append(Survey.Problem(.specialUseAddress, text))
        }
        let usable = found.addresses.filter(configuration.permits).sorted()
        let limit = configuration.limits.addressesPerZone
        if usable.isEmpty && !look.problems.contains(where: \.blocksJudgement) {
            let why = found.fault ?? (refused.isEmpty ? "it has neither A nor AAAA" : "no other address is known")
            look.problems.append(Survey.Problem(.hostWithoutAddress, "\(host): \(why)"))
        } else if usable.count > limit {
            let text = "\(host) has \(usable.count) addresses, \(limit) are asked at most"
            look.problems.append(Survey.Problem(.queryBudgetSpent, text))
        }
        return Array(usable.prefix(limit))
    }

    /// The addresses of one type at the end of the host's CNAME chain.
    private func follow(
        _ host: DomainName,
        _ type: RecordType,
        into found: inout HostAddresses,
        _ look: inout AuthoritativeLook,
        for errand: Errand
    ) async {
        var chain = [host]
        while let name = chain.last {
            let question = Question(name, type)
            let located = await cuts.locate(question, for: errand)
            if chain.count == 1 { look.zone = located.zone?.apex }
            if let problem = located.problem { look.problems.append(problem) }
            switch located.reading {
            case nil: return
            case .alias(let target, _):
                guard !chain.contains(target) else {
                    let loop = (chain + [target]).map(\.text).joined(separator: " -> ")
                    return look.problems.append(Survey.Problem(.cnameLoop, loop))
                }
                guard chain.count <= configuration.limits.aliasHops else {
                    let text = "more than \(configuration.limits.aliasHops) CNAMEs from \(host)"
                    return look.problems.append(Survey.Problem(.cnameChainTooLong, text))
                }
                chain.append(target)
            case .aliasNotUsable(let why, _):
                return look.problems.append(Survey.Problem(.nameNotUsable, "the CNAME at \(name): \(why)"))
            case .some(let reading): return found.add(reading, question)
            }
        }
    }

    // MARK: the fetch

    private struct Fetched: Sendable {
        enum Outcome: Sendable {
            /// The file, or the beginning of one that is longer than any token.
            case body([UInt8], isCut: Bool)
            case absent
            case failed(Sighting)
        }

        let vantage: VantagePoint
        let outcome: Outcome
        var milliseconds: Int64?

        func judged(_ wanted: HTTPTokenBody) -> Observation {
            let sighting: Sighting =
                switch outcome {
                case .body(let body, let isCut) where !isCut && wanted.isShown(by: body): .present(others: [])
                case .body(let body, _):
                    .wrong(saw: [OctetText(body.prefix(HTTPToken.shownBodyOctets))], ttlSeconds: 0)
                case .absent: .absent(negativeTTLSeconds: 0)
                case .failed(let sighting): sighting
                }
            return Observation(vantage, sighting, roundTripMilliseconds: milliseconds)
        }
    }

    private func fetch(
        _ host: DomainName,
        _ path: HTTPTokenPath,
        from address: IPAddress,
        limitOctets: Int
    ) async -> Fetched {
        let vantage = VantagePoint.web(host: host, address: address)
        do throws(HTTPFailure) {
            let segments = path.text.split(separator: "/").map(String.init)
            let url = try HTTPURL(.http, host: .name(host), port: configuration.httpPort, segments: segments)
            var headers = HTTPHeaders()
            try headers.add("Accept-Encoding", "identity")
            let request = HTTPRequest(
                .get,
                url,
                headers: headers,
                deadlineMilliseconds: configuration.limits.tokenDeadlineMilliseconds,
                bodyLimitBytes: limitOctets + Self.bodySlackOctets,
                overlongBody: .cut,
                peer: HTTPRequest.Peer(address: address, port: configuration.httpPort)
            )
            let response = try await http.exchange(request)
            return Fetched(
                vantage: vantage,
                outcome: Self.outcome(response),
                milliseconds: response.elapsedMilliseconds
            )
        } catch {
            return Fetched(vantage: vantage, outcome: .failed(Self.sighting(error)))
        }
    }

    /// The status comes first: a page that says "not found" has any length and any encoding.
    private static func outcome(_ response: HTTPResponse) -> Fetched.Outcome {
        switch response.status {
        case 200:
            if let encoding = response.foreignEncoding {
                return .failed(.notServed(reason: "the file comes with \(encoding), which was not asked for"))
            }
            return .body(response.body, isCut: response.isBodyCut)
        case 404, 410: return .absent
        case 301, 302, 307, 308:
            let location = OctetText((response.headers["Location"] ?? "").utf8).shortened(limitBytes: 128)
            return .failed(
                .notServed(reason: "HTTP \(response.status) redirects to \"\(location)\", which is not followed")
            )
        default: return .failed(.notServed(reason: "HTTP status \(response.status)"))
        }
    }

    private static func sighting(_ failure: HTTPFailure) -> Sighting {
        switch failure {
        case .unreachable, .timedOut, .brokenOff, .cancelled, .tlsFailed: .unreachable(reason: failure.description)
        case .malformedAnswer: .hostile(reason: failure.description)
        case .refused, .tooLarge: .notServed(reason: failure.description)
        }
    }
}
