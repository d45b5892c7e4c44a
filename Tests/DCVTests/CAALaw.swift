// The law of CAA, written down apart from the rule: what the records of these worlds mean is read here by eye.

import DCV

extension JudgedPlan {
    /// No trigger and no change of method while the records forbid every CA that may be used, or could not be seen.
    func caaBreach() -> String? {
        for step in plan.steps {
            let touched: [Authorization]
            switch step.action {
            case .trigger(.retry):
                guard let one = authorization(step) else { continue }
                touched = situation.authorizations.filter {
                    $0.scope == one.scope && $0.key.provider == one.key.provider && $0.status == .pending
                }
            case .trigger, .changeMethod: touched = [authorization(step)].compactMap { $0 }
            default: continue
            }
            if let hindered = touched.first(where: { isHindered($0) }) {
                return "makes the provider look at \(hindered.key) against CAA (\(step.action.code))"
            }
        }
        return nil
    }

    private func isHindered(_ authorization: Authorization) -> Bool {
        guard let climbs = situation.caa else { return false }
        return authorization.identifiers.contains { identifier in
            let rules = (situation.rule(for: identifier.name)?.policy ?? policy(authorization)).caa
            guard rules.check == .enforce else { return false }
            guard let climb = climbs.last(where: { $0.name == identifier.name }) else { return true }
            let issuers = Set((rules.issuers.isEmpty ? authorization.issuers : rules.issuers).map(\.text))
            for rung in climb.rungs {
                let hinders = ([rung] + rung.others).map { isHindered(by: $0.answer, identifier, issuers) }
                if hinders.contains(true) { return true }
                if !hinders.contains(nil) { return false }
            }
            return false
        }
    }

    /// Nil where there are no records: what stands above counts then.
    private func isHindered(by answer: CAAClimb.Answer, _ identifier: Identifier, _ issuers: Set<String>) -> Bool? {
        switch answer {
        case .none: return nil
        case .failed: return true
        case .records(let records):
            if records.contains(where: { $0.flags != 0 }) { return true }
            let words = records.map(\.description)
            let wild = words.filter { $0.contains("issuewild") }
            let counted = identifier.isWildcard && !wild.isEmpty ? wild : words.filter { $0.contains(" issue ") }
            let isNamed = counted.contains { word in issuers.contains { word.contains("\"\($0)\"") } }
            let isOpen = issuers.isEmpty && !counted.allSatisfy { $0.contains("\";\"") }
            return !isNamed && !isOpen
        }
    }
}
