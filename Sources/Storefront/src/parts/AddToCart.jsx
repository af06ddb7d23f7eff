// The button that puts one more of a product into the cart, and says how many are in it.

import { LARGEST_QUANTITY } from "../cart.js";
import { useCart, useShop } from "../shop.js";

export function AddToCart({ product }) {
  const { cart } = useShop();
  const { lines, status } = useCart();
  const quantity = lines.get(product.id) ?? 0;
  return (
    <div className="add">
      <button
        type="button"
        className="button"
        // Before the first answer the page does not know how many are in the cart, and setting 1 could lower it.
        disabled={status === "unknown" || quantity >= LARGEST_QUANTITY}
        onClick={() => cart.add(product.id)}
        aria-label={`Add ${product.name} to the cart`}
      >
        Add to cart
      </button>
      <span className="in-cart" role="status">
        {quantity > 0 && `${quantity} in cart`}
      </span>
    </div>
  );
}
