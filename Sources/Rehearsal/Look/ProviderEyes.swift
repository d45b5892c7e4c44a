// How the rehearsed provider looks: from the world's root down to every server of a zone, with code of its own.
package import DCV
import LDNS

/// Looks for tokens as a CA does, only stricter: every server that speaks for the zone must show the token, so that a
/// trigger that came too early always fails and never by chance.
package struct ProviderEyes: Sendable {
    /// Zone cuts below each other; the worlds here have four.
    private static let referralLimit = 16
    /// CNAMEs and names of name servers followed from one token.
    private static let detourLimit = 8

    private let roots: [IPAddress]
    private let dnsPort: Int
    private let httpPort: Int
    private let deadlineMilliseconds: Int64
    private var joinsStrings = true

    package init(roots: [IPAddress], dnsPort: Int, httpPort: Int, deadlineMilliseconds: Int64 = 2500) {
        self.roots = roots
        self.dnsPort = dnsPort
        self.httpPort = httpPort
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    /// Eyes that read each character-string of a TXT record by itself, so that a value split over two is not found.
    package var withoutJoining: ProviderEyes {
        var eyes = self
        eyes.joinsStrings = false
        return eyes
    }

    /// nil when the token is shown, else what was seen instead.
    package func look(_ token: RehearsedToken) async -> String? {
        do {
            switch token {
            case .txt(let name, let value):
                try await lookForTXT(try DomainName(name), value: value, detours: 0)
            case .cname(let name, let target):
                try await lookForCNAME(try DomainName(name), target: try DomainName(target))
            case .http(let url, let body):
                try await lookForFile(url, body: body)
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func lookForTXT(_ name: DomainName, value: String, detours: Int) async throws {
        guard detours <= Self.detourLimit else { throw RehearsalError("\(name): too many CNAMEs") }
        var elsewhere: Set<DomainName> = []
        for (address, message) in try await answers(Question(name, .txt), detours: detours) {
            let end = Self.chainEnd(name, in: message)
            let values = message.answer.flatMap { record -> [String] in
                guard record.owner == end, case .txt(let strings) = record.data else { return [] }
                return (joinsStrings ? [Array(strings.joined())] : strings).map { String(decoding: $0, as: UTF8.self) }
            }
            if values.isEmpty && end != name {
                elsewhere.insert(end)
            } else if !values.contains(value) {
                throw RehearsalError("\(address) has no TXT \"\(value)\" at \(end); it has \(values)")
            }
        }
        for target in elsewhere.sorted() { try await lookForTXT(target, value: value, detours: detours + 1) }
    }

    private func lookForCNAME(_ name: DomainName, target: DomainName) async throws {
        for (address, message) in try await answers(Question(name, .cname), detours: 0) {
            guard message.answer.contains(where: { $0.owner == name && $0.data == .cname(target) }) else {
                throw RehearsalError("\(address) has no CNAME \(target) at \(name)")
            }
        }
    }

    private func lookForFile(_ url: String, body: String) async throws {
        let scheme = "http://"
        let rest = url.dropFirst(scheme.count)
        guard url.utf8.starts(with: scheme.utf8), let slash = rest.firstIndex(of: "/") else {
            throw RehearsalError("\(url) is no http URL")
        }
        let host = try DomainName(String(rest[..<slash]))
        let addresses = try await addresses(of: host, detours: 0)
        if addresses.isEmpty { throw RehearsalError("\(host) has no address") }
        for address in addresses {
            let answer = try await SmallHTTPClient.fetch(
                "GET",
                String(rest[slash...]),
                host: host.text,
                at: address,
                port: httpPort,
                deadlineMilliseconds: deadlineMilliseconds
            )
            guard answer.status == 200 else { throw RehearsalError("\(address) answers \(answer.status) to \(url)") }
            var served = answer.body[...]
            while let last = served.last, last <= 0x20 { served.removeLast() }
            guard served.elementsEqual(body.utf8) else {
                throw RehearsalError("\(address) serves another body at \(url)")
            }
        }
    }

    /// What every server that speaks for the question's zone says. Servers that are silent or do not speak for the zone
    /// are passed over, as a resolver does.
    func answers(_ question: Question, detours: Int) async throws -> [(address: IPAddress, message: Message)] {
        var servers = roots
        for _ in 0..<Self.referralLimit {
            let all = await askAll(question, at: servers)
            let speaking = all.filter { $0.message.isAuthoritative }
            if !speaking.isEmpty { return speaking }
            guard let referral = all.lazy.map(\.message).first(where: Self.isReferral) else {
                throw RehearsalError("no server for \(question) speaks with authority")
            }
            servers = try await next(referral, detours: detours)
        }
        throw RehearsalError("too many referrals for \(question)")
    }

    private static func isReferral(_ message: Message) -> Bool {
        message.rcode == .noError && message.answer.isEmpty && message.authority.contains { $0.type == .ns }
    }

    private func next(_ referral: Message, detours: Int) async throws -> [IPAddress] {
        let names = referral.authority.compactMap { record -> DomainName? in
            if case .ns(let name) = record.data { name } else { nil }
        }
        let glue = referral.additional.compactMap { record -> IPAddress? in
            guard let owner = record.owner, names.contains(owner), case .address(let address) = record.data else {
                return nil
            }
            return address
        }
        if !glue.isEmpty { return glue }
        guard detours < Self.detourLimit else { throw RehearsalError("name servers without addresses: \(names)") }
        var found: [IPAddress] = []
        for name in names { found += (try? await addresses(of: name, detours: detours + 1)) ?? [] }
        if found.isEmpty { throw RehearsalError("name servers without addresses: \(names)") }
        return found
    }

    private func addresses(of name: DomainName, detours: Int) async throws -> [IPAddress] {
        var found: Set<IPAddress> = []
        var aliases: Set<DomainName> = []
        for type in [RecordType.a, .aaaa] {
            for (_, message) in try await answers(Question(name, type), detours: detours) {
                let end = Self.chainEnd(name, in: message)
                let here = message.answer.compactMap { record -> IPAddress? in
                    guard record.owner == end, case .address(let address) = record.data else { return nil }
                    return address
                }
                found.formUnion(here)
                if here.isEmpty && end != name { aliases.insert(end) }
            }
        }
        guard found.isEmpty, detours < Self.detourLimit else { return found.sorted() }
        for alias in aliases.sorted() { found.formUnion(try await addresses(of: alias, detours: detours + 1)) }
        return found.sorted()
    }

    /// Where the CNAMEs of an answer lead.
    static func chainEnd(_ name: DomainName, in message: Message) -> DomainName {
        var end = name
        for _ in 0..<message.answer.count {
            let targets = message.answer.compactMap { record -> DomainName? in
                if record.owner == end, case .cname(let target) = record.data { target } else { nil }
            }
            guard let target = targets.first else { break }
            end = target
        }
        return end
    }

    private func askAll(
        _ question: Question,
        at servers: [IPAddress]
    ) async -> [(address: IPAddress, message: Message)] {
        await withTaskGroup(of: (address: IPAddress, message: Message)?.self) { group in
            for address in Set(servers) {
                group.addTask {
                    let message = try? await SmallDNSClient.ask(
                        question,
                        at: address,
                        port: dnsPort,
                        deadlineMilliseconds: deadlineMilliseconds
                    )
                    return message.map { (address, $0) }
                }
            }
            var answers: [(address: IPAddress, message: Message)] = []
            for await answer in group { if let answer { answers.append(answer) } }
            return answers.sorted { $0.address < $1.address }
        }
    }
}
