// Year, month, day and time of day become an instant: the calendar below every form in which APIs write dates.
import DCV

enum CivilTime {
    /// In UTC. Nil for a day that the Gregorian calendar does not have, and for a time that no clock shows; second 60 is
    /// a leap second.
    static func instant(
        _ year: Int64,
        _ month: Int64,
        _ day: Int64,
        hour: Int64,
        minute: Int64,
        second: Int64
    ) -> Instant? {
        guard (1...9999).contains(year), (1...12).contains(month), (1...days(inMonth: month, of: year)).contains(day),
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        let days = daysSinceEpoch(year, month, day)
        return Instant(millisecondsSinceEpoch: (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Counted in years that begin in March, so that a leap day is a year's last.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let monthsFromMarch = (month + 9) % 12
        let daysBefore1970: Int64 = 719_468
        return years * 365 + years / 4 - years / 100 + years / 400 + (153 * monthsFromMarch + 2) / 5 + day - 1
            - daysBefore1970
    }
}
