// The form of time that NAVER Cloud's answers hold, read by hand: no locale and no zone of this machine has a say.
package import DCV

package enum NAVERTime {
    /// Korea has kept UTC+09:00 without summer time since 1988.
    private static let offsetSeconds: Int64 = 9 * 3600
    private static let separators: [(place: Int, octet: UInt8)] = [
        (4, 0x2D), (7, 0x2D), (10, 0x20), (13, 0x3A), (16, 0x3A),
    ]
    private static let lengthBytes = 19

    /// `yyyy-MM-dd HH:mm:ss`, Korean time without saying so; nil for anything else.
    package static func instant(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count == lengthBytes, separators.allSatisfy({ bytes[$0.place] == $0.octet }) else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            guard bytes[range].allSatisfy(ASCII.isDigit) else { return nil }
            return Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), second < 60
        else { return nil }
        return CivilTime.instant(year, month, day, hour: hour, minute: minute, second: second)?
            .adding(seconds: -offsetSeconds)
    }
}
