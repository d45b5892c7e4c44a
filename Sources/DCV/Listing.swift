// How a list that a stranger may have made long is told to a person.

extension Collection<String> {
    /// The first `limit` of them, and how many more there are.
    /// - Parameter separator: ", " between names, "; " between clauses.
    package func listed(upTo limit: Int, separator: String = ", ") -> String {
        let shown = prefix(limit).joined(separator: separator)
        guard count > limit else { return shown }
        let and = separator == ", " ? " and" : "\(separator)and"
        return "\(shown)\(and) \(count - limit) more"
    }
}
