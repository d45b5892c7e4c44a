// What the provider refused to this credential without refusing all: calls that are not sent again, and rights that are no longer tried.
import DCV
import Platform

/// Repeated refusals lock an account. Two parts (zones, orders) without a right leave the others open; after the third the right counts as
/// missing, and what needs it is not sent for the rest of this process. Only what was answered before stays open: there the right is known.
struct RefusedRights: Sendable {
    /// Calls of one right that may be refused before no other one is sent.
    static let refusalLimit = 3

    /// Who may read may not write by that: reads and effects are counted apart.
    private struct Right: Hashable {
        let name: String?
        let isEffect: Bool

        init(_ call: some APICall) {
            name = call.right
            isEffect = call.isEffect
        }
    }

    private var refusedCalls: [String: APIFault] = [:]
    private var answeredCalls: Set<String> = []
    private var refusals: [Right: [APIFault]] = [:]

    mutating func learn(_ answer: Result<JSONValue, APIFault>, to call: some APICall) {
        let text = call.faults.callText
        switch answer {
        case .success: answeredCalls.insert(text)
        case .failure(let fault):
            guard fault.failure.kind == .unauthorized, refusedCalls.updateValue(fault, forKey: text) == nil else {
                return
            }
            refusals[Right(call), default: []].append(fault)
        }
    }

    /// Why a call is not sent; nil when it may be.
    func standingFault(_ call: some APICall) -> APIFault? {
        let text = call.faults.callText
        if let fault = refusedCalls[text] { return fault }
        guard let faults = refusals[Right(call)], faults.count >= Self.refusalLimit, let last = faults.last,
            !answeredCalls.contains(text)
        else { return nil }
        return call.faults.rightMissing(refusals: faults.count, last)
    }
}

extension APIFaultWriter {
    fileprivate func rightMissing(refusals: Int, _ last: APIFault) -> APIFault {
        let told = last.failure.finding
        return fault(
            .unauthorized,
            told.code,
            told.severity,
            "not sent, because \(refusals) calls that need the same right were refused; the last answer: \(told.saw)",
            told.advice,
            wanted: told.wanted,
            reach: .part
        )
    }
}
