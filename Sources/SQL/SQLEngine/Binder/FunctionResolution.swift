import SQLTypes

/// Which function or operator a call means: PostgreSQL's rules (chapter "Type Conversion" of its manual).
///
/// 1. exact match of the argument types; 2. among candidates that implicit casts can reach, those with the most exact
/// matches, then the most preferred types; 3. undecided literals take the category that the candidates suggest.
enum FunctionResolution {
    enum Outcome<Choice> {
        case found(Choice)
        case notFound
        case ambiguous
    }

    struct Candidate {
        /// One type per actual argument (defaults dropped, variadic expanded).
        var types: [OID]
        var function: BuiltinFunction
        /// How many actual arguments the variadic array gathers, nil when not expanded.
        var variadicCount: Int?
        var defaultsUsed: Int
    }

    // MARK: functions

    static func function(_ name: String, _ arguments: [OID], isVariadicCall: Bool = false) -> Outcome<Candidate> {
        guard let overloads = FunctionCatalog.shared.functions[name] else { return .notFound }
        var candidates: [Candidate] = []
        for function in overloads {
            if let candidate = candidate(function, arguments.count, isVariadicCall) { candidates.append(candidate) }
        }
        if candidates.isEmpty { return .notFound }
        if let exact = candidates.first(where: { $0.types == arguments }) { return .found(exact) }
        return choose(candidates, arguments) { $0.types }
    }

    private static func candidate(_ function: BuiltinFunction, _ count: Int, _ isVariadicCall: Bool) -> Candidate? {
        let declared = function.arguments.count
        if function.isVariadic, !isVariadicCall {
            guard count >= declared, let last = function.arguments.last else { return nil }
            let element: OID
            switch last {
            case .any: element = .any
            case .anyarray: element = .anyelement
            case .anycompatiblearray: element = .anycompatible
            default: element = SQLType(oid: last).elementType?.oid ?? .any
            }
            let gathered = count - (declared - 1)
            return Candidate(
                types: function.arguments.dropLast() + Array(repeating: element, count: gathered),
                function: function,
                variadicCount: gathered,
                defaultsUsed: 0
            )
        }
        guard count <= declared, count >= declared - function.defaults.count else { return nil }
        return Candidate(
            types: Array(function.arguments.prefix(count)),
            function: function,
            variadicCount: nil,
            defaultsUsed: declared - count
        )
    }

    // MARK: operators

    static func binary(_ name: String, _ left: OID, _ right: OID) -> Outcome<FunctionCatalog.Operator> {
        let catalog = FunctionCatalog.shared
        guard let overloads = catalog.operators[name] else { return .notFound }
        // An undecided operand is first taken to be of the other's type.
        var exactLeft = left
        var exactRight = right
        if left == .unknown, right != .unknown { exactLeft = right }
        if right == .unknown, left != .unknown { exactRight = left }
        if let exact = overloads.first(where: { $0.left == exactLeft && $0.right == exactRight && $0.left != 0 }) {
            return .found(exact)
        }
        let candidates = overloads.filter { $0.left != 0 }
        return choose(candidates, [left, right]) { [$0.left, $0.right] }
    }

    static func prefix(_ name: String, _ operand: OID) -> Outcome<FunctionCatalog.Operator> {
        guard let overloads = FunctionCatalog.shared.operators[name] else { return .notFound }
        let candidates = overloads.filter { $0.left == 0 }
        if let exact = candidates.first(where: { $0.right == operand }) { return .found(exact) }
        return choose(candidates, [operand]) { [$0.right] }
    }

    // MARK: the choice

    private static func choose<Choice>(_ all: [Choice], _ arguments: [OID], _ typesOf: (Choice) -> [OID])
        -> Outcome<Choice>
    {
        var candidates = all.filter { Coercion.canCoerce(arguments, typesOf($0), .implicit) }
        if candidates.isEmpty { return .notFound }
        if candidates.count == 1 { return .found(candidates[0]) }

        // Most exact matches on known types.
        candidates = best(candidates) { choice in
            zip(arguments, typesOf(choice)).reduce(0) { $0 + ($1.0 != .unknown && $1.0 == $1.1 ? 1 : 0) }
        }
        if candidates.count == 1 { return .found(candidates[0]) }

        // Most exact or preferred types.
        let categories = arguments.map { SQLType(oid: $0).info?.category }
        candidates = best(candidates) { choice in
            var score = 0
            for (index, type) in typesOf(choice).enumerated() where arguments[index] != .unknown {
                let info = SQLType(oid: type).info
                if type == arguments[index] || (info?.isPreferred == true && info?.category == categories[index]) {
                    score += 1
                }
            }
            return score
        }
        if candidates.count == 1 { return .found(candidates[0]) }
        guard arguments.contains(.unknown) else { return .ambiguous }

        // For undecided arguments: the string category if any candidate takes it, else the one category they share.
        var hasConflict = false
        var chosen: [(index: Int, category: TypeInfo.Category, isPreferred: Bool)] = []
        for index in arguments.indices where arguments[index] == .unknown {
            var category: TypeInfo.Category?
            var isPreferred = false
            var conflicts = false
            for choice in candidates {
                guard let info = SQLType(oid: typesOf(choice)[index]).info else { continue }
                if category == nil {
                    category = info.category
                    isPreferred = info.isPreferred
                } else if category == info.category {
                    isPreferred = isPreferred || info.isPreferred
                } else if info.category == .string {
                    category = .string
                    isPreferred = info.isPreferred
                    conflicts = false
                } else if category != .string {
                    conflicts = true
                }
            }
            if conflicts {
                hasConflict = true
                break
            }
            if let category { chosen.append((index, category, isPreferred)) }
        }
        if !hasConflict {
            let matching = candidates.filter { choice in
                let types = typesOf(choice)
                return chosen.allSatisfy { entry in
                    guard let info = SQLType(oid: types[entry.index]).info else { return false }
                    return info.category == entry.category && (!entry.isPreferred || info.isPreferred)
                }
            }
            if !matching.isEmpty { candidates = matching }
            if candidates.count == 1 { return .found(candidates[0]) }
        }

        // If all known arguments have one type, take the undecided ones to have it too.
        let known = Set(arguments.filter { $0 != .unknown })
        if known.count == 1, let type = known.first {
            let assumed = arguments.map { _ in type }
            let matching = candidates.filter { Coercion.canCoerce(assumed, typesOf($0), .implicit) }
            if matching.count == 1 { return .found(matching[0]) }
        }
        return .ambiguous
    }

    private static func best<Choice>(_ candidates: [Choice], _ score: (Choice) -> Int) -> [Choice] {
        let scores = candidates.map(score)
        let maximum = scores.max() ?? 0
        return zip(candidates, scores).filter { $0.1 == maximum }.map { $0.0 }
    }
}
