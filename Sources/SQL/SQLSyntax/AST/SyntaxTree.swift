/// The arena of one statement text: the text, its nodes, the statements found.
///
///     text   │ source bytes │ 0 │ folded identifiers, unescaped strings … │
///     nodes  │ (none) │ node 1 │ node 2 │ …                                        24 bytes each
///
/// `parse` forgets the tree before and reuses its memory, so a session that keeps one tree parses without allocating
/// once the arena has grown. Invariant: every text pair in a node lies inside `text`; every index is below `nodeCount`.
/// Confined to one thread, like the session that owns it.
public final class SyntaxTree {
    /// A statement found in the text: its root and the bytes it was written in.
    @frozen
    public struct Statement: Sendable {
        public var root: NodeIndex
        /// Byte offset of the first token.
        public var start: Int
        /// Byte offset behind the last token (the semicolon is not part).
        public var end: Int
    }

    @usableFromInline var nodes: UnsafeMutablePointer<Node>
    @usableFromInline var nodeCapacity: Int
    public internal(set) var nodeCount: Int
    @usableFromInline var text: UnsafeMutablePointer<UInt8>
    @usableFromInline var textCapacity: Int
    @usableFromInline var textCount: Int
    /// Bytes of the source text, at the start of `text`.
    public internal(set) var sourceCount: Int
    public internal(set) var statements: [Statement]
    /// The highest $n seen.
    public internal(set) var highestParameter: Int
    /// The run-time parameter of that name: whether a backslash in '…' is an ordinary character.
    public var standardConformingStrings = true

    public init() {
        nodeCapacity = 64
        nodes = .allocate(capacity: nodeCapacity)
        nodes.initialize(to: Node(.none, 0))
        nodeCount = 1
        textCapacity = 512
        text = .allocate(capacity: textCapacity)
        textCount = 0
        sourceCount = 0
        statements = []
        highestParameter = 0
    }

    deinit {
        nodes.deallocate()
        text.deallocate()
    }

    // MARK: reading

    @inlinable
    public subscript(index: NodeIndex) -> Node {
        precondition(Int(index) < nodeCount, "a node index outside the tree")
        return nodes[Int(index)]
    }

    /// The bytes of a text pair; valid until the next `parse`.
    @inlinable
    public func bytes(_ offset: UInt32, _ length: UInt32) -> UnsafeRawBufferPointer {
        precondition(Int(offset) + Int(length) <= textCount, "a text pair outside the tree")
        return UnsafeRawBufferPointer(start: text + Int(offset), count: Int(length))
    }

    /// The text pair as a String (allocates beyond 15 bytes).
    public func string(_ offset: UInt32, _ length: UInt32) -> String {
        String(decoding: bytes(offset, length), as: UTF8.self)
    }

    /// The text of a node that holds it in `a`, `b`.
    public func string(_ index: NodeIndex) -> String {
        let node = self[index]
        return string(node.a, node.b)
    }

    /// The source text of the present parse.
    public var source: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: sourceCount) }

    /// The nodes of a list, in order.
    @inlinable
    public func list(_ first: NodeIndex) -> NodeList { NodeList(tree: self, first: first) }

    /// How many nodes a list has.
    public func count(_ first: NodeIndex) -> Int {
        var index = first
        var count = 0
        while index != 0 {
            count += 1
            index = self[index].next
        }
        return count
    }

    /// The first node of `kind` in a list of clauses, 0 if there is none.
    public func clause(_ kind: NodeKind, in first: NodeIndex) -> NodeIndex {
        var index = first
        while index != 0 {
            let node = self[index]
            if node.kind == kind { return index }
            index = node.next
        }
        return 0
    }

    /// The 1-based character at a byte offset of the source, as error positions count.
    public func characterPosition(_ byteOffset: UInt32) -> Int {
        var characters = 1
        for index in 0..<min(Int(byteOffset), sourceCount) where text[index] & 0xC0 != 0x80 { characters += 1 }
        return characters
    }

    // MARK: writing (the lexer and parser)

    func reset(_ source: UnsafeRawBufferPointer) {
        nodeCount = 1
        highestParameter = 0
        statements.removeAll(keepingCapacity: true)
        sourceCount = source.count
        textCount = 0
        reserveText(source.count + 1)
        if let base = source.baseAddress, source.count > 0 {
            UnsafeMutableRawPointer(text).copyMemory(from: base, byteCount: source.count)
        }
        text[source.count] = 0
        textCount = source.count + 1
    }

    /// Room for `more` bytes behind `textCount`; may move `text`.
    func reserveText(_ more: Int) {
        guard textCount + more > textCapacity else { return }
        let capacity = max(textCapacity * 2, textCount + more + 64)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        moved.update(from: text, count: textCount)
        text.deallocate()
        text = moved
        textCapacity = capacity
    }

    /// Adds one byte of derived text; room must have been reserved.
    @inline(__always)
    func appendText(_ byte: UInt8) {
        text[textCount] = byte
        textCount += 1
    }

    @inline(__always)
    func add(_ node: Node) -> NodeIndex {
        if nodeCount == nodeCapacity { growNodes() }
        (nodes + nodeCount).initialize(to: node)
        nodeCount += 1
        return NodeIndex(truncatingIfNeeded: nodeCount - 1)
    }

    private func growNodes() {
        let capacity = nodeCapacity * 2
        let moved = UnsafeMutablePointer<Node>.allocate(capacity: capacity)
        moved.moveInitialize(from: nodes, count: nodeCount)
        nodes.deallocate()
        nodes = moved
        nodeCapacity = capacity
    }

    /// Gives back the memory of an unusually large text.
    public func shrink() {
        guard nodeCapacity > 1 << 14 || textCapacity > 1 << 16 else { return }
        nodes.deallocate()
        text.deallocate()
        nodeCapacity = 64
        nodes = .allocate(capacity: nodeCapacity)
        nodes.initialize(to: Node(.none, 0))
        nodeCount = 1
        textCapacity = 512
        text = .allocate(capacity: textCapacity)
        textCount = 0
        sourceCount = 0
        statements = []
    }
}

/// A list of sibling nodes as a sequence of (index, node).
@frozen
public struct NodeList: Sequence, IteratorProtocol {
    @usableFromInline let tree: SyntaxTree
    @usableFromInline var nextIndex: NodeIndex

    @inlinable
    init(tree: SyntaxTree, first: NodeIndex) {
        self.tree = tree
        nextIndex = first
    }

    @inlinable
    public mutating func next() -> (index: NodeIndex, node: Node)? {
        guard nextIndex != 0 else { return nil }
        let index = nextIndex
        let node = tree[index]
        nextIndex = node.next
        return (index, node)
    }
}
