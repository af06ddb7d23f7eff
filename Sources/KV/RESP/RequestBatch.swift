#if canImport(Glibc)
    import Glibc
#endif

/// Up to 32 parsed requests and their arguments, in memory that is used again for the next batch.
///
///     requests   [ first, count, end ] [ … ]
///     arguments  [ ptr,len ][ ptr,len ][ ptr,len ] …     slices of the receive buffer
///
/// Thirty-two is enough to overlap the cache misses of their keys and small enough for the batch to stay in L1.
/// Not here: what the requests mean (`KVEngine`), where they come from (`RequestParser`).
public struct RequestBatch: ~Copyable {
    public static let capacity = 32

    /// One request: `count` arguments from `first` on; `end` is the offset in the input just behind it.
    @frozen
    public struct Request {
        public var first: Int
        public var count: Int
        public var end: Int

        @inlinable
        public init(first: Int, count: Int, end: Int) {
            self.first = first
            self.count = count
            self.end = end
        }
    }

    @usableFromInline let requests: UnsafeMutablePointer<Request>
    @usableFromInline var arguments: UnsafeMutablePointer<ByteSlice>
    @usableFromInline var argumentCapacity: Int
    @usableFromInline var argumentCount = 0
    @usableFromInline var requestCount = 0
    /// Arguments of inline requests whose quotes had to be resolved live here until the next batch.
    private var unquoted: [UnsafeMutablePointer<UInt8>] = []

    public init() {
        requests = .allocate(capacity: Self.capacity)
        argumentCapacity = 256
        arguments = .allocate(capacity: argumentCapacity)
    }

    deinit {
        for pointer in unquoted { pointer.deallocate() }
        requests.deallocate()
        arguments.deallocate()
    }

    /// The number of requests in the batch.
    @inlinable public var count: Int { requestCount }

    @inlinable
    public subscript(index: Int) -> Request {
        assert(index < requestCount)
        return requests[index]
    }

    /// The arguments of a request, command name first; valid until the batch is filled again.
    @inlinable
    public func arguments(of request: Request) -> UnsafePointer<ByteSlice> {
        UnsafePointer(arguments + request.first)
    }

    mutating func removeAll() {
        requestCount = 0
        argumentCount = 0
        if !unquoted.isEmpty {
            for pointer in unquoted { pointer.deallocate() }
            unquoted.removeAll()
        }
        // One request with a million arguments must not keep its table for ever.
        if argumentCapacity > 1 << 16 {
            arguments.deallocate()
            argumentCapacity = 256
            arguments = .allocate(capacity: argumentCapacity)
        }
    }

    @inline(__always)
    mutating func append(_ argument: ByteSlice) {
        if argumentCount == argumentCapacity { growArguments() }
        arguments[argumentCount] = argument
        argumentCount &+= 1
    }

    @inline(never)
    private mutating func growArguments() {
        let larger = UnsafeMutablePointer<ByteSlice>.allocate(capacity: argumentCapacity * 2)
        larger.update(from: arguments, count: argumentCount)
        arguments.deallocate()
        arguments = larger
        argumentCapacity *= 2
    }

    /// Closes a request over all arguments appended since `first`.
    @inline(__always)
    mutating func appendRequest(first: Int, end: Int) {
        assert(requestCount < Self.capacity)
        requests[requestCount] = Request(first: first, count: argumentCount &- first, end: end)
        requestCount &+= 1
    }

    /// Takes back the arguments of a request that turned out to be incomplete.
    @inline(__always)
    mutating func truncateArguments(to count: Int) {
        argumentCount = count
    }

    /// Appends an argument that is not in the input as it stands.
    mutating func append(copying bytes: [UInt8]) {
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        for index in bytes.indices { copy[index] = bytes[index] }
        unquoted.append(copy)
        append(ByteSlice(start: copy, count: bytes.count))
    }
}
