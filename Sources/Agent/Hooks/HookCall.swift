// What a hook is told about one record, in the words of the contract (hooks/README.md).
import DCV
import Platform

/// The verbs; each is the one argument of its call.
enum HookVerb: String, Sendable {
    case publish, withdraw, describe

    /// One that the contract promises never to have.
    static let unknown = "no-such-verb"
}

extension PublishingOrder {
    /// The order's data, each under the names of the environment and of the document on stdin.
    var fields: [ContractField] {
        let common = [
            ContractField(variable: ContractProgram.idVariable, key: "id", value: .string(id)),
            ContractField(variable: "KIND", key: "kind", value: .string(record.kind.rawValue)),
            ContractField(variable: "ZONE", key: "zone", value: .string(zone.text)),
        ]
        switch record.content {
        case .txt(let name, let value): return common + fields(name: name, type: "TXT", value: value.text)
        case .cname(let name, let target): return common + fields(name: name, type: "CNAME", value: target.text)
        case .http(let host, let path, let body):
            return common + [
                ContractField(variable: "HTTP_HOST", key: "host", value: .string(host.text), section: "http"),
                ContractField(variable: "HTTP_PATH", key: "path", value: .string(path.text), section: "http"),
                ContractField(variable: "HTTP_BODY", key: "body", value: .string(body.text), section: "http"),
            ]
        }
    }

    private func fields(name: DomainName, type: String, value: String) -> [ContractField] {
        [
            ContractField(variable: "NAME", key: "name", value: .string(name.text)),
            ContractField(variable: "TARGET", key: "target", value: .string(target.text)),
            ContractField(variable: "TYPE", key: "type", value: .string(type)),
            ContractField(variable: "VALUE", key: "value", value: .string(value)),
            ContractField(variable: "TTL", key: "ttl_s", value: .number(JSONNumber(ttlSeconds))),
        ]
    }
}
