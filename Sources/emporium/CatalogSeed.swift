/// The SQL that fills the shop's catalog at start, from the CSV that is shipped with it.
enum CatalogSeed {
    static let database = "products"

    static func statements(csv: String) -> [String] {
        let path = csv.replacing("'", with: "''")
        return [
            """
            CREATE TABLE IF NOT EXISTS products (
                id CHAR(8) UNIQUE, name VARCHAR(255), category VARCHAR(255), price FLOAT, rating FLOAT, reviews INTEGER,
                filename VARCHAR(255), description TEXT, alcoholic VARCHAR(255), temperature VARCHAR(255),
                type VARCHAR(255)
            )
            """,
            """
            COPY products (id, name, category, price, rating, reviews, filename, description, alcoholic, temperature, type)
            FROM '\(path)' WITH (FORMAT csv, HEADER)
            """,
        ]
    }
}
