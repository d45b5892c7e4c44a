// This agent's own recent values at each name: what may still appear or vanish late, on slow servers, without being a hook's fault.
import DCV

/// Gathered from the journal and from the steps that are about to be carried out together.
struct OwnValues: Sendable {
    private var appearing: [DomainName: Set<OctetText>] = [:]
    private var disappearing: [DomainName: Set<OctetText>] = [:]

    init(_ history: History, _ steps: [Step]) {
        for entry in history.entries {
            switch entry.intent.effect {
            case .publish(let record, let target, _, _):
                appearing[target, default: []].formUnion(Self.texts(record))
                // What was shown again since is to stay.
                disappearing[target]?.subtract(Self.texts(record))
            case .withdraw(let record, let target, _, _):
                disappearing[target, default: []].formUnion(Self.texts(record))
            case .changeMethod, .trigger, .revalidate: continue
            }
        }
        for step in steps {
            switch step.action {
            case .publish(let publication):
                appearing[publication.target, default: []].formUnion(Self.texts(publication.record))
                disappearing[publication.target]?.subtract(Self.texts(publication.record))
            case .withdraw(let publication):
                disappearing[publication.target, default: []].formUnion(Self.texts(publication.record))
            case .changeMethod, .trigger, .revalidate, .wait, .report: continue
            }
        }
    }

    func changes(at target: DomainName) -> HookVerdict.OwnChanges {
        .init(appearing: appearing[target] ?? [], disappearing: disappearing[target] ?? [])
    }

    /// As looks for its own type and for others show it.
    private static func texts(_ record: RequiredRecord) -> Set<OctetText> {
        let value = OctetText(record.value.utf8)
        if case .cname(_, let target) = record.content { return [value, RRsetView.aliasText(target)] }
        return [value]
    }
}
