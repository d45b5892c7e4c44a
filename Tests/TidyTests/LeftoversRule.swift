// What a hurried hand leaves behind in any file of the repository: marks of unfinished work, and paths of one machine.

import Foundation

enum LeftoversRule {
    // Put together here, so that this file does not hold what it looks for.
    static let unfinished = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
    /// What git writes where two changes meet.
    static let conflicts = ["<<<" + "<<<< ", ">>>" + ">>>> "]
    static let machinePaths = ["/wo" + "rk/", "/Us" + "ers/", "/ro" + "ot/"]

    static func faults(path: String, text: String) -> [Fault] {
        let whole = Data(text.utf8)
        let found = (unfinished + machinePaths + conflicts).filter { whole.range(of: Data($0.utf8)) != nil }
        if found.isEmpty { return [] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
            let line = CodeLine(octets: Array(line.utf8))
            return found.filter { line.holds($0) }.map { fault($0, path, index + 1) }
        }
    }

    private static func fault(_ found: String, _ path: String, _ line: Int) -> Fault {
        if conflicts.contains(found) {
            return Fault(path: path, line: line, fault: "\(found)begins a conflict", cure: "decide it")
        }
        return unfinished.contains(found)
            ? Fault(
                path: path,
                line: line,
                fault: "\(found) marks unfinished work",
                cure: "finish it, or write an issue and leave no mark"
            )
            : Fault(
                path: path,
                line: line,
                fault: "\(found) is a path of one machine",
                cure: "make it relative, or a setting"
            )
    }
}
