// DNS and HTTP, one question each, in the least that works: never the program's own engine, which they help to judge.
package import DCV
package import LDNS

/// Asks name servers.
package enum SmallDNSClient {
    /// One question over UDP, and over TCP when the answer says TC or `overTCP` is wanted.
    package static func ask(
        _ question: Question,
        at address: IPAddress,
        port: Int,
        overTCP: Bool = false,
        recursionDesired: Bool = false,
        edns: EDNS? = EDNS(dnssecOK: false),
        deadlineMilliseconds: Int64 = RawExchange.defaultDeadlineMilliseconds
    ) async throws -> Message {
        let id = UInt16.random(in: .min ... .max)
        let query = try Wire.encode(
            Message(query: question, id: id, recursionDesired: recursionDesired, edns: edns)
        )
        if !overTCP {
            let octets = try await RawExchange.datagram(
                query,
                to: address,
                port: port,
                deadlineMilliseconds: deadlineMilliseconds
            )
            let answer = try checked(octets, id: id)
            if !answer.isTruncated { return answer }
        }
        let length = query.count
        let framed = try await RawExchange.stream(
            [UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)] + query,
            to: address,
            port: port,
            deadlineMilliseconds: deadlineMilliseconds
        ) { octets in
            octets.count >= 2 && octets.count >= 2 + Int(octets[0]) << 8 + Int(octets[1])
        }
        return try checked(Array(framed.dropFirst(2)), id: id)
    }

    private static func checked(_ octets: [UInt8], id: UInt16) throws -> Message {
        let answer = try Wire.decode(octets)
        guard answer.isResponse, answer.id == id else { throw RehearsalError("an answer to another question") }
        return answer
    }
}

/// Fetches over plain HTTP.
package enum SmallHTTPClient {
    package struct Answer: Sendable {
        package let status: Int
        /// Names in lower case.
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
        package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// One request on a connection of its own; redirects are not followed.
    package static func fetch(
        _ method: String = "GET",
        _ target: String,
        host: String,
        at address: IPAddress,
        port: Int,
        headers: [(name: String, value: String)] = [],
        body: String? = nil,
        deadlineMilliseconds: Int64 = RawExchange.defaultDeadlineMilliseconds,
        limitBytes: Int = RawExchange.defaultLimitBytes
    ) async throws -> Answer {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"]
        lines += headers.map { "\($0.name): \($0.value)" }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let request = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        return try parsed(
            try await RawExchange.stream(
                Array(request.utf8),
                to: address,
                port: port,
                deadlineMilliseconds: deadlineMilliseconds,
                limitBytes: limitBytes
            )
        )
    }

    private static func parsed(_ octets: [UInt8]) throws -> Answer {
        let blankLine: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard let end = octets.indices.first(where: { octets[$0...].starts(with: blankLine) }) else {
            throw RehearsalError("no HTTP head in \(octets.count) bytes")
        }
        let lines = octets[..<end].split(separator: 0x0A).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else { throw RehearsalError("no HTTP status line") }
        let headers = lines.dropFirst().map { line in
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                name: ASCII.lowercased(String(halves.first ?? "")),
                value: halves.count > 1 ? String(halves[1].drop { $0 == " " }) : ""
            )
        }
        return Answer(status: status, headers: headers, body: Array(octets[(end + blankLine.count)...]))
    }
}
