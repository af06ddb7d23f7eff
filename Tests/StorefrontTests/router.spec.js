// Which page an address names.

import assert from "node:assert/strict";
import test from "node:test";
import { match } from "../../Sources/Storefront/src/router.jsx";

test("addresses and their pages", () => {
  const expected = [
    ["/", "home", {}],
    ["/cart", "cart", {}],
    ["/cart/", "cart", {}],
    ["/checkout", "checkout", {}],
    ["/confirmation", "confirmation", {}],
    ["/products/f95e2475", "product", { id: "f95e2475" }],
    ["/products/a%20b", "product", { id: "a b" }],
    ["/products", "notFound", {}],
    ["/products/", "notFound", {}],
    ["/products/%", "notFound", {}],
    ["/cart/more", "notFound", {}],
    ["/CART", "notFound", {}],
  ];
  for (const [path, name, parameters] of expected) {
    assert.deepEqual(match(path), { name, parameters }, path);
  }
});
