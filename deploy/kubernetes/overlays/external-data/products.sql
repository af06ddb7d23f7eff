-- Seeds a real PostgreSQL as our own product-data seeds itself; run by its image when the volume is new.
CREATE TABLE IF NOT EXISTS products (
    id CHAR(8) UNIQUE,
    name VARCHAR(255),
    category VARCHAR(255),
    price FLOAT,
    rating FLOAT,
    reviews INTEGER,
    filename VARCHAR(255),
    description TEXT,
    alcoholic VARCHAR(255),
    temperature VARCHAR(255),
    type VARCHAR(255)
);

COPY products (id, name, category, price, rating, reviews, filename, description, alcoholic, temperature, type)
FROM '/catalog/products.csv' WITH (FORMAT csv, HEADER);
