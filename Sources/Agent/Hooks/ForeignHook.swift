// Hooks written for other tools, called as those call them: which program, which arguments, which variables.
import DCV
import Platform

/// A hook in another tool's words. Everything else (deadline, masking, proof by a sighting, quarantine) is as for our own.
package enum ForeignHook: Hashable, Sendable {
    /// The words after `dialect:`.
    package enum Dialect: String, Hashable, Sendable, CaseIterable {
        case certbot, dehydrated, lego
        case legoRaw = "lego-raw"
        case acmeSh = "acme-sh"
        case lexicon
    }

    /// `--manual-auth-hook` and `--manual-cleanup-hook`; the latter may be a program of its own.
    case certbot(auth: String, cleanup: String)
    case dehydrated(program: String)
    case lego(program: String)
    /// A script of the user's own acme.sh, such as `dns_pdns`; `acmeSh` is the path of acme.sh itself.
    case acmeSh(acmeSh: String, script: String, function: String)
    /// `provider` in lexicon's words.
    case lexicon(program: String, provider: String)

    /// The only label those write that are told a domain and not a name.
    package static let challengeLabel = "_acme-challenge"
    static let shell = "/bin/sh"
    /// acme.sh runs its first word as a command when that is no option; all data stands in variables.
    private static let acmeShText = #". "$DNSPROOF_SCRIPT" && "$DNSPROOF_FUNCTION" "$DNSPROOF_FQDN" "$DNSPROOF_TXT""#

    /// What the tool's protocol can express; no hook of these can be asked.
    package var description: HookDescription {
        switch self {
        case .certbot, .dehydrated: .init(kinds: [.txt], labels: .only([Self.challengeLabel]))
        case .lego, .acmeSh: .init(kinds: [.txt], labels: .any)
        case .lexicon: .init(kinds: [.txt, .cname], labels: .any)
        }
    }

    /// Files that are run though they are not the program that is started: the same is asked of them.
    var runFiles: [String] {
        switch self {
        case .acmeSh(let acmeSh, let script, _): [acmeSh, script]
        case .certbot, .dehydrated, .lego, .lexicon: []
        }
    }

    /// The files that decide what it does.
    var files: [String] {
        switch self {
        case .certbot(let auth, let cleanup): [auth, cleanup]
        case .dehydrated(let program), .lego(let program), .lexicon(let program, _): [program]
        case .acmeSh: runFiles
        }
    }

    /// What decides it beside them.
    var words: [String] {
        switch self {
        case .certbot: ["certbot"]
        case .dehydrated: ["dehydrated"]
        case .lego: ["lego"]
        case .acmeSh(_, _, let function): ["acme-sh", function]
        case .lexicon(_, let provider): ["lexicon", provider]
        }
    }

    /// Whether what the hook prints on publishing is handed back to it on withdrawing.
    var remembersOutput: Bool { if case .certbot = self { true } else { false } }

    /// - Parameters:
    ///   - output: what the hook printed when it published the value; only where it is remembered.
    func call(_ verb: HookVerb, _ order: PublishingOrder, output: String?) -> ForeignCall? {
        switch self {
        case .certbot(let auth, let cleanup):
            guard let domain = Self.domain(order), let value = Self.text(order) else { return nil }
            var variables = [
                "CERTBOT_DOMAIN": domain, "CERTBOT_IDENTIFIER": domain, "CERTBOT_VALIDATION": value,
                "CERTBOT_ALL_DOMAINS": domain, "CERTBOT_ALL_IDENTIFIERS": domain,
                "CERTBOT_REMAINING_CHALLENGES": "0",
            ]
            // certbot sets it for the cleanup hook alone; a hook may tell the two apart by it.
            if verb == .withdraw { variables["CERTBOT_AUTH_OUTPUT"] = output ?? "" }
            return ForeignCall(verb == .publish ? auth : cleanup, [], variables)
        case .dehydrated(let program):
            guard let domain = Self.domain(order), let value = Self.text(order) else { return nil }
            let operation = verb == .publish ? "deploy_challenge" : "clean_challenge"
            // Some hooks make the token a file's name. There is none here; this one is as safe, and the same in both calls.
            return ForeignCall(program, [operation, domain, PublishedOutputs.key(order), value])
        case .lego(let program):
            guard let value = Self.text(order) else { return nil }
            return ForeignCall(program, [verb == .publish ? "present" : "cleanup", order.target.text + ".", value])
        case .acmeSh(let acmeSh, let script, let function):
            guard let value = Self.text(order) else { return nil }
            let variables = [
                "DNSPROOF_SCRIPT": script, "DNSPROOF_FUNCTION": function + (verb == .publish ? "_add" : "_rm"),
                "DNSPROOF_FQDN": order.target.text, "DNSPROOF_TXT": value, "LE_WORKING_DIR": Paths.folder(of: acmeSh),
                // In the private folder of the call: what acme.sh would save there in plain text goes with it.
                "ACCOUNT_CONF_PATH": "./account.conf", "LE_CONFIG_HOME": ".", "DOMAIN_CONF": "./domain.conf",
            ]
            return ForeignCall(Self.shell, [acmeSh, "eval", Self.acmeShText], variables)
        case .lexicon(let program, let provider):
            // Always with the content: without it, delete takes away every value at the name.
            let type: String
            switch order.record.content {
            case .txt: type = "TXT"
            case .cname: type = "CNAME"
            case .http: return nil
            }
            let value = order.record.value + (type == "CNAME" ? "." : "")
            // Of a zone below a registered domain lexicon would take the domain.
            let zone = order.zone.text
            let words = ["--delegated=\(zone)", provider, verb == .publish ? "create" : "delete", zone, type]
            let ttl = verb == .publish ? ["--ttl=\(order.ttlSeconds)"] : []
            let options = ["--name=\(order.target.text).", "--content=\(value)"] + ttl + ["--output=QUIET"]
            return ForeignCall(program, words + options)
        }
    }

    /// The name without the label; nil where there is another label, which these hooks cannot be told.
    private static func domain(_ order: PublishingOrder) -> String? {
        guard let label = order.target.labels.first, label.utf8.elementsEqual(challengeLabel.utf8) else { return nil }
        return order.target.parent?.text
    }

    private static func text(_ order: PublishingOrder) -> String? {
        if case .txt(_, let value) = order.record.content { value.text } else { nil }
    }
}
