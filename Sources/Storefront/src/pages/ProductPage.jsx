// One product with all that is known about it.

import { useCallback, useEffect } from "react";
import { AddToCart } from "../parts/AddToCart.jsx";
import { Picture } from "../parts/Picture.jsx";
import { Rating } from "../parts/Rating.jsx";
import { Failure, Loading } from "../parts/Status.jsx";
import { cents, format } from "../money.js";
import { Link, useRouter } from "../router.jsx";
import { useShop } from "../shop.js";
import { useLoad } from "../useLoad.js";
import { NotFoundPage } from "./NotFoundPage.jsx";

export function ProductPage() {
  const { api } = useShop();
  const { id } = useRouter().route.parameters;
  const load = useCallback(async (signal) => (await api.documents([id], signal))[0] ?? null, [api, id]);
  const { status, value: product, error, retry } = useLoad(load);

  useEffect(() => {
    if (product) document.title = `${product.name} · Emporium`;
  }, [product]);

  if (status === "failed") return <Failure error={error} retry={retry} />;
  if (product === undefined) return <Loading what="the product" />;
  if (product === null) return <NotFoundPage />;

  const facts = [
    ["Kind", product.type],
    ["Served", product.temperature],
    ["Alcohol", product.alcoholic],
    ["Shelf", product.category],
  ].filter(([, value]) => value);
  return (
    <article className="product">
      <Picture product={product} eager />
      <div>
        <h1 tabIndex={-1}>{product.name}</h1>
        <Rating product={product} />
        <p className="product-description">{product.description}</p>
        <dl className="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <div className="product-buy">
          <strong className="price">{format(cents(product.price))}</strong>
          <AddToCart product={product} />
        </div>
        <p>
          <Link to="/">Back to the shelves</Link>
        </p>
      </div>
    </article>
  );
}
