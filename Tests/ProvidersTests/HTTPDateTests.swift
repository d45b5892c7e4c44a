// Dates in HTTP headers: every day that the calendar has, and nothing else.
import DCV
import Testing

@testable import Providers

@Suite("HTTP dates", .timeLimit(.minutes(1)))
struct HTTPDateTests {
    @Test(
        "a date in the form of RFC 9110 is read to the second",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 29 Feb 2028 23:59:59 GMT", 1_835_481_599), ("Fri, 01 Mar 2030 00:00:00 GMT", 1_898_553_600),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
            ("Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800),
        ] as [(String, Int64)]
    )
    func read(text: String, seconds: Int64) { #expect(HTTPDate.parse(text)?.millisecondsSinceEpoch == seconds * 1000) }

    @Test("each day is one day after the day before it, for a cycle of the calendar")
    func days() {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var last: Int64?
        var count = 0
        for year in 1900..<2300 {
            for month in months {
                for day in 1...31 {
                    let date = HTTPDate.parse("Mon, \(two(day)) \(month) \(year) 00:00:00 GMT")
                    guard let seconds = date.map({ $0.millisecondsSinceEpoch / 1000 }) else { continue }
                    if let last { #expect(seconds - last == 86_400, "\(day) \(month) \(year)") }
                    last = seconds
                    count += 1
                }
            }
        }
        #expect(count == 146_097)
    }

    @Test(
        "anything else is no date",
        arguments: [
            "", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +09",
            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT ",
            "sun, 06 nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 29 Feb 2027 08:49:37 GMT", "Sun, 29 Feb 2100 08:49:37 GMT",
            "Sun, 31 Apr 2026 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
            "2026-11-06T08:49:37Z",
            // Twenty-nine octets whose digits are not ASCII.
            "Sun, 06 Nov \u{0661}\u{0669} 08:49:37 GMT",
        ]
    )
    func refused(text: String) { #expect(HTTPDate.parse(text) == nil) }
}
