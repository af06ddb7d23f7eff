/// A function that a library registered.
final class RegisteredFunction {
    let name: [UInt8]
    let description: [UInt8]?
    let flags: ScriptHeader.Flags
    /// CLua's reference.
    let function: Int32

    init(name: [UInt8], description: [UInt8]?, flags: ScriptHeader.Flags, function: Int32) {
        self.name = name
        self.description = description
        self.flags = flags
        self.function = function
    }
}

/// The code of FUNCTION LOAD and what it registered.
final class FunctionLibrary {
    let name: [UInt8]
    let code: [UInt8]
    fileprivate(set) var functions: [RegisteredFunction] = []

    init(name: [UInt8], code: [UInt8]) {
        self.name = name
        self.code = code
    }

    static let badName: StaticString =
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"

    /// Adds a function; nil, or what is wrong with it.
    func register(_ function: RegisteredFunction) -> StaticString? {
        guard ScriptHeader.isName(function.name) else { return Self.badName }
        if functions.contains(where: { $0.name == function.name }) { return "Function already exists in the library" }
        functions.append(function)
        return nil
    }
}

/// All libraries, and their functions by name (upper and lower case alike).
struct FunctionLibraries {
    private(set) var libraries: [[UInt8]: FunctionLibrary] = [:]
    private var functions: [[UInt8]: RegisteredFunction] = [:]

    var functionCount: Int { functions.count }
    var codeBytes: Int { libraries.values.reduce(0) { $0 + $1.code.count } }

    subscript(library name: [UInt8]) -> FunctionLibrary? { libraries[name] }

    func function(named name: [UInt8]) -> RegisteredFunction? {
        functions[name] ?? functions[ScriptHeader.lowercased(name)]
    }

    /// A name of `library` that another library than `replaced` has taken.
    func conflict(of library: FunctionLibrary, replacing replaced: FunctionLibrary?) -> [UInt8]? {
        for function in library.functions {
            guard let taken = functions[ScriptHeader.lowercased(function.name)] else { continue }
            if replaced?.functions.contains(where: { $0 === taken }) == true { continue }
            return function.name
        }
        return nil
    }

    mutating func insert(_ library: FunctionLibrary) {
        libraries[library.name] = library
        for function in library.functions { functions[ScriptHeader.lowercased(function.name)] = function }
    }

    mutating func remove(_ library: FunctionLibrary) {
        libraries[library.name] = nil
        for function in library.functions {
            let name = ScriptHeader.lowercased(function.name)
            if functions[name] === function { functions[name] = nil }
        }
    }
}
