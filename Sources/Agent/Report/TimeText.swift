// Time as people read it: RFC 3339 in UTC, and spans in the two largest units.
package import DCV

package enum TimeText {
    private static let millisecondsPerDay: Int64 = 86_400_000
    private static let yearOne: Int64 = -62_135_596_800_000
    private static let yearTenThousand: Int64 = 253_402_300_800_000

    /// `2026-11-21T09:05:07Z`: whole seconds, always UTC.
    /// Instants outside the years 1 to 9999 are shown as the nearest one inside.
    package static func utc(_ instant: Instant) -> String {
        let milliseconds = min(max(instant.millisecondsSinceEpoch, yearOne), yearTenThousand - 1)
        let day = milliseconds.dividedRoundingDown(by: millisecondsPerDay)
        let secondOfDay = (milliseconds - day * millisecondsPerDay) / 1000
        let (year, month, dayOfMonth) = civil(daysSinceEpoch: day)
        return "\(year)-\(two(month))-\(two(dayOfMonth))T"
            + "\(two(secondOfDay / 3600)):\(two(secondOfDay / 60 % 60)):\(two(secondOfDay % 60))Z"
    }

    /// `45 s`, `3 min 20 s`, `2 h 5 min`, `4 d 1 h`; spans below zero are `0 s`.
    package static func span(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0))
        let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let largest = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        let first = "\(seconds / units[largest].0) \(units[largest].1)"
        guard largest + 1 < units.count else { return first }
        let rest = seconds % units[largest].0 / units[largest + 1].0
        return rest == 0 ? first : "\(first) \(rest) \(units[largest + 1].1)"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Days since 1970-01-01 to a date of the proleptic Gregorian calendar, counted in years that begin in March.
    private static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.dividedRoundingDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    fileprivate func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
