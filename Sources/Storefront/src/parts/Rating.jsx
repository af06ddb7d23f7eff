// Stars and the number of reviews; in words for those who do not see the stars.

export function Rating({ product }) {
  if (!product.reviews) return <p className="rating">Not rated yet</p>;
  const share = `${Math.max(0, Math.min(100, ((product.rating ?? 0) / 5) * 100))}%`;
  return (
    <p className="rating">
      <span className="stars" aria-hidden="true">
        ★★★★★
        <span className="stars-lit" style={{ width: share }}>
          ★★★★★
        </span>
      </span>
      <span className="visually-hidden">{product.rating} of 5 stars, </span>
      <span>
        {product.reviews} <span className="rating-word">{product.reviews === 1 ? "review" : "reviews"}</span>
      </span>
    </p>
  );
}
