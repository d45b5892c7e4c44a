// One fetch of a token file as CAs may make it: from one address of the host, along the redirects that CAs follow.
import DCV
import Platform

/// What one way of a fetch brought.
struct Fetched: Sendable {
    enum Outcome: Sendable {
        /// The file, or the beginning of one that is longer than any token.
        case body([UInt8], isCut: Bool)
        case absent
        case failed(Sighting, WebFetch.Fault?)
        /// Nothing was seen, because a limit of ours ended it: a problem says so.
        case unknown
    }

    let vantage: VantagePoint
    let outcome: Outcome
    let hops: [WebFetch.Hop]
    let milliseconds: Int64?
    /// What is amiss about the hosts that it was redirected to, or about looking for them.
    var problems: [Survey.Problem] = []
}

/// Every hop's host is resolved once, by our own engine, its address judged, and the connection made to that address:
/// a name that changes its address between two look-ups leads nowhere.
///
/// Which addresses: all of the token's host, each in a fetch of its own. Behind a redirect all that a CA may take, for it takes one of
/// them and nobody knows which: the IPv6 addresses, or the IPv4 addresses where there are none. CAs fall back to IPv4 at the first
/// request only, so that there a dead IPv6 address is the end, unless it is this machine that has no IPv6.
///
/// So the way forks at a redirect, and a fetch has as many ends as its ways. It stays bounded because the ways that stand at the same
/// URL after as many redirects go on as one, and because `targets` asks each address for a URL once, and a limited number in all.
struct TokenFetch: Sendable {
    let search: HostSearch
    let http: any HTTPExchanging
    let errand: Errand
    /// Octets of a body that are read.
    let bodyLimitOctets: Int
    let dnssec: Policy.Propagation.DNSSEC
    /// Shared by the fetches from all addresses of the host.
    let targets: RedirectTargets

    private var configuration: SurveyorConfiguration { search.cuts.configuration }
    private var clock: any Clock { search.cuts.pass.clock }
    private var rule: RedirectRule {
        RedirectRule(ports: [80, 443, configuration.httpPort, configuration.httpsPort])
    }

    /// A fetch under way, along one of its ways.
    private struct Way {
        let vantage: VantagePoint
        let endsAtMilliseconds: Int64
        var visited: [HTTPURL]
        var hops: [WebFetch.Hop] = []
        /// Of the first answer.
        var milliseconds: Int64?
        var problems: [Survey.Problem] = []

        func ended(_ outcome: Fetched.Outcome) -> Fetched {
            Fetched(vantage: vantage, outcome: outcome, hops: hops, milliseconds: milliseconds, problems: problems)
        }

        func ended(by refusal: RedirectRefused) -> Fetched {
            guard refusal.fault == nil else { return ended(.failed(.notServed(reason: refusal.reason), refusal.fault)) }
            var way = self
            let text = "redirected from \(vantage) to \(refusal.reason)"
            way.problems.append(Survey.Problem(.queryBudgetSpent, text, reproduce: hops.last?.reproduce))
            return way.ended(.unknown)
        }
    }

    /// The ends of all ways from one address of the token's host.
    func fetch(_ host: DomainName, _ path: HTTPTokenPath, from address: IPAddress) async -> [Fetched] {
        let vantage = VantagePoint.web(host: host, address: address)
        let url: HTTPURL
        do throws(HTTPFailure) {
            let segments = path.text.split(separator: "/").map(String.init)
            url = try HTTPURL(.http, host: .name(host), port: configuration.httpPort, segments: segments)
        } catch {
            let sighting = Sighting.notServed(reason: error.description)
            return [Fetched(vantage: vantage, outcome: .failed(sighting, nil), hops: [], milliseconds: nil)]
        }
        let limit = clock.monotonicMilliseconds() + configuration.limits.tokenChainDeadlineMilliseconds
        var way = Way(
            vantage: vantage,
            endsAtMilliseconds: min(limit, max(errand.endsAtMilliseconds, clock.monotonicMilliseconds())),
            visited: [url]
        )
        let first = await request(url, peer(url, address), way)
        way.hops.append(hop(url, address, first))
        guard case .success(let response) = first else { return [await failed(first, url, address, way)] }
        way.milliseconds = response.elapsedMilliseconds
        if response.status == 400, await speaksTLS(url, address, way) {
            return [way.ended(.failed(Self.tlsInstead(response.status), .speaksTLS))]
        }
        return await follow(response, way)
    }

    /// From the first answer to the last ones.
    private func follow(_ first: HTTPResponse, _ way: Way) async -> [Fetched] {
        var open = [(way, first)]
        var ended: [Fetched] = []
        // Each round is one redirect further: `RedirectRule.next` ends this after `followedLimit` of them.
        while !open.isEmpty {
            var further: [(Way, HTTPResponse)] = []
            var met: Set<HTTPURL> = []
            for (way, response) in open {
                guard RedirectRule.isRedirect(response.status) else {
                    ended.append(way.ended(Self.outcome(response)))
                    continue
                }
                do throws(RedirectRefused) {
                    let locations = response.headers.values("Location")
                    let url = try rule.next(status: response.status, locations: locations, visited: way.visited)
                    guard met.insert(url).inserted else { continue }
                    let ways = try await answers(to: url, after: way)
                    for case (let longer, .success(let response)) in ways { further.append((longer, response)) }
                    for case (let longer, .failure(let failure)) in ways {
                        let (sighting, fault) = Self.judge(redirectedTo: url, failure)
                        ended.append(longer.ended(.failed(sighting, fault)))
                    }
                } catch {
                    ended.append(way.ended(by: error))
                }
            }
            open = further
        }
        return ended
    }

    // MARK: where a redirect leads

    /// Each address that a CA may take, with its answer.
    private func answers(
        to url: HTTPURL,
        after way: Way
    ) async throws(RedirectRefused) -> [(Way, Result<HTTPResponse, HTTPFailure>)] {
        var way = way
        way.visited.append(url)
        let addresses = try await addresses(of: url, &way.problems)
        let (six, four) = (addresses.filter(\.isV6), addresses.filter { !$0.isV6 })
        let answers = try await ask(url, at: six.isEmpty ? four : six, after: way)
        // This machine's lack, not the host's.
        let isUnseen = answers.allSatisfy { if case .failure(.noRoute) = $0.1 { true } else { false } }
        guard isUnseen, let unseen = six.first, !four.isEmpty else { return answers }
        return try await ask(url, at: four, passedOver: unseen, after: way)
    }

    private func addresses(
        of url: HTTPURL,
        _ problems: inout [Survey.Problem]
    ) async throws(RedirectRefused) -> [IPAddress] {
        let quoted = RedirectRule.quote(url)
        switch url.host {
        case .address(let address):
            guard configuration.permits(address) else {
                throw RedirectRefused("\(quoted) leads to the special-use address \(address)")
            }
            return [address]
        case .name(let name):
            let found = await search.addresses(of: name, for: errand)
            if dnssec == .validate {
                switch found.security {
                case .bogus(let reason):
                    throw RedirectRefused("\(quoted): the host's addresses fail DNSSEC validation: \(reason)")
                case .indeterminate(let reason):
                    let text = "\(quoted): the host's addresses cannot be validated: \(reason)"
                    throw RedirectRefused(text, .redirectTargetUnreachable)
                case .secure, .insecure, nil: break
                }
            }
            // An address that is not known may be the one that a CA takes.
            let blocking = found.problems.filter(\.blocksJudgement)
            guard blocking.isEmpty else {
                let text = "\(quoted): \(found.problems.map(\.text).joined(separator: "; "))"
                throw RedirectRefused(text, Self.fault(blocking))
            }
            problems += found.problems.filter { !problems.contains($0) }
            return found.addresses
        }
    }

    private static func fault(_ problems: [Survey.Problem]) -> WebFetch.Fault? {
        if problems.contains(where: { $0.code == .queryBudgetSpent }) { return nil }
        return problems.allSatisfy(\.isPermanent) ? .redirectRefused : .redirectTargetUnreachable
    }

    // MARK: requests

    private func ask(
        _ url: HTTPURL,
        at addresses: [IPAddress],
        passedOver: IPAddress? = nil,
        after way: Way
    ) async throws(RedirectRefused) -> [(Way, Result<HTTPResponse, HTTPFailure>)] {
        let results = await withTaskGroup(of: (IPAddress, Result<HTTPResponse, HTTPFailure>?).self) { group in
            for address in addresses {
                group.addTask {
                    let place = RedirectTargets.Place(url: url, address: address)
                    return (address, await targets.answer(at: place) { await request(url, peer(url, address), way) })
                }
            }
            var results: [IPAddress: Result<HTTPResponse, HTTPFailure>] = [:]
            for await (address, result) in group { results[address] = result }
            return results
        }
        guard results.count == addresses.count else {
            let limit = configuration.limits.redirectedRequestsPerFile
            let text = "\(RedirectRule.quote(url)): more than \(limit) requests would be needed behind redirects"
            throw RedirectRefused(text, nil)
        }
        return addresses.compactMap { address in
            guard let result = results[address] else { return nil }
            var longer = way
            longer.hops.append(hop(url, address, result, passedOver: passedOver))
            return (longer, result)
        }
    }

    private func peer(_ url: HTTPURL, _ address: IPAddress) -> HTTPRequest.Peer {
        HTTPRequest.Peer(address: address, port: configuration.connectedPort(url.port))
    }

    private func hop(
        _ url: HTTPURL,
        _ address: IPAddress,
        _ result: Result<HTTPResponse, HTTPFailure>,
        passedOver: IPAddress? = nil
    ) -> WebFetch.Hop {
        WebFetch.Hop(
            url: url.description,
            address: address,
            port: peer(url, address).port,
            status: try? result.get().status,
            passedOver: passedOver
        )
    }

    private func request(
        _ url: HTTPURL,
        _ peer: HTTPRequest.Peer,
        _ way: Way,
        deadlineMilliseconds: Int64? = nil
    ) async -> Result<HTTPResponse, HTTPFailure> {
        let left = way.endsAtMilliseconds - clock.monotonicMilliseconds()
        let limit = deadlineMilliseconds ?? configuration.limits.tokenDeadlineMilliseconds
        guard left > 0 else { return .failure(.timedOut(milliseconds: limit)) }
        do throws(HTTPFailure) {
            var headers = HTTPHeaders()
            try headers.add("Accept-Encoding", "identity")
            let request = HTTPRequest(
                .get,
                url,
                headers: headers,
                deadlineMilliseconds: min(left, limit),
                bodyLimitBytes: bodyLimitOctets,
                overlongBody: .cut,
                peer: peer,
                // A certificate is what is being ordered: CAs look at none here (RFC 8555 8.3 leaves it open).
                trust: .anyCertificate
            )
            return .success(try await http.exchange(request))
        } catch {
            return .failure(error)
        }
    }

    /// Whether TLS is spoken at the port of plain HTTP.
    private func speaksTLS(_ url: HTTPURL, _ address: IPAddress, _ way: Way) async -> Bool {
        guard let secure = try? HTTPURL(.https, host: url.host, port: url.port) else { return false }
        let limit = configuration.limits.tlsProbeDeadlineMilliseconds
        switch await request(secure, peer(url, address), way, deadlineMilliseconds: limit) {
        case .success, .failure(.malformedAnswer), .failure(.tooLarge): return true
        case .failure: return false
        }
    }

    // MARK: what it means

    private func failed(
        _ result: Result<HTTPResponse, HTTPFailure>,
        _ url: HTTPURL,
        _ address: IPAddress,
        _ way: Way
    ) async -> Fetched {
        guard case .failure(let failure) = result else { return way.ended(.absent) }
        switch failure {
        case .malformedAnswer, .brokenOff:
            if await speaksTLS(url, address, way) {
                return way.ended(.failed(Self.tlsInstead(nil), .speaksTLS))
            }
        case .refused, .unreachable, .noRoute, .tlsFailed, .timedOut, .tooLarge, .cancelled: break
        }
        let (sighting, fault) = Self.judge(failure)
        return way.ended(.failed(sighting, fault))
    }

    private static func tlsInstead(_ status: Int?) -> Sighting {
        let said = status.map { "HTTP status \($0)" } ?? "no HTTP answer"
        return .notServed(reason: "\(said) to plain HTTP: TLS is spoken at this port")
    }

    /// The status comes first: a page that says "not found" has any length and any encoding.
    private static func outcome(_ response: HTTPResponse) -> Fetched.Outcome {
        switch response.status {
        case 200:
            if let encoding = response.foreignEncoding {
                let reason = "the file comes with \(encoding), which was not asked for"
                return .failed(.notServed(reason: reason), .encoded)
            }
            return .body(response.body, isCut: response.isBodyCut)
        case 404, 410: return .absent
        default: return .failed(.notServed(reason: "HTTP status \(response.status)"), .status)
        }
    }

    /// A connection that was taken is no unreachable address: the CA would not try another one.
    private static func judge(_ failure: HTTPFailure) -> (Sighting, WebFetch.Fault?) {
        switch failure {
        case .unreachable, .noRoute, .cancelled: (.unreachable(reason: failure.description), nil)
        case .timedOut, .brokenOff, .tooLarge: (.notServed(reason: failure.description), .brokenOff)
        case .tlsFailed: (.notServed(reason: failure.description), .tlsFailed)
        case .malformedAnswer: (.hostile(reason: failure.description), nil)
        case .refused: (.notServed(reason: failure.description), nil)
        }
    }

    private static func judge(redirectedTo url: HTTPURL, _ failure: HTTPFailure) -> (Sighting, WebFetch.Fault?) {
        let (sighting, fault) = judge(failure)
        let told = "redirected to \(RedirectRule.quote(url)): \(failure.description)"
        return switch sighting {
        case .unreachable: (.notServed(reason: told), .redirectTargetUnreachable)
        case .hostile: (.hostile(reason: told), nil)
        default: (.notServed(reason: told), fault ?? .brokenOff)
        }
    }
}
