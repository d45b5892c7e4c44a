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
                appearing[target, default: []].insert(Self.text(record))
                // What was shown again since is to stay.
                disappearing[target]?.remove(Self.text(record))
            case .withdraw(let record, let target, _, _): disappearing[target, default: []].insert(Self.text(record))
            case .changeMethod, .trigger, .revalidate: continue
            }
        }
        for step in steps {
            switch step.action {
            case .publish(let publication):
                appearing[publication.target, default: []].insert(Self.text(publication.record))
                disappearing[publication.target]?.remove(Self.text(publication.record))
            case .withdraw(let publication):
                disappearing[publication.target, default: []].insert(Self.text(publication.record))
            case .changeMethod, .trigger, .revalidate, .wait, .report: continue
            }
        }
    }

    func changes(at target: DomainName) -> HookVerdict.OwnChanges {
        .init(appearing: appearing[target] ?? [], disappearing: disappearing[target] ?? [])
    }

    private static func text(_ record: RequiredRecord) -> OctetText { OctetText(record.value.utf8) }
}
