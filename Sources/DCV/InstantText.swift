// An instant as people read it: RFC 3339 in UTC.

extension Instant {
    private static let millisecondsPerDay: Int64 = 86_400_000
    private static let yearOne: Int64 = -62_135_596_800_000
    private static let yearTenThousand: Int64 = 253_402_300_800_000

    /// `2026-11-21T09:05:07Z`: whole seconds, always UTC.
    /// Instants outside the years 1 to 9999 are shown as the nearest one inside.
    package var utcText: String {
        let milliseconds = min(max(millisecondsSinceEpoch, Self.yearOne), Self.yearTenThousand - 1)
        let day = milliseconds.dividedRoundingDown(by: Self.millisecondsPerDay)
        let secondOfDay = (milliseconds - day * Self.millisecondsPerDay) / 1000
        let (year, month, dayOfMonth) = Self.civil(daysSinceEpoch: day)
        return "\(year)-\(Self.two(month))-\(Self.two(dayOfMonth))T"
            + "\(Self.two(secondOfDay / 3600)):\(Self.two(secondOfDay / 60 % 60)):\(Self.two(secondOfDay % 60))Z"
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
    /// Toward minus infinity, so that days and seconds before 1970 are counted as those after it.
    package func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
