// NAVER Cloud's Certificate Manager behind the Provider port: which calls are made for a reading and for a fresh look.
package import DCV
import Platform
import Synchronization

/// Certificates of one NAVER Cloud account, and the domains that it validates beforehand.
///
/// Calls go one after another: no limit is published, and nobody waits for this.
package final class NAVERProvider: Provider {
    /// Names that are asked for in one pass: at the pace of this client, some eight minutes.
    static let nameCallLimit = 2000

    private let configuration: NAVERConfiguration
    private let surroundings: ProviderSurroundings
    private let client: APIClient
    private let met = Mutex(Met())

    /// What earlier calls have shown, so that a fresh look needs fewer.
    private struct Met {
        /// The page of its list on which an authorization stood last.
        var pages: [AuthorizationID: Int] = [:]
        /// Certificates that waited for proof in this run.
        var waited: Set<Int64> = []
        /// Domains whose validation covers the names below them.
        var covers: [DomainName] = []
    }

    package init(_ configuration: NAVERConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
        client = APIClient(configuration.name, configuration.manners, surroundings)
    }

    package var name: ProviderName { configuration.name }

    package func read() async -> ProviderReading {
        var reading = NAVERReading(provider: name, callLimit: Self.nameCallLimit)
        let certificates = await certificates(&reading)
        let domains = reading.mustStop ? [] : await domains(&reading)
        met.withLock { $0.covers = domains.compactMap { $0.covers } }
        met.withLock { $0.waited.formUnion(certificates.filter { $0.status == .pending }.map { $0.number }) }
        let waited = met.withLock { $0.waited }
        for certificate in certificates {
            if certificate.isUnexplained, !waited.contains(certificate.number) {
                reading.addUnexplained(certificate)
            } else {
                reading.add(await mapped(certificate, &reading).authorization)
            }
        }
        for domain in domains { reading.add(domain.authorization) }
        return reading.result
    }

    package func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        let isDomain = authorization.scope == NAVERDomain.scope
        switch await entry(authorization.key.id, isDomain ? .domains : .certificates) {
        case .failure(let fault): return .failure(fault.failure)
        case .success(let entry?):
            if isDomain {
                return NAVERDomain(entry, configuration).map { .success($0.authorization) }
                    ?? .failure(gone(authorization))
            }
            guard let certificate = NAVERCertificate(entry) else { return .failure(gone(authorization)) }
            var reading = NAVERReading(provider: name, callLimit: Self.nameCallLimit)
            let mapping = await mapped(certificate, &reading)
            // Half an answer is none: whoever asks for a fresh look is about to act on it.
            return mapping.fault.map { .failure($0.failure) } ?? .success(mapping.authorization)
        case .success(nil): return .failure(gone(authorization))
        }
    }

    /// NAVER Cloud looks by itself, whenever it likes.
    package func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        .failure(impossible(authorization, "a trigger"))
    }

    package func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        .failure(impossible(authorization, "a change to \(method.rawValue)"))
    }

    package func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        .failure(impossible(authorization, "a revalidation"))
    }

    private func send(_ call: NAVERCall, by client: APIClient? = nil) async -> Result<JSONValue, APIFault> {
        let request = NAVERRequest(configuration: configuration, call: call, clock: surroundings.clock)
        return await (client ?? self.client).send(request)
    }
}

extension NAVERProvider {
    private func certificates(_ reading: inout NAVERReading) async -> [NAVERCertificate] {
        let pages = await pages(.certificates, &reading)
        let certificates = pages.entries.compactMap { NAVERCertificate($0.value) }
        reading.addNameless(pages.nameless + pages.entries.count - certificates.count, in: .certificates)
        return certificates
    }

    private func domains(_ reading: inout NAVERReading) async -> [NAVERDomain] {
        let pages = await pages(.domains, &reading)
        let domains = pages.entries.compactMap { NAVERDomain($0.value, configuration) }
        reading.addNameless(pages.nameless + pages.entries.count - domains.count, in: .domains)
        return domains
    }

    /// A whole list; what is missing of it is a finding.
    private func pages(_ list: NAVERList, _ reading: inout NAVERReading) async -> NAVERPages {
        var pages = NAVERPages(list)
        var page = 1
        while !pages.hasEnded {
            switch await send(Self.call(list, page)) {
            case .failure(let fault):
                reading.add(fault)
                return pages
            case .success(let document): pages.add(document, page: page)
            }
            page += 1
        }
        if let shortfall = pages.shortfall {
            reading.add(Self.faults(name, list, page - 1).notUnderstood(saw: shortfall))
        }
        remember(pages)
        return pages
    }

    private func remember(_ pages: NAVERPages) {
        met.withLock { met in
            for (page, value) in pages.entries {
                if let id = Self.id(value, pages.list) { met.pages[id] = page }
            }
        }
    }

    /// One entry of a list, from the page on which it stood last, else from the first page that has it.
    private func entry(_ id: AuthorizationID, _ list: NAVERList) async -> Result<JSONValue?, APIFault> {
        let known = met.withLock { $0.pages[id] }
        if let known {
            switch await send(Self.call(list, known)) {
            case .failure(let fault): return .failure(fault)
            case .success(let document):
                if let entry = document[list.key]?.array?.first(where: { Self.id($0, list) == id }) {
                    return .success(entry)
                }
            }
        }
        var pages = NAVERPages(list)
        var page = 1
        while !pages.hasEnded {
            switch await send(Self.call(list, page)) {
            case .failure(let fault): return .failure(fault)
            case .success(let document): pages.add(document, page: page)
            }
            if let entry = pages.entries.first(where: { Self.id($0.value, list) == id }) {
                remember(pages)
                return .success(entry.value)
            }
            page += 1
        }
        // What is missing may be what was asked for.
        if let shortfall = pages.shortfall {
            return .failure(Self.faults(name, list, page - 1).notUnderstood(saw: shortfall))
        }
        return .success(nil)
    }

    private static func call(_ list: NAVERList, _ page: Int) -> NAVERCall {
        list == .domains ? .domains(page: page) : .certificates(page: page)
    }

    private static func faults(_ provider: ProviderName, _ list: NAVERList, _ page: Int) -> APIFaultWriter {
        NAVERJudge.faults(provider, call(list, page))
    }

    private static func id(_ value: JSONValue, _ list: NAVERList) -> AuthorizationID? {
        guard let number = value[list.identifierKey]?.intOrNumericString else { return nil }
        return try? AuthorizationID((list == .domains ? NAVERDomain.idPrefix : "") + String(number))
    }
}

extension NAVERProvider {
    /// A certificate with its names asked for, where it waits for them.
    private func mapped(_ certificate: NAVERCertificate, _ reading: inout NAVERReading) async -> NAVERMapping {
        var mapping = NAVERMapping(provider: name, certificate: certificate)
        guard certificate.status == .pending else { return mapping }
        var asked: [String: Result<NAVERVerificationAnswer, APIFault>] = [:]
        for name in certificate.names {
            guard !reading.mustStop, reading.callsLeft > 0 else {
                mapping.states.append((name, .notAsked))
                continue
            }
            switch await answer(certificate, name, &asked, &reading) {
            case .failure(let fault):
                mapping.fault = mapping.fault ?? fault
                mapping.states.append((name, state(of: name, after: fault, &reading)))
            case .success(let state): mapping.states.append((name, state))
            }
        }
        return mapping
    }

    private func state(of name: Identifier, after fault: APIFault, _ reading: inout NAVERReading) -> NAVERNameState {
        guard fault.reach == .everything else { return .unread(fault.failure.finding) }
        reading.add(fault)
        return .notAsked
    }

    /// What one name waits for. A wildcard is asked for as it stands first, and without its asterisk where that gives
    /// nothing: which form the provider takes is not documented.
    private func answer(
        _ certificate: NAVERCertificate,
        _ name: Identifier,
        _ asked: inout [String: Result<NAVERVerificationAnswer, APIFault>],
        _ reading: inout NAVERReading
    ) async -> Result<NAVERNameState, APIFault> {
        var text = certificate.spellings[name] ?? name.text
        var answer = await verification(certificate, text, &asked, &reading)
        if name.isWildcard, Self.gaveNothing(answer) {
            text = String(text.dropFirst(2))
            answer = await verification(certificate, text, &asked, &reading)
        }
        do {
            let covers = met.withLock { $0.covers }
            let reader = NAVERRecordReader(host: name.name, choice: configuration.records)
            let isCovered = covers.contains { name.name.isSubdomain(of: $0) }
            return .success(try NAVERNameState(try answer.get(), reader: reader, isCovered: isCovered))
        } catch let fault as APIFault {
            return .failure(fault)
        } catch {
            let saw = (error as? NAVERVerificationAnswer.Mismatch)?.saw ?? "\(error)"
            return .failure(notUnderstood(certificate, text, saw))
        }
    }

    private static func gaveNothing(_ answer: Result<NAVERVerificationAnswer, APIFault>) -> Bool {
        switch answer {
        case .success(let answer): answer.isEmpty
        case .failure(let fault): fault.failure.kind == .refused
        }
    }

    /// Sent once for a certificate, however many of its names lead to the same question.
    private func verification(
        _ certificate: NAVERCertificate,
        _ text: String,
        _ asked: inout [String: Result<NAVERVerificationAnswer, APIFault>],
        _ reading: inout NAVERReading
    ) async -> Result<NAVERVerificationAnswer, APIFault> {
        if let known = asked[text] { return known }
        reading.countCall()
        let answer: Result<NAVERVerificationAnswer, APIFault>
        switch await send(.verification(certificate.number, of: text)) {
        case .failure(let fault): answer = .failure(fault)
        case .success(let document):
            do {
                answer = .success(try NAVERVerificationAnswer(document))
            } catch {
                answer = .failure(notUnderstood(certificate, text, error.saw))
            }
        }
        asked[text] = answer
        return answer
    }

    private func notUnderstood(_ certificate: NAVERCertificate, _ text: String, _ saw: String) -> APIFault {
        NAVERJudge.faults(name, .verification(certificate.number, of: text)).notUnderstood(saw: saw)
    }
}

extension NAVERProvider {
    /// The list of certificates tells whether the key may read at all; API 1.0 tells a Sub Account's key from a bad
    /// one.
    package func examine() async -> ProviderExamination {
        var reading = NAVERReading(provider: name, callLimit: 0)
        let certificates = await certificates(&reading)
        let findings = reading.result.findings
        let waiting = certificates.count { $0.status == .pending }
        let refusal = findings.first { $0.code == ProviderFindingCode.unauthorized }
        let isSubAccount = refusal?.wanted == NAVERJudge.mainAccountKey
        let state: ProviderExamination.Right.State =
            refusal != nil ? .missing : reading.result.isComplete ? .granted : .unknown
        return ProviderExamination(
            provider: name,
            kind: Self.kind,
            scope: refusal == nil && !certificates.isEmpty || state == .granted
                ? "\(certificates.count) certificate\(certificates.count == 1 ? "" : "s"), \(waiting) waiting" : nil,
            rights: [
                ProviderExamination.Right(
                    "Certificate Manager read (API 2.0, main-account key)",
                    for: "read certificates and the records that they wait for",
                    state,
                    detail: isSubAccount ? await whatTheOldAPISays() : state == .granted ? nil : findings.first?.saw
                )
            ],
            findings: findings
        )
    }

    static let kind = "naver-cloud"

    /// By a client of its own: this one sends nothing more once the credential is refused.
    private func whatTheOldAPISays() async -> String {
        let probe = APIClient(name, configuration.manners, surroundings)
        let cure = "make an API authentication key with the main account"
        switch await send(.oldCertificates, by: probe) {
        case .success:
            return "the key works with API 1.0, so it is a Sub Account's key, which API 2.0 refuses: \(cure)"
        case .failure(let fault) where fault.failure.kind == .unauthorized:
            return "API 1.0 refuses the key, too (\(fault.failure.finding.saw)): \(cure)"
        case .failure(let fault):
            return "API 1.0 could not tell more (\(fault.failure.finding.saw)): \(cure)"
        }
    }

    private func gone(_ authorization: Authorization) -> ProviderFailure {
        .gone(authorization, saw: "the account no longer lists it", wanted: "what was listed before")
    }

    private func impossible(_ authorization: Authorization, _ saw: String) -> ProviderFailure {
        .notPossible(
            authorization,
            saw: saw,
            wanted: "nothing of the kind: NAVER Cloud looks by itself and can be told neither to look nor to change",
            advice: "nothing was sent; wait for the provider, or reissue the certificate in the console"
        )
    }
}
