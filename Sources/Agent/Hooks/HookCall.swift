// One call of a hook in the words of the contract (hooks/README.md): the environment and the document on stdin.
import DCV
import Platform

/// The verbs; each is the one argument of its call.
enum HookVerb: String, Sendable { case publish, withdraw, describe }

/// What a hook is told. Environment and document are made from the same fields, so that they cannot differ.
struct HookCall: Sendable {
    static let contractVersion: Int64 = 1
    static let searchPath = "/usr/sbin:/usr/bin:/sbin:/bin"

    let verb: HookVerb
    /// Nil for `describe`.
    let order: PublishingOrder?
    let settings: HookVariables
    let secrets: HookVariables
    let deadlineSeconds: Int64

    /// The hook's whole environment; `folder` is its private folder.
    func environment(home: String, folder: String) -> [String: String] {
        var variables = ["PATH": Self.searchPath, "LANG": "C.UTF-8", "HOME": home, "TMPDIR": folder]
        for field in fields { variables["DNSPROOF_" + field.variable] = field.text }
        variables.merge(settings.environment(prefix: "DNSPROOF_SETTING_")) { mine, _ in mine }
        variables.merge(secrets.environment(prefix: "DNSPROOF_SECRET_")) { mine, _ in mine }
        return variables
    }

    /// The same as one JSON document.
    func document() -> [UInt8] {
        var object = JSONObject(fields.filter { $0.section == nil }.map { ($0.key, $0.value) })
        let file = fields.filter { $0.section != nil }
        if !file.isEmpty { object["http"] = .object(JSONObject(file.map { ($0.key, $0.value) })) }
        object["settings"] = Self.object(settings)
        object["secrets"] = Self.object(secrets)
        return JSONValue.object(object).serialized()
    }

    private static func object(_ variables: HookVariables) -> JSONValue {
        .object(JSONObject(variables.values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    /// One datum under its two names.
    private struct Field {
        enum Section { case http }

        let variable: String
        let key: String
        let value: JSONValue
        var section: Section?

        var text: String {
            if case .number(let number) = value { number.text } else { value.string ?? "" }
        }
    }

    private var fields: [Field] {
        [
            Field(variable: "API", key: "api", value: .number(JSONNumber(Self.contractVersion))),
            Field(variable: "ACTION", key: "action", value: .string(verb.rawValue)),
            Field(variable: "DEADLINE_S", key: "deadline_s", value: .number(JSONNumber(deadlineSeconds))),
        ] + (order.map(Self.fields) ?? [])
    }

    private static func fields(of order: PublishingOrder) -> [Field] {
        let record = order.record
        let common = [
            Field(variable: "ID", key: "id", value: .string(order.id)),
            Field(variable: "KIND", key: "kind", value: .string(record.kind.rawValue)),
            Field(variable: "ZONE", key: "zone", value: .string(order.zone.text)),
        ]
        switch record.content {
        case .txt(let name, let value): return common + fields(of: order, name: name, type: "TXT", value: value.text)
        case .cname(let name, let target):
            return common + fields(of: order, name: name, type: "CNAME", value: target.text)
        case .http(let host, let path, let body):
            return common + [
                Field(variable: "HTTP_HOST", key: "host", value: .string(host.text), section: .http),
                Field(variable: "HTTP_PATH", key: "path", value: .string(path.text), section: .http),
                Field(variable: "HTTP_BODY", key: "body", value: .string(body.text), section: .http),
            ]
        }
    }

    private static func fields(of order: PublishingOrder, name: DomainName, type: String, value: String) -> [Field] {
        [
            Field(variable: "NAME", key: "name", value: .string(name.text)),
            Field(variable: "TARGET", key: "target", value: .string(order.target.text)),
            Field(variable: "TYPE", key: "type", value: .string(type)),
            Field(variable: "VALUE", key: "value", value: .string(value)),
            Field(variable: "TTL", key: "ttl_s", value: .number(JSONNumber(order.ttlSeconds))),
        ]
    }
}
