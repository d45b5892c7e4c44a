// The one date form that HTTP servers send today, made an instant.
import DCV

/// An IMF-fixdate (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read.
enum HTTPDate {
    private static let lengthBytes = 29
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// Nil for everything that is not exactly that form or names no day of the calendar. The day of the week says nothing that the date
    /// does not say, so a wrong one is passed over.
    static func parse(_ text: String) -> Instant? {
        let octets = Array(text.utf8)
        guard octets.count == lengthBytes else { return nil }
        func word(_ range: Range<Int>) -> String { String(decoding: octets[range], as: UTF8.self) }
        func number(_ range: Range<Int>) -> Int64? {
            octets[range].allSatisfy(ASCII.isDigit) ? Int64(word(range)) : nil
        }
        guard weekdays.contains(word(0..<3)), word(3..<5) == ", ", word(7..<8) == " ", word(11..<12) == " ",
            word(16..<17) == " ", word(19..<20) == ":", word(22..<23) == ":", word(25..<29) == " GMT",
            let month = months.firstIndex(of: word(8..<11)).map({ Int64($0) + 1 }), let day = number(5..<7),
            let year = number(12..<16), let hour = number(17..<19), let minute = number(20..<22),
            let second = number(23..<25)
        else { return nil }
        return CivilTime.instant(year, month, day, hour: hour, minute: minute, second: second)
    }
}
