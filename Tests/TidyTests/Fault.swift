// What a rule says when it is broken: where, what, and what to do instead.

struct Fault: Equatable, CustomStringConvertible {
    let path: String
    /// 1-based; the first line for a fault of the whole file.
    let line: Int
    let fault: String
    let cure: String

    var description: String { "\(path):\(line): \(fault); \(cure)" }
}
