// Wall time as providers write it: a date and a time of day, with or without a zone.
import DCV

/// Milliseconds since 1970 taken apart; the proleptic Gregorian calendar, no leap seconds.
struct CivilTime {
    private let year: Int64
    private let month: Int64
    private let day: Int64
    private let secondOfDay: Int64
    /// From Sunday on.
    private let weekday: Int

    init(_ instant: Instant, offsetSeconds: Int64 = 0) {
        let seconds = instant.adding(seconds: offsetSeconds).millisecondsSinceEpoch.dividedDown(by: 1000)
        let days = seconds.dividedDown(by: 86_400)
        secondOfDay = seconds - days * 86_400
        // 1970 began on a Thursday.
        weekday = Int(days + 4 - (days + 4).dividedDown(by: 7) * 7)
        // Days of 400-year eras that begin on 1 March, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-10-07`
    var date: String { "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))" }

    /// `09:05:00`
    var time: String {
        [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { Self.digits($0, 2) }.joined(separator: ":")
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7), of a time in UTC.
    var httpDate: String {
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return
            "\(weekdays[weekday]), \(Self.digits(day, 2)) \(months[Int(month) - 1]) \(Self.digits(year, 4)) \(time) GMT"
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}

extension Int64 {
    /// The quotient rounded down, also below zero.
    fileprivate func dividedDown(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
