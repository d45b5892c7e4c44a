// Says where a TXT value is nearly the wanted one: in quotes, with spaces around it, in other letter case, or past its own end.

enum NearMissCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        guard case .txt(_, let value) = survey.record.content else { return [] }
        var told: Set<Miss> = []
        return survey.observations.flatMap { observation -> [Finding] in
            guard !observation.isRecursive, case .wrong(let saw, _) = observation.sighting else { return [] }
            return saw.compactMap { seen in
                let miss = Miss(seen, for: value) ?? Miss(endedFor: survey.record, seen, at: survey.at)
                guard let miss, told.insert(miss).inserted else { return nil }
                return Finding(
                    miss.code,
                    miss == .ended ? .notice : .error,
                    subject: "\(survey.record)",
                    saw: "\(observation.vantage) shows \"\(seen.shortened())\"",
                    wanted: "\"\(value)\"",
                    advice: miss.advice,
                    reproduce: survey.reproduce(observation)
                )
            }
        }
    }

    private enum Miss: Hashable {
        case quoted, padded, otherCase, ended

        init?(_ seen: OctetText, for wanted: TXTValue) {
            let bare = Self.bare(seen.bytes)
            let isBare = bare.count == seen.bytes.count
            if bare.elementsEqual(wanted.bytes) {
                if isBare { return nil }
                self = seen.bytes.contains(where: Self.isQuote) ? .quoted : .padded
            } else if bare.map({ ASCII.lowercased($0) }).elementsEqual(wanted.bytes.map { ASCII.lowercased($0) }) {
                self = .otherCase
            } else {
                return nil
            }
        }

        /// The same CA's record, whose time is over.
        init?(endedFor record: RequiredRecord, _ seen: OctetText, at now: Instant) {
            guard let wanted = PersistentProof(record), let shown = PersistentProof(seen),
                shown.issuer == wanted.issuer, shown.hasEnded(at: now)
            else { return nil }
            self = .ended
        }

        /// Without quotes, backslashes before them, spaces and line ends at both ends: none of them is in a token.
        private static func bare(_ octets: [UInt8]) -> ArraySlice<UInt8> {
            func isWrapping(_ octet: UInt8) -> Bool { octet <= 0x20 || octet == 0x5C || isQuote(octet) }
            guard let first = octets.firstIndex(where: { !isWrapping($0) }),
                let last = octets.lastIndex(where: { !isWrapping($0) })
            else { return [] }
            return octets[first...last]
        }

        private static func isQuote(_ octet: UInt8) -> Bool { octet == 0x22 || octet == 0x27 || octet == 0x60 }

        var code: String {
            switch self {
            case .quoted: "value-in-quotes"
            case .padded: "value-with-spaces"
            case .otherCase: "value-in-other-case"
            case .ended: "persist-until-passed"
            }
        }

        var advice: String {
            switch self {
            case .quoted: "enter the value without quotes: this provider's console adds them by itself"
            case .padded: "enter the value without the spaces or line ends around it"
            case .otherCase: "enter the value as it was given: a CA tells capital letters from small ones"
            case .ended: "replace this record by the wanted one: its time is over"
            }
        }
    }
}
