import Commerce

/// One product as the catalog knows it; nil where it does not know.
struct CatalogItem: Sendable, Equatable {
    var id: String
    var name: String?
    var category: String?
    var price: Double?
    var rating: Double?
    var reviews: Int?
    var filename: String?
    var description: String?
    var alcoholic: String?
    var temperature: String?
    var type: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("name", name)
            json.member("category", category)
            json.member("price", price)
            json.member("rating", rating)
            json.member("reviews", reviews)
            json.member("filename", filename)
            json.member("description", description)
            json.member("alcoholic", alcoholic)
            json.member("temperature", temperature)
            json.member("type", type)
        }
    }

    /// Best rating first, unrated last; ties by name, then by id, so that pages never overlap.
    static func precedes(_ left: CatalogItem, _ right: CatalogItem) -> Bool {
        if left.rating != right.rating { return (left.rating ?? -.infinity) > (right.rating ?? -.infinity) }
        if left.name != right.name {
            // As `NULLS LAST` does.
            guard let leftName = left.name else { return false }
            guard let rightName = right.name else { return true }
            return leftName < rightName
        }
        return left.id < right.id
    }
}

/// Which part of the matches is asked for: `{"size": 6, "from": 12}`; a size of "all" (or none) means all of them.
struct Page: Sendable, Equatable {
    /// Nil for all.
    var size: Int?
    var from = 0

    /// More products than any page shows: what "all" is cut at, so that one call cannot fill the memory.
    static let maximumSize = 10_000

    var limit: Int { size ?? Self.maximumSize }
}

/// A search as a client wrote it.
struct CatalogQuery: Sendable, Equatable {
    /// Matches names and descriptions that contain it; empty matches everything.
    var text = ""
    var page = Page()

    /// Reads `{"query":text,"page":{"size":n or "all","from":n}}`, everything optional.
    init(json: JSONValue?) throws(InvalidQuery) {
        guard let json, !json.isNull else { return }
        guard json.isObject else { throw InvalidQuery("the body must be an object") }
        if let query = json["query"], !query.isNull {
            guard let text = query.string else { throw InvalidQuery("query must be a string") }
            guard text.utf8.count <= 1000, !text.utf8.contains(0) else { throw InvalidQuery("query is too long") }
            self.text = text
        }
        guard let page = json["page"], !page.isNull else { return }
        guard page.isObject else { throw InvalidQuery("page must be an object") }
        if let size = page["size"], !size.isNull, size != .string("all") {
            guard let count = size.int, 0...Page.maximumSize ~= count else {
                throw InvalidQuery("page.size must be \"all\" or a whole number from 0 to \(Page.maximumSize)")
            }
            self.page.size = count
        }
        if let from = page["from"], !from.isNull {
            guard let offset = from.int, 0...1_000_000_000 ~= offset else {
                throw InvalidQuery("page.from must be a whole number that is not negative")
            }
            self.page.from = offset
        }
    }

    init(text: String = "", page: Page = Page()) {
        self.text = text
        self.page = page
    }
}

/// Why a body is no search.
struct InvalidQuery: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
