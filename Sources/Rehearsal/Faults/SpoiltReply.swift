// A true answer made worse: entries left out, keys twice, depth, weight.

extension RehearsedReply {
    /// Members that count the entries of a list, at any provider.
    private static let countKeys: Set<String> = [
        "count", "total", "total_count", "totalCount", "totalRows", "dnsVerificationCount",
    ]

    func sent(_ manner: Manner) -> RehearsedReply {
        var reply = self
        reply.manner = manner
        return reply
    }

    /// Only the first entries of each list of the answer. What is no list stays as it is.
    func shrunken(keeping: Int, countsToo: Bool) -> RehearsedReply {
        guard case .object(let members)? = json else { return self }
        var lost = 0
        let kept = members.map { member -> (key: String, value: JSONText) in
            guard case .array(let elements) = member.value else { return member }
            lost = max(lost, elements.count - keeping)
            return (member.key, .array(Array(elements.prefix(max(0, keeping)))))
        }
        return with(countsToo ? .object(kept.map { Self.counted($0, less: lost) }) : .object(kept))
    }

    private static func counted(
        _ member: (key: String, value: JSONText),
        less lost: Int
    ) -> (key: String, value: JSONText) {
        switch member.value {
        // Totals stand beside the list or one object deeper ("page", "result_info").
        case .object(let members):
            return (
                member.key,
                .object(
                    members.map { inner in
                        if case .object = inner.value { inner } else { counted(inner, less: lost) }
                    }
                )
            )
        case .integer(let number) where countKeys.contains(member.key):
            return (member.key, .integer(max(0, number - lost)))
        case .string(let text) where countKeys.contains(member.key):
            return (member.key, Int(text).map { .string(String(max(0, $0 - lost))) } ?? member.value)
        default: return member
        }
    }

    /// Which of the two values is meant, nobody can know.
    var withDuplicateKeys: RehearsedReply {
        guard case .object(let members)? = json else { return self }
        return with(
            .object(
                members.flatMap { member -> [(key: String, value: JSONText)] in
                    switch member.value {
                    case .bool(let flag): [member, (member.key, .bool(!flag))]
                    default: [member, (member.key, .null)]
                    }
                }
            )
        )
    }

    func nested(depth: Int) -> RehearsedReply {
        guard case .object? = json else { return self }
        var reply = self
        let brackets = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let isEmpty = body == Array("{}".utf8)
        reply.body = Array(body.dropLast()) + Array(((isEmpty ? "" : ",") + "\"nested\":" + brackets + "}").utf8)
        return reply
    }

    func padded(toBytes bytes: Int) -> RehearsedReply {
        var reply = self
        reply.body += [UInt8](repeating: 0x20, count: max(0, bytes - body.count))
        return reply
    }

    private func with(_ json: JSONText) -> RehearsedReply {
        var reply = self
        reply.json = json
        reply.body = Array(json.text.utf8)
        return reply
    }
}
