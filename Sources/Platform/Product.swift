// What this program is called, and which version of it this is.

package enum Product {
    package static let name = "dnsproof"
    package static let version = "0.1.0"
}
