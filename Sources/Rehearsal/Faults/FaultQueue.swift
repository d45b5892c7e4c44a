// Faults waiting for the calls they are meant for.

/// Faults are taken in the order they were added, each by so many calls of its route.
struct FaultQueue<Route: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let fault: RehearsedFault
        let route: Route?
        let subject: String?
        var timesLeft: Int
    }

    private var waiting: [Entry] = []

    /// - Parameters:
    ///   - route: nil fits every route.
    ///   - subject: the zone, certificate or domain that the call is about; nil fits every one.
    mutating func add(_ fault: RehearsedFault, route: Route?, subject: String?, times: Int) {
        waiting.append(Entry(fault: fault, route: route, subject: subject, timesLeft: times))
    }

    mutating func clear() { waiting = [] }

    /// The first fault that fits the call, used up by one.
    mutating func take(route: Route, subject: String?) -> RehearsedFault? {
        let fitting = waiting.firstIndex {
            ($0.route ?? route) == route && ($0.subject == nil || $0.subject == subject)
        }
        guard let index = fitting else { return nil }
        let fault = waiting[index].fault
        waiting[index].timesLeft -= 1
        if waiting[index].timesLeft <= 0 { waiting.remove(at: index) }
        return fault
    }
}
