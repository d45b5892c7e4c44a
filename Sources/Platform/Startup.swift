// What the process asks of the kernel for itself before it does anything else.
import CLinux
import Glibc

package enum Startup {
    /// New files belong to the user alone; SIGPIPE and SIGXFSZ are ignored; no core file and no reader of our memory,
    /// because both would hold credentials; orphans of our children become ours, to be ended. False when the kernel
    /// refused one of them.
    package static func harden() -> Bool {
        umask(0o077)
        Signals.ignoreFatalWrites()
        let forbidden = clinux_forbid_dumps() == 0
        return ChildRegistry.shared.adoptOrphans() && forbidden
    }
}
