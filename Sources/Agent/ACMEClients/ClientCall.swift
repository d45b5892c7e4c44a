// One call of an ACME client to its hook, in whatever form the client has for it: who calls, what is to be done, for which challenges.
import Crypto
package import DCV

package struct ClientCall: Hashable, Sendable {
    package enum Work: Hashable, Sendable {
        /// Publish, and return when a CA that looks will see all of it.
        case prove
        /// Publish, and return: a later call of the same certificate waits for all.
        case publish
        /// The client is done with it.
        case withdraw
    }

    package let client: ACMEClient
    package let work: Work
    package let challenges: [ClientChallenge]
    /// Where a certificate's challenges come in calls of their own: which certificate this one is of, and how many calls are still to come.
    let place: Place?
    /// A client that never comes back for what it was told could not be proved has it withdrawn by the same call.
    let withdrawsWhatFails: Bool
    /// Whether the record's name may be where a CNAME led the client, which then does not say what name is to be certified.
    let mayHaveFollowed: Bool

    struct Place: Hashable, Sendable {
        let certificate: String
        let remaining: Int

        /// As it stands in the journal.
        var scope: String { "\(certificate)/\(remaining)" }

        /// How many calls were to come after the one with that scope; nil where it was about another certificate.
        func remaining(inScope scope: String) -> Int? {
            let prefix = certificate + "/"
            guard scope.utf8.starts(with: prefix.utf8) else { return nil }
            return Int(String(decoding: scope.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
        }
    }

    init(
        _ client: ACMEClient,
        _ work: Work,
        _ challenges: [ClientChallenge],
        place: Place? = nil,
        withdrawsWhatFails: Bool = false,
        mayHaveFollowed: Bool = false
    ) {
        self.client = client
        self.work = work
        self.challenges = challenges
        self.place = place
        self.withdrawsWhatFails = withdrawsWhatFails
        self.mayHaveFollowed = mayHaveFollowed
    }

    /// dehydrated gives up a certificate that its CA has validated already when its clean-up fails. What is left the next run takes away.
    package var mayStopTheClient: Bool { !(client == .dehydrated && work == .withdraw) }

    /// What the last call of the same certificate has to wait for, too.
    func awaited(at now: Instant) -> [AwaitedChallenge] {
        guard let place, work == .publish else { return [] }
        return challenges.compactMap { challenge in
            challenge.key(of: client).map {
                AwaitedChallenge(authorization: $0, scope: place.scope, record: challenge.record, at: now)
            }
        }
    }

    /// The handles by which the journal knows the challenges, `certbot:3f0c...`.
    package var handles: [String] { challenges.compactMap { $0.key(of: client)?.description } }
}

// MARK: certbot

extension ClientCall {
    /// More names than that are in no certificate.
    private static let remainingLimit = 10_000
    private static let certificateOctets = 8

    /// The manual plugin's `--manual-auth-hook` and `--manual-cleanup-hook` say all in the environment. Which of the two it is stands in no
    /// variable: CERTBOT_AUTH_OUTPUT stays set from one certificate to the next.
    package static func certbot(
        _ environment: [String: String],
        isCleanup: Bool
    ) throws(ClientCallRefused) -> ClientCall {
        func word(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        // Since certbot 5.3; an address stands there alone.
        guard let name = word("CERTBOT_DOMAIN") ?? word("CERTBOT_IDENTIFIER") else {
            throw ClientCallRefused("CERTBOT_DOMAIN is not set; certbot sets it when it calls its hook")
        }
        guard let validation = word("CERTBOT_VALIDATION") else {
            throw ClientCallRefused("CERTBOT_VALIDATION is not set; certbot sets it when it calls its hook")
        }
        let challenge: ClientChallenge
        if let token = word("CERTBOT_TOKEN") {
            challenge = try ClientChallenge(host: name, token: token, keyAuthorization: validation)
        } else {
            challenge = try ClientChallenge(domain: name, digest: validation)
        }
        let remaining = try remaining(word("CERTBOT_REMAINING_CHALLENGES"))
        let names = word("CERTBOT_ALL_IDENTIFIERS") ?? word("CERTBOT_ALL_DOMAINS")
        let certificate = names.map {
            ASCII.hex(SHA256.hash(data: Array($0.utf8)).prefix(certificateOctets))
        }
        return ClientCall(
            .certbot,
            isCleanup ? .withdraw : remaining > 0 ? .publish : .prove,
            [challenge],
            place: certificate.map { Place(certificate: $0, remaining: remaining) }
        )
    }

    private static func remaining(_ word: String?) throws(ClientCallRefused) -> Int {
        guard let word else { return 0 }
        guard let remaining = Int(word), (0...remainingLimit).contains(remaining) else {
            throw ClientCallRefused(
                "CERTBOT_REMAINING_CHALLENGES is \"\(OctetText(word.utf8).shortened())\", which is no number of challenges"
            )
        }
        return remaining
    }
}

// MARK: dehydrated

extension ClientCall {
    /// `OPERATION ARGUMENTS...`; nil where there is nothing to do: dehydrated calls its hook for much else, and with words that are there
    /// to be ignored.
    package static func dehydrated(_ words: [String]) throws(ClientCallRefused) -> ClientCall? {
        guard let operation = words.first else {
            throw ClientCallRefused("dehydrated names an operation first, such as deploy_challenge")
        }
        let work: Work
        switch operation {
        case "deploy_challenge": work = .prove
        case "clean_challenge": work = .withdraw
        default: return nil
        }
        let arguments = Array(words.dropFirst())
        guard !arguments.isEmpty, arguments.count.isMultiple(of: 3) else {
            throw ClientCallRefused(
                "\(operation) comes with DOMAIN TOKEN VALUE, or with several of these three; here are \(arguments.count) words"
            )
        }
        var challenges: [ClientChallenge] = []
        for index in stride(from: 0, to: arguments.count, by: 3) {
            let (domain, token, value) = (arguments[index], arguments[index + 1], arguments[index + 2])
            if let challenge = try dehydrated(domain, token, value) { challenges.append(challenge) }
        }
        return challenges.isEmpty ? nil : ClientCall(.dehydrated, work, challenges, withdrawsWhatFails: work == .prove)
    }

    /// The kind of challenge is not told; the value's form tells it. Nil for tls-alpn-01, which dehydrated answers by a certificate of its own.
    private static func dehydrated(
        _ domain: String,
        _ token: String,
        _ value: String
    ) throws(ClientCallRefused) -> ClientChallenge? {
        if ClientChallenge.isKeyAuthorization(value, of: token) {
            return try ClientChallenge(host: domain, token: token, keyAuthorization: value)
        }
        return isDigestInHex(value) ? nil : try ClientChallenge(domain: domain, digest: value)
    }

    /// `2c:ab:...`, thirty-two octets.
    private static func isDigestInHex(_ value: String) -> Bool {
        let octets = value.split(separator: ":", omittingEmptySubsequences: false)
        return octets.count == SHA256.byteCount
            && octets.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
    }
}

// MARK: lego

extension ClientCall {
    /// lego then leaves CNAMEs alone; as Go's ParseBool has it.
    private static let followsNothing = "LEGO_DISABLE_CNAME_SUPPORT"
    private static let trueWords = ["1", "t", "T", "true", "TRUE", "True"]

    /// `present|cleanup FQDN VALUE`, or with EXEC_MODE=RAW `present|cleanup -- DOMAIN TOKEN KEYAUTH`.
    package static func lego(
        _ words: [String],
        _ environment: [String: String] = [:]
    ) throws(ClientCallRefused) -> ClientCall {
        let work: Work
        switch words.first {
        case "present": work = .prove
        case "cleanup": work = .withdraw
        default:
            throw ClientCallRefused(
                "lego names present or cleanup first; here is \"\(OctetText((words.first ?? "").utf8).shortened())\""
            )
        }
        if words.count == 5, words[1] == "--" {
            let challenge = try ClientChallenge(domain: words[2], token: words[3], keyAuthorization: words[4])
            return ClientCall(.lego, work, [challenge])
        }
        guard words.count == 3 else {
            throw ClientCallRefused(
                "lego says FQDN VALUE, or with EXEC_MODE=RAW -- DOMAIN TOKEN KEYAUTH; here are \(words.count - 1) words"
            )
        }
        let mayHaveFollowed = !trueWords.contains(environment[followsNothing] ?? "")
        let challenge = try ClientChallenge(owner: words[1], value: words[2])
        return ClientCall(.lego, work, [challenge], mayHaveFollowed: mayHaveFollowed)
    }
}
