// DigiCert's times become instants: ISO 8601 with a zone, or nothing.
package import DCV

/// `2027-05-27T22:11:22+00:00`, which is what DigiCert documents; `Z` for the zone and a fraction of a second are read, too.
///
/// A date alone is refused: DigiCert writes those in Mountain Time, so one says the end of a proof a day too late or too early. No call of
/// ours gets one (`include_dcv_expiration_time` is always sent).
package enum DigiCertTime {
    private static let limitBytes = 40
    private static let years: ClosedRange<Int64> = 1970...9999

    package static func instant(_ text: String?) -> Instant? {
        guard let text, text.utf8.count <= limitBytes else { return nil }
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.take(0x2D), let month = reader.number(2), reader.take(0x2D),
            let day = reader.number(2), reader.take(0x54), let hour = reader.number(2), reader.take(0x3A),
            let minute = reader.number(2), reader.take(0x3A), let second = reader.number(2)
        else { return nil }
        reader.skipFraction()
        guard let offsetSeconds = reader.offsetSeconds(), reader.rest.isEmpty else { return nil }
        guard years.contains(year) else { return nil }
        return CivilTime.instant(year, month, day, hour: hour, minute: minute, second: second)?
            .adding(seconds: -offsetSeconds)
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            let head = rest.prefix(digits)
            guard head.count == digits, head.allSatisfy(ASCII.isDigit) else { return nil }
            rest = rest.dropFirst(digits)
            return Int64(String(decoding: head, as: UTF8.self))
        }

        mutating func skipFraction() {
            guard rest.first == 0x2E, rest.dropFirst().first.map(ASCII.isDigit) == true else { return }
            rest = rest.dropFirst().drop(while: ASCII.isDigit)
        }

        /// East of Greenwich.
        mutating func offsetSeconds() -> Int64? {
            if take(0x5A) { return 0 }
            let isWest = rest.first == 0x2D
            guard take(0x2B) || take(0x2D), let hours = number(2) else { return nil }
            _ = take(0x3A)
            guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
            let seconds = (hours * 60 + minutes) * 60
            return isWest ? -seconds : seconds
        }
    }
}
