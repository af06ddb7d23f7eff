import Glibc
import ServiceRuntime

/// Finds what is shipped beside the executable: the catalog, its pictures and the storefront.
///
///     EMPORIUM_HOME, if set                          $EMPORIUM_HOME/catalog, …/storefront
///     an installed copy                              <executable>/../share/emporium/catalog, …/storefront
///     a source tree, from its .build folder          <tree>/Catalog, <tree>/Sources/Storefront/dist
struct Installation {
    let catalog: String?
    let pictures: String?
    let storefront: String?

    init(environment: ServiceEnvironment) {
        var homes: [String] = []
        if let home = environment.string("EMPORIUM_HOME") { homes.append(home) }
        if let executable = Self.executablePath {
            var directory = Self.parent(of: executable)
            homes.append(Self.parent(of: directory) + "/share/emporium")
            // .build/<triple>/release is three levels below the tree; a test bundle may lie one deeper.
            for _ in 0..<6 {
                homes.append(directory)
                directory = Self.parent(of: directory)
            }
        }
        catalog = Self.first(in: homes, of: ["catalog/products.csv", "Catalog/products.csv"])
        pictures = Self.first(in: homes, of: ["catalog/pictures", "Catalog/pictures"])
        storefront = Self.first(in: homes, of: ["storefront/index.html", "Sources/Storefront/dist/index.html"])
            .map(Self.parent)
    }

    private static var executablePath: String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            // Safe: the buffer is not empty.
            readlink(
                "/proc/self/exe",
                bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self),
                bytes.count
            )
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "" : String(path[..<slash])
    }

    private static func first(in homes: [String], of names: [String]) -> String? {
        for home in homes {
            for name in names where access("\(home)/\(name)", R_OK) == 0 { return "\(home)/\(name)" }
        }
        return nil
    }
}
