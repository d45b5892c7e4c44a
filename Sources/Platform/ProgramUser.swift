// Whom a program is started as, where that is not the user of this process: what that user may not do, its mistakes cannot do either.
import Glibc
import SystemPackage

/// A user of this machine with all of its groups. Only root can start a program as somebody else.
package struct ProgramUser: Hashable, Sendable {
    private static let groupLimit = 1024

    package let name: String
    package let home: String
    let user: UInt32
    let group: UInt32
    let groups: [UInt32]

    /// Whether it is the user of this process, so that nothing has to be changed.
    package var isThisOne: Bool { user == geteuid() }

    /// Between fork and exec glibc's calls wait for threads that a forked child does not have, so another program changes the user.
    private static let setpriv = "/usr/bin/setpriv"

    /// The program that becomes the user and then the program that is meant; nil where nothing has to be changed.
    var changer: String? { isThisOne ? nil : Self.setpriv }

    /// What is started so that the program runs as this user.
    func words(starting program: String) -> [String] {
        guard let changer else { return [program] }
        let groups = groups.map { "\($0)" }.joined(separator: ",")
        let rights = groups.isEmpty ? "--clear-groups" : "--groups=\(groups)"
        return [changer, "--reuid=\(user)", "--regid=\(group)", rights, "--inh-caps=-all", "--", program]
    }

    /// Makes the user the owner of a file or folder.
    func own(_ path: String) throws(FileFailure) {
        guard !isThisOne else { return }
        do {
            try System.give(path, user: user, group: group)
        } catch {
            throw FileFailure(path: path, problem: "cannot be given to user \(name): \(error)")
        }
    }
}

extension ProgramUser {
    /// Looks the user up in this machine's database.
    package init(_ name: String) throws(ProgramUserRefused) {
        do {
            // NUL would end the name for the system and for nobody else.
            if name.utf8.contains(0) { throw Errno.noSuchFileOrDirectory }
            let found = try System.user(name, groupLimit: Self.groupLimit)
            self.init(name: name, home: found.home, user: found.user, group: found.group, groups: found.groups)
        } catch Errno.noSuchFileOrDirectory {
            throw ProgramUserRefused("is no user of this machine; write a name that `getent passwd` knows")
        } catch {
            throw ProgramUserRefused("cannot be looked up: \(error)")
        }
        guard isThisOne || geteuid() == 0 else {
            throw ProgramUserRefused(
                "cannot be had: only root starts a program as another user; run this as root, or leave it out"
            )
        }
    }
}

/// Why a program cannot be started as that user.
package struct ProgramUserRefused: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
