// The shelves: a search field and the products, best rating first. The query lives in the address (/?q=tea), so that
// back, reload and a shared link show the same.

import { useCallback } from "react";
import { Failure, Loading } from "../parts/Status.jsx";
import { ProductCard } from "../parts/ProductCard.jsx";
import { SearchBox } from "../parts/SearchBox.jsx";
import { useRouter } from "../router.jsx";
import { useShop } from "../shop.js";
import { useLoad } from "../useLoad.js";

const ABOVE_THE_FOLD = 4; // pictures that are asked for at once

export function HomePage() {
  const { api } = useShop();
  const { location, navigate } = useRouter();
  const query = new URLSearchParams(location.query).get("q") ?? "";
  // The query travels with its products: while the next ones are loading, the line above them must not lie.
  const load = useCallback(async (signal) => ({ query, products: await api.search(query, signal) }), [api, query]);
  const { status, value: found, error, retry } = useLoad(load);

  return (
    <>
      <section className="hero">
        <h1 tabIndex={-1}>Something good to drink</h1>
        <p>Coffee, tea, juice and a few bottles with a cork. Poured for you, brought to you.</p>
        <SearchBox query={query} onSearch={(text) => navigate(text === "" ? "/" : `/?q=${encodeURIComponent(text)}`)} />
      </section>
      {status === "failed" && <Failure error={error} retry={retry} />}
      {status === "loading" && found === undefined && <Loading what="the shelves" />}
      {found !== undefined && (
        <>
          <p className="results" role="status">
            {found.products.length} {found.products.length === 1 ? "product" : "products"}
            {found.query !== "" && ` for “${found.query}”`}
          </p>
          <ul className="grid" aria-busy={status === "loading"}>
            {found.products.map((product, index) => (
              <ProductCard key={product.id} product={product} eager={index < ABOVE_THE_FOLD} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}
