// The cart: change quantities, take things out, see the sum, go to checkout.

import { useState } from "react";
import { LARGEST_QUANTITY } from "../cart.js";
import { Picture } from "../parts/Picture.jsx";
import { Failure, Loading } from "../parts/Status.jsx";
import { useCartProducts } from "../parts/useCartProducts.js";
import { cents, format, total } from "../money.js";
import { Link } from "../router.jsx";
import { useShop } from "../shop.js";

export function CartPage() {
  const { cart } = useShop();
  const { status, lines, unknown, error, retry } = useCartProducts();

  if (status === "failed") {
    return (
      <>
        <h1 tabIndex={-1}>Your cart</h1>
        <Failure error={error} retry={retry} />
      </>
    );
  }
  const isEmpty = status === "ready" && lines.length === 0 && unknown.length === 0;
  return (
    <>
      <h1 tabIndex={-1}>Your cart</h1>
      {status === "loading" && lines.length === 0 && <Loading what="your cart" />}
      {isEmpty && (
        <p className="empty">
          Your cart is empty. <Link to="/">Have a look at the shelves.</Link>
        </p>
      )}
      {lines.length > 0 && (
        <div className="split">
          <ul className="lines">
            {lines.map((line) => (
              <CartLine key={line.product.id} {...line} onChange={(quantity) => cart.set(line.product.id, quantity)} />
            ))}
          </ul>
          <aside className="summary" aria-label="Summary">
            <p className="summary-total">
              <span>Total</span>
              <strong data-testid="total">{format(total(lines))}</strong>
            </p>
            <Link to="/checkout" className="button wide">
              Go to checkout
            </Link>
            <Link to="/">Continue shopping</Link>
          </aside>
        </div>
      )}
      {unknown.map((id) => (
        <p key={id} className="failure">
          A product in your cart is no longer sold.{" "}
          <button type="button" className="button quiet" onClick={() => cart.set(id, 0)}>
            Take it out
          </button>
        </p>
      ))}
    </>
  );
}

function CartLine({ product, quantity, onChange }) {
  // While a number is being typed it may be empty or half; it counts when it is one.
  const [draft, setDraft] = useState(null);
  const commit = () => {
    if (draft !== null && /^\d+$/.test(draft.trim()) && Number(draft) !== quantity) onChange(Number(draft));
    setDraft(null);
  };
  return (
    <li className="line" data-product={product.id}>
      <Link to={`/products/${product.id}`} className="line-picture" tabIndex={-1} aria-hidden="true">
        <Picture product={product} eager />
      </Link>
      <div className="line-text">
        <h2>
          <Link to={`/products/${product.id}`}>{product.name}</Link>
        </h2>
        <p>{format(cents(product.price))} each</p>
      </div>
      <div className="quantity" role="group" aria-label={`Quantity of ${product.name}`}>
        <button type="button" onClick={() => onChange(quantity - 1)} aria-label={`One ${product.name} less`}>
          −
        </button>
        <input
          inputMode="numeric"
          aria-label={`Quantity of ${product.name}`}
          value={draft ?? String(quantity)}
          maxLength={3}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => event.key === "Enter" && commit()}
        />
        <button
          type="button"
          onClick={() => onChange(quantity + 1)}
          disabled={quantity >= LARGEST_QUANTITY}
          aria-label={`One ${product.name} more`}
        >
          +
        </button>
      </div>
      <strong className="line-price">{format(cents(product.price) * quantity)}</strong>
      <button type="button" className="remove" onClick={() => onChange(0)} aria-label={`Remove ${product.name}`}>
        Remove
      </button>
    </li>
  );
}
