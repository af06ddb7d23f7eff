// The cart's lines joined with their products, for the pages that show sums.
//
// Products are asked for again only when the set of ids changes, not with every change of a quantity. A line whose
// product the shop no longer knows is reported in `unknown`, so that it can be taken out; it has no price.

import { useCallback } from "react";
import { useCart, useShop } from "../shop.js";
import { useLoad } from "../useLoad.js";

/** { status, lines: [{ product, quantity }], unknown: [id], error, retry } */
export function useCartProducts() {
  const { api, cart } = useShop();
  const state = useCart();
  const ids = [...state.lines.keys()].sort().join(",");
  const load = useCallback(
    async (signal) => ({ ids, products: await api.documents(ids === "" ? [] : ids.split(","), signal) }),
    [api, ids]
  );
  const found = useLoad(load);

  const nothing = { lines: [], unknown: [], error: null, retry: null };
  if (state.status === "unknown") return { ...nothing, status: "loading" };
  if (state.status === "failed") return { ...nothing, status: "failed", error: state.error, retry: () => cart.load() };
  if (found.status === "failed") return { ...nothing, status: "failed", error: found.error, retry: found.retry };
  if (found.value === undefined) return { ...nothing, status: "loading" };

  const known = new Map(found.value.products.map((product) => [product.id, product]));
  const lines = [];
  const unknown = [];
  for (const [id, quantity] of state.lines) {
    if (known.has(id)) lines.push({ product: known.get(id), quantity });
    else if (found.value.ids === ids) unknown.push(id);
  }
  // A new line whose product is still on its way: the sum is not to be trusted yet.
  const isComplete = lines.length + unknown.length === state.lines.size;
  return { ...nothing, status: isComplete ? "ready" : "loading", lines, unknown };
}
