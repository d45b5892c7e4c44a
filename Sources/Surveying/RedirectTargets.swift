// What web hosts behind redirects answered: each address is asked for a URL once in a look, however many ways lead there.
import DCV
import Platform

actor RedirectTargets {
    struct Place: Hashable, Sendable {
        let url: HTTPURL
        let address: IPAddress
    }

    private let answers = LearntOnce<Place, Result<HTTPResponse, HTTPFailure>?>()
    private var left: Int

    /// - Parameter limit: requests of one look behind redirects.
    init(limit: Int) { left = limit }

    /// Nil where the answer would take more requests than allowed.
    func answer(
        at place: Place,
        _ ask: @escaping @Sendable () async -> Result<HTTPResponse, HTTPFailure>
    ) async -> Result<HTTPResponse, HTTPFailure>? {
        await answers.value(of: place) { await self.takeOne() ? await ask() : nil }
    }

    private func takeOne() -> Bool {
        left -= 1
        return left >= 0
    }
}
