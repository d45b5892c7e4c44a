// One fetch of a token file as a CA makes it: from one address of the host, along the redirects that CAs follow.
import DCV
import Platform

/// What one fetch brought.
struct Fetched: Sendable {
    enum Outcome: Sendable {
        /// The file, or the beginning of one that is longer than any token.
        case body([UInt8], isCut: Bool)
        case absent
        case failed(Sighting, WebFetch.Fault?)
    }

    let vantage: VantagePoint
    let outcome: Outcome
    let hops: [WebFetch.Hop]
    let milliseconds: Int64?
}

/// Every hop's host is resolved once, by our own engine, its address judged, and the connection made to that address:
/// a name that changes its address between two look-ups leads nowhere.
///
/// Which addresses: all of the token's host, each in a fetch of its own. Of a redirect's target only those that a CA
/// would take: the first IPv6 address, or the first IPv4 address where there is none. CAs fall back to IPv4 at the first
/// request only, so that here a dead IPv6 address is the end, unless it is this machine that has no IPv6.
struct TokenFetch: Sendable {
    let search: HostSearch
    let http: any HTTPExchanging
    let errand: Errand
    /// Octets of a body that are read.
    let bodyLimitOctets: Int
    let dnssec: Policy.Propagation.DNSSEC

    private var configuration: SurveyorConfiguration { search.cuts.configuration }
    private var clock: any Clock { search.cuts.pass.clock }
    private var rule: RedirectRule {
        RedirectRule(ports: [80, 443, configuration.httpPort, configuration.httpsPort])
    }

    /// The fetch under way.
    private struct Way {
        let vantage: VantagePoint
        let endsAtMilliseconds: Int64
        var visited: [HTTPURL]
        var hops: [WebFetch.Hop] = []

        func ended(_ outcome: Fetched.Outcome, _ milliseconds: Int64?) -> Fetched {
            Fetched(vantage: vantage, outcome: outcome, hops: hops, milliseconds: milliseconds)
        }
    }

    func fetch(_ host: DomainName, _ path: HTTPTokenPath, from address: IPAddress) async -> Fetched {
        let vantage = VantagePoint.web(host: host, address: address)
        let url: HTTPURL
        do throws(HTTPFailure) {
            let segments = path.text.split(separator: "/").map(String.init)
            url = try HTTPURL(.http, host: .name(host), port: configuration.httpPort, segments: segments)
        } catch {
            let sighting = Sighting.notServed(reason: error.description)
            return Fetched(vantage: vantage, outcome: .failed(sighting, nil), hops: [], milliseconds: nil)
        }
        let limit = clock.monotonicMilliseconds() + configuration.limits.tokenChainDeadlineMilliseconds
        var way = Way(
            vantage: vantage,
            endsAtMilliseconds: min(limit, max(errand.endsAtMilliseconds, clock.monotonicMilliseconds())),
            visited: [url]
        )
        let first = await ask(url, at: address, &way)
        guard case .success(let response) = first else { return await failed(first, url, address, way) }
        if response.status == 400, await speaksTLS(url, address, way) {
            return way.ended(.failed(Self.tlsInstead(response.status), .speaksTLS), response.elapsedMilliseconds)
        }
        return await follow(response, &way)
    }

    /// From the first answer to the last.
    private func follow(_ first: HTTPResponse, _ way: inout Way) async -> Fetched {
        var response = first
        // `RedirectRule.next` ends this after `followedLimit` redirects.
        while RedirectRule.isRedirect(response.status) {
            let url: HTTPURL
            do throws(RedirectRefused) {
                let locations = response.headers.values("Location")
                url = try rule.next(status: response.status, locations: locations, visited: way.visited)
            } catch {
                return way.ended(.failed(.notServed(reason: error.reason), .redirectRefused), first.elapsedMilliseconds)
            }
            let candidates: [IPAddress]
            do throws(RedirectRefused) {
                candidates = try await self.candidates(url)
            } catch {
                let fault: WebFetch.Fault = error.mayPass ? .redirectTargetUnreachable : .redirectRefused
                return way.ended(.failed(.notServed(reason: error.reason), fault), first.elapsedMilliseconds)
            }
            way.visited.append(url)
            switch await ask(url, among: candidates, &way) {
            case .success(let next): response = next
            case .failure(let failure):
                let (sighting, fault) = Self.judge(redirectedTo: url, failure)
                return way.ended(.failed(sighting, fault), first.elapsedMilliseconds)
            }
        }
        return way.ended(Self.outcome(response), first.elapsedMilliseconds)
    }

    // MARK: where a redirect leads

    /// At most two addresses: the one that a CA takes, and what is asked instead where this machine has no IPv6.
    private func candidates(_ url: HTTPURL) async throws(RedirectRefused) -> [IPAddress] {
        switch url.host {
        case .address(let address):
            guard configuration.permits(address) else {
                throw RedirectRefused("\(RedirectRule.quote(url)) leads to the special-use address \(address)")
            }
            return [address]
        case .name(let name):
            let found = await search.addresses(of: name, for: errand)
            let quoted = RedirectRule.quote(url)
            if dnssec == .validate {
                switch found.security {
                case .bogus(let reason):
                    throw RedirectRefused("\(quoted): the host's addresses fail DNSSEC validation: \(reason)")
                case .indeterminate(let reason):
                    let text = "\(quoted): the host's addresses cannot be validated: \(reason)"
                    throw RedirectRefused(text, mayPass: true)
                case .secure, .insecure, nil: break
                }
            }
            // An address that is not known may be the one that a CA takes.
            let blocking = found.problems.filter(\.blocksJudgement)
            guard blocking.isEmpty else {
                let text = "\(quoted): \(found.problems.map(\.text).joined(separator: "; "))"
                throw RedirectRefused(text, mayPass: blocking.contains { !$0.isPermanent })
            }
            return [found.addresses.first { $0.isV6 }, found.addresses.first { !$0.isV6 }].compactMap { $0 }
        }
    }

    // MARK: one request

    private func ask(
        _ url: HTTPURL,
        among candidates: [IPAddress],
        _ way: inout Way
    ) async -> Result<HTTPResponse, HTTPFailure> {
        var passedOver: IPAddress?
        var last = Result<HTTPResponse, HTTPFailure>.failure(.unreachable("no address"))
        for address in candidates {
            last = await ask(url, at: address, passedOver: passedOver, &way)
            guard case .failure(.noRoute) = last, address.isV6, address != candidates.last else { break }
            passedOver = address
            way.hops.removeLast()
        }
        return last
    }

    private func ask(
        _ url: HTTPURL,
        at address: IPAddress,
        passedOver: IPAddress? = nil,
        _ way: inout Way
    ) async -> Result<HTTPResponse, HTTPFailure> {
        let peer = HTTPRequest.Peer(address: address, port: configuration.connectedPort(url.port))
        let result = await request(url, peer, way)
        way.hops.append(
            WebFetch.Hop(
                url: url.description,
                address: address,
                port: peer.port,
                status: try? result.get().status,
                passedOver: passedOver
            )
        )
        return result
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
        let peer = HTTPRequest.Peer(address: address, port: configuration.connectedPort(url.port))
        let limit = configuration.limits.tlsProbeDeadlineMilliseconds
        switch await request(secure, peer, way, deadlineMilliseconds: limit) {
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
        guard case .failure(let failure) = result else { return way.ended(.absent, nil) }
        switch failure {
        case .malformedAnswer, .brokenOff:
            if await speaksTLS(url, address, way) {
                return way.ended(.failed(Self.tlsInstead(nil), .speaksTLS), nil)
            }
        case .refused, .unreachable, .noRoute, .tlsFailed, .timedOut, .tooLarge, .cancelled: break
        }
        let (sighting, fault) = Self.judge(failure)
        return way.ended(.failed(sighting, fault), nil)
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
