// Time as people read it: instants in UTC, and spans in the two largest units.

package enum TimeText {
    /// `2026-11-21T09:05:07Z`.
    package static func utc(_ instant: Instant) -> String { instant.utcText }

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
}
