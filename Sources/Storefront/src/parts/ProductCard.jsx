// One product on a shelf: picture, name, rating, price, and the button to take it.

import { cents, format } from "../money.js";
import { Link } from "../router.jsx";
import { AddToCart } from "./AddToCart.jsx";
import { Picture } from "./Picture.jsx";
import { Rating } from "./Rating.jsx";

export function ProductCard({ product, eager }) {
  return (
    <li className="card" data-product={product.id}>
      <Link to={`/products/${product.id}`} className="card-picture" tabIndex={-1} aria-hidden="true">
        <Picture product={product} eager={eager} />
      </Link>
      <div className="card-text">
        <h2>
          <Link to={`/products/${product.id}`}>{product.name}</Link>
        </h2>
        <Rating product={product} />
        <p className="card-description">{product.description}</p>
        <div className="card-foot">
          <strong className="price">{format(cents(product.price))}</strong>
          <AddToCart product={product} />
        </div>
      </div>
    </li>
  );
}
