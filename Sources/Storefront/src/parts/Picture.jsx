// A product's picture. The size is set in advance, so the page does not jump when it arrives; when it does not arrive,
// a plain cup stands in its place.

import { useState } from "react";
import { useShop } from "../shop.js";

export function Picture({ product, eager = false }) {
  const { api } = useShop();
  const [isMissing, setMissing] = useState(!product.filename);
  if (isMissing) {
    return (
      <div className="picture missing" role="img" aria-label={`${product.name} (no picture)`}>
        <svg viewBox="0 0 24 24" width="48" height="48" fill="none" stroke="currentColor" aria-hidden="true">
          <path d="M4 8h12v7a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4zM16 10h2a2.5 2.5 0 0 1 0 5h-2" />
        </svg>
      </div>
    );
  }
  return (
    <img
      className="picture"
      src={api.picture(product.filename)}
      alt={product.name}
      width="800"
      height="600"
      loading={eager ? "eager" : "lazy"}
      decoding="async"
      onError={() => setMissing(true)}
    />
  );
}
