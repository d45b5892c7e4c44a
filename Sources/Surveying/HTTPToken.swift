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
    /// Whether addresses whose signatures fail are bogus, or only told to be.
    var dnssec = Policy.Propagation.DNSSEC.validate

    /// Fetches the file from every address of its host. Addresses that fail DNSSEC are as unknown to a CA as none.
    func look(
        at record: RequiredRecord,
        host: DomainName,
        path: HTTPTokenPath,
        body: HTTPTokenBody,
        for errand: Errand
    ) async -> AuthoritativeLook {
        let limit = body.bytes.count + Self.bodySlackOctets
        let (found, fetched) = await fetches(host, path, bodyLimitOctets: limit, for: errand)
        var look = AuthoritativeLook(chain: [host])
        look.zone = found.zone
        look.problems = found.problems
        look.security = found.security
        if dnssec == .validate, case .indeterminate(let reason) = found.security {
            look.problems.append(Survey.Problem(.dnssecIndeterminate, reason, reproduce: "delv +vtrace \(host) A"))
        }
        if dnssec == .validate, case .bogus(let reason) = found.security {
            look.observations = found.addresses.map {
                Observation(.web(host: host, address: $0), .bogus(reason: reason))
            }
        } else {
            look.observations = fetched.compactMap { $0.judged(body) }
            for problem in fetched.flatMap(\.problems) where !look.problems.contains(problem) {
                look.problems.append(problem)
            }
        }
        return look
    }

    /// What stands at the path now, by address of the host: the body where the answer is 200, its beginning if it is long; nothing for
    /// 404 and 410. Several bodies where the hosts behind a redirect differ.
    func values(host: DomainName, path: HTTPTokenPath, for errand: Errand) async -> [IPAddressText: [OctetText]] {
        let limit = HTTPTokenBody.limitOctets + Self.bodySlackOctets
        var values: [IPAddressText: [OctetText]] = [:]
        for one in await fetches(host, path, bodyLimitOctets: limit, for: errand).fetched {
            let address = IPAddressText(one.vantage.address)
            switch one.outcome {
            case .body(let body, _):
                let standing = values[address] ?? []
                values[address] = standing.contains(OctetText(body)) ? standing : standing + [OctetText(body)]
            case .absent: values[address] = values[address] ?? []
            case .failed, .unknown: continue
            }
        }
        return values
    }

    /// In the order of the addresses that the fetches set out from.
    private func fetches(
        _ host: DomainName,
        _ path: HTTPTokenPath,
        bodyLimitOctets: Int,
        for errand: Errand
    ) async -> (found: HostSearch.Found, fetched: [Fetched]) {
        let search = HostSearch(cuts: cuts)
        let found = await search.addresses(of: host, for: errand)
        if dnssec == .validate, case .bogus = found.security { return (found, []) }
        let fetch = TokenFetch(
            search: search,
            http: http,
            errand: errand,
            bodyLimitOctets: bodyLimitOctets,
            dnssec: dnssec,
            targets: RedirectTargets(limit: cuts.configuration.limits.redirectedRequestsPerFile)
        )
        let fetched = await withTaskGroup(of: (IPAddress, [Fetched]).self) { group in
            for address in found.addresses {
                group.addTask { (address, await fetch.fetch(host, path, from: address)) }
            }
            var fetched: [IPAddress: [Fetched]] = [:]
            for await (address, ends) in group { fetched[address] = ends }
            return fetched
        }
        return (found, fetched.sorted { $0.key < $1.key }.flatMap(\.value))
    }
}

extension Fetched {
    /// Nil where nothing was seen.
    func judged(_ wanted: HTTPTokenBody) -> Observation? {
        var fault: WebFetch.Fault?
        var isPage = false
        let sighting: Sighting
        switch outcome {
        case .body(let body, let isCut) where !isCut && wanted.isShown(by: body): sighting = .present(others: [])
        case .body(let body, let isCut):
            isPage = isCut || Self.isHTML(body)
            sighting = .wrong(saw: [OctetText(body.prefix(HTTPToken.shownBodyOctets))], ttlSeconds: 0)
        case .absent: sighting = .absent(negativeTTLSeconds: 0)
        case .failed(let seen, let why): (sighting, fault) = (seen, why)
        case .unknown: return nil
        }
        return Observation(
            vantage,
            sighting,
            roundTripMilliseconds: milliseconds,
            fetch: WebFetch(hops: hops, fault: fault, isPage: isPage)
        )
    }

    /// A mark-up document: "<" after white space. No token begins like that.
    private static func isHTML(_ body: [UInt8]) -> Bool {
        body.first { $0 != 0x20 && !(0x09...0x0D).contains($0) && ![0xEF, 0xBB, 0xBF].contains($0) } == 0x3C
    }
}
