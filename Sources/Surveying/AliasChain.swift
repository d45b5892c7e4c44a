// The rule of a CNAME chain: how far it is followed, and what ends it. Written once for all who follow CNAMEs.
import DCV

enum AliasChain {
    /// Why a chain is not followed any further.
    struct End: Error, Hashable {
        let code: Survey.Problem.Code
        let text: String
        let wanted: String

        /// - Parameter reproduce: the command that shows the CNAME at which the chain ends.
        func problem(reproduce: String) -> Survey.Problem {
            Survey.Problem(code, text, wanted: wanted, reproduce: reproduce)
        }
    }

    /// The chain with the name that its last one leads to.
    /// - Parameter limit: CNAMEs that are followed.
    static func adding(_ target: DomainName, to chain: [DomainName], limit: Int) throws(End) -> [DomainName] {
        let longer = chain + [target]
        if chain.contains(target) {
            let loop = longer.map(\.text).joined(separator: " -> ")
            throw End(code: .cnameLoop, text: loop, wanted: "a CNAME chain that comes to an end")
        }
        guard chain.count <= limit else {
            let ends = [chain.first, chain.last].map { $0?.text ?? "" }
            let text = "more than \(limit) CNAMEs from \(ends[0]); stopped at \(ends[1])"
            throw End(code: .cnameChainTooLong, text: text, wanted: "at most \(limit) CNAMEs")
        }
        return longer
    }

    static func notUsable(at name: DomainName, _ why: String) -> End {
        End(code: .nameNotUsable, text: "the CNAME at \(name): \(why)", wanted: "a host name as the CNAME's target")
    }
}
