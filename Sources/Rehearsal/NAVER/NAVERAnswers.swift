// What the rehearsed NAVER Cloud looks for and answers: lists, and the validation of one name.
import DCV
import Synchronization

extension NAVERDesk {
    /// The guide does not say it for certificates; domains come by ten.
    private static let defaultPageSize = 10

    func certificateList(_ call: NAVERCall) -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.certificates, $0.shape) }
        let fitting = all.filter { call.fields.values["certificateName"].map($0.certificateName.contains) ?? true }
        return list(
            "sslCertificateList",
            page(fitting, call).map { entry($0, shape) },
            count: fitting.count,
            countName: shape.usesOldNames ? "totalRows" : "totalCount",
            shape
        )
    }

    /// API 1.0: it knows what is there, and nothing of validation.
    func oldCertificateList() -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.certificates, $0.shape) }
        let entries = all.map { certificate in
            JSONText.members([
                "certificateNo": shape.number(certificate.number), "certificateType": .string("SSL"),
                "certificateName": .string(certificate.certificateName), "memberNo": .string("10203040"),
                "dnInfo": .string("CN=\(certificate.commonName)"), "cnName": .string(certificate.commonName),
                "subAltDns": .string(certificate.names.joined(separator: ",")),
                "statusCode": .string(String(certificate.statusCode)),
            ])
        }
        return list("sslCertificateList", entries, count: entries.count, countName: "totalRows", shape)
    }

    func domainList(_ call: NAVERCall) -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.domains, $0.shape) }
        let values = call.fields.values
        let fitting = all.filter { domain in
            (values["validState"].map { $0 == domain.validState } ?? true)
                && (values["dcvType"].map { $0 == domain.dcvType } ?? true)
                && (values["domainAddress"].map { $0 == domain.name } ?? true)
        }
        let now = clock.now()
        let entries = page(fitting, call).map { domain in
            JSONText.members([
                "dmnId": shape.number(domain.id), "domainAddress": .string(domain.name),
                "dcvType": .string(domain.dcvType),
                "issueType": .string("CONSOLE"), "validState": .string(domain.validState),
                "registDate": .string(Self.time(now.adding(seconds: -86_400))),
                "expireDate": domain.validState == "VALID" ? .string(Self.time(now.adding(seconds: 864_000))) : .null,
            ])
        }
        return list("domainVldList", entries, count: fitting.count, countName: "totalRows", shape)
    }

    func verificationInfo(_ call: NAVERCall) -> RehearsedReply {
        let (all, shape) = state.withLock { ($0.certificates, $0.shape) }
        guard let certificate = all.first(where: { String($0.number) == call.certificateNumber }) else {
            return .serviceError(code: "2200", "No certificate found.")
        }
        let asked = call.fields.values["domainAddress"] ?? ""
        let name = Self.name(asked, of: certificate, shape)
        if name == nil && shape.refusesUnknownNames {
            return .serviceError(code: "2201", "Invalid subject alternative name format: \(asked)")
        }
        var entries = name.flatMap { certificate.entries[$0] } ?? []
        if shape.listsNewestFirst { entries.reverse() }
        return .endpoint(
            status: 200,
            .members([
                "returnCode": .string("0"), "returnMessage": .string("success"),
                "totalRows": shape.number(entries.count), "dnsVerificationCount": shape.number(entries.count),
                "dnsVerificationList": .array(entries.map { entry($0, shape) }),
                "emailVerificationCount": shape.usesOldNames ? nil : shape.number(0),
                "emailVerificationList": shape.usesOldNames ? nil : .array([]),
            ])
        )
    }

    /// A name that waits, when its turn to be looked for has come.
    private struct Turn: Sendable {
        let certificateNumber: Int
        let name: String
        let entry: RehearsedNAVERCertificate.Entry
        let look: RehearsedNAVER.Look
    }

    /// Looks for the token of the name that is asked about, when its turn has come.
    func poll(_ call: NAVERCall) async {
        let asked = call.fields.values["domainAddress"] ?? ""
        let now = stopwatch.milliseconds
        let turn = state.withLock { state -> Turn? in
            guard let certificate = state.certificates.first(where: { String($0.number) == call.certificateNumber }),
                let name = Self.name(asked, of: certificate, state.shape)
            else { return nil }
            let key = "\(certificate.number) \(name)"
            state.reads[key, default: 0] += 1
            if case .everyReads(let reads) = state.polling, (state.reads[key] ?? 0) % max(1, reads) != 0 { return nil }
            return Self.turn(certificate, name, now, in: &state)
        }
        if let turn { await look(turn, now) }
    }

    /// Where time decides, every name whose turn has come: the real one does not wait for anybody's read.
    func pollAll() async {
        let now = stopwatch.milliseconds
        let turns = state.withLock { state -> [Turn] in
            guard case .everyMilliseconds = state.polling else { return [] }
            return state.certificates.flatMap { certificate in
                certificate.names.compactMap { Self.turn(certificate, $0, now, in: &state) }
            }
        }
        for turn in turns { await look(turn, now) }
    }

    private static func turn(
        _ certificate: RehearsedNAVERCertificate,
        _ name: String,
        _ now: Int64,
        in state: inout State
    ) -> Turn? {
        let key = "\(certificate.number) \(name)"
        guard let newest = certificate.newest(name), newest.isWaiting else { return nil }
        if case .everyMilliseconds(let milliseconds) = state.polling, now - (state.looks[key] ?? 0) < milliseconds {
            return nil
        }
        state.looks[key] = now
        return Turn(certificateNumber: certificate.number, name: name, entry: newest, look: state.look)
    }

    private func look(_ turn: Turn, _ now: Int64) async {
        let reason = await turn.look(turn.entry.token)
        validations.append(
            RehearsedNAVER.Validation(
                atMilliseconds: now,
                certificateNumber: turn.certificateNumber,
                name: turn.name,
                reason: reason
            )
        )
        guard reason == nil else { return }
        let validated = clock.now()
        state.withLock {
            $0.change(turn.certificateNumber) { $0.prove(turn.name, validSn: turn.entry.validSn, at: validated) }
        }
    }

    /// The certificate's own spelling of a name that was asked for.
    private static func name(
        _ asked: String,
        of certificate: RehearsedNAVERCertificate,
        _ shape: RehearsedNAVERShape
    ) -> String? {
        certificate.names.first { name in
            guard name.utf8.starts(with: "*.".utf8), shape.knowsWildcardsByBase else { return name == asked }
            return name.dropFirst(2) == asked
        }
    }

    private func page<Element>(_ all: [Element], _ call: NAVERCall) -> ArraySlice<Element> {
        let size = call.number("pageSize", or: Self.defaultPageSize)
        let (skipped, overflow) = (call.number("page", or: 1) - 1).multipliedReportingOverflow(by: size)
        return overflow ? [] : all.dropFirst(skipped).prefix(size)
    }

    private func list(
        _ name: String,
        _ entries: [JSONText],
        count: Int,
        countName: String,
        _ shape: RehearsedNAVERShape
    ) -> RehearsedReply {
        .endpoint(
            status: 200,
            .object([
                ("returnCode", .string("0")), ("returnMessage", .string("success")), (countName, shape.number(count)),
                (name, .array(entries)),
            ])
        )
    }

    private func entry(_ certificate: RehearsedNAVERCertificate, _ shape: RehearsedNAVERShape) -> JSONText {
        let names: JSONText =
            switch shape.dnsNames {
            case .array: .array(certificate.dnsNames.map(JSONText.string))
            case .text(let separator): .string(certificate.dnsNames.joined(separator: separator))
            }
        let type = certificate.family == .advanced ? "NCP_PAID_DV_01" : "NCP_CLOUD_BASIC"
        return .object([
            ("certificateNo", shape.number(certificate.number)),
            ("certificateName", .string(certificate.certificateName)), ("memberNo", .string("10203040")),
            ("commonName", .string(certificate.commonName)), ("dnsName", names),
            (
                "statusCode",
                shape.statusCodeIsNumber
                    ? .integer(certificate.statusCode) : .string(String(certificate.statusCode))
            ), ("statusName", .string(certificate.statusName)),
            (shape.usesOldNames ? "certificateTypeCode" : "certificateType", .string(type)),
            ("domainCode", .string("PUB")), ("issueType", .string("NEW")),
            ("subjectDN", .string("CN=\(certificate.commonName)")), ("updateDate", .string(Self.time(clock.now()))),
        ])
    }

    private func entry(_ entry: RehearsedNAVERCertificate.Entry, _ shape: RehearsedNAVERShape) -> JSONText {
        let (name, value) =
            switch entry.token {
            case .txt(let name, let value): (name, value)
            case .cname(let name, let target): (name, target + (shape.targetsEndInDot ? "." : ""))
            case .http(let url, let body): (url, body)
            }
        return .members([
            "validSn": shape.number(entry.validSn), "requestSn": shape.number(entry.requestSn),
            "validStatusCode": .string(entry.status),
            "txtId": shape.usesOldNames ? nil : shape.number(entry.validSn + 7), "txtName": .string(name),
            "txtValue": .string(value), "validYn": .string(entry.validated == nil ? "N" : "Y"),
            "registDate": .string(Self.time(entry.registered)),
            "validDate": entry.validated.map { .string(Self.time($0)) } ?? .null,
        ])
    }

    /// Korean time, and nothing in it says so.
    static func time(_ instant: Instant) -> String {
        let time = CivilTime(instant, offsetSeconds: 9 * 3600)
        return time.date + " " + time.time
    }
}

extension RehearsedNAVERShape {
    func number(_ number: Int) -> JSONText { numbersAreText ? .string(String(number)) : .integer(number) }
}
