// The pages as a buyer meets them: drawn by React into jsdom, used through clicks and keys.

import { complaints, MemoryShop } from "./dom.js";
import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { createRoot } from "react-dom/client";
import { act, Simulate } from "react-dom/test-utils";
import { App } from "../../Sources/Storefront/src/App.jsx";
import { APIError } from "../../Sources/Storefront/src/api.js";
import { CartStore } from "../../Sources/Storefront/src/cart.js";

let root = null;

async function open(path, shop = new MemoryShop()) {
  window.history.replaceState(null, "", path);
  root = createRoot(document.getElementById("root"));
  await act(async () => root.render(<App api={shop} cart={new CartStore(shop)} />));
  return shop;
}

afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
  assert.deepEqual(complaints.splice(0), [], "React complained");
});

const one = (selector) => {
  const found = document.querySelector(selector);
  assert.ok(found, `${selector} is not on the page: ${document.body.textContent}`);
  return found;
};
const named = (text) => {
  const found = [...document.querySelectorAll("a, button")].find(
    (element) => (element.getAttribute("aria-label") ?? element.textContent) === text
  );
  assert.ok(found, `no link or button “${text}”`);
  return found;
};
const click = (element) =>
  act(async () => void element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, button: 0 })));
const type = (element, value) => act(async () => Simulate.change(element, { target: { value } }));
const text = () => document.getElementById("root").textContent;

test("home shows the products with pictures, prices and ratings in words", async () => {
  await open("/");
  assert.equal(document.querySelectorAll(".card").length, 3);
  assert.equal(one("[data-product=f95e2475] img").getAttribute("src"), "/api/v1/content/sweet-tea.jpeg");
  assert.equal(one("[data-product=f95e2475] img").getAttribute("alt"), "Sweet Tea");
  assert.match(one("[data-product=f95e2475]").textContent, /5 of 5 stars, 2 reviews.*\$3\.50/);
  assert.match(one("[data-product='9a7d729b']").textContent, /Not rated yet/);
  assert.match(document.title, /Emporium/);
});

test("a search narrows the shelf and is in the address", async () => {
  await open("/");
  await type(one("#search-field"), "coffee");
  await act(async () => Simulate.submit(one("form.search")));
  assert.equal(window.location.search, "?q=coffee");
  assert.match(text(), /1 product for “coffee”/);
  await act(async () => {
    window.history.replaceState(null, "", "/?q=nothing");
    window.dispatchEvent(new window.PopStateEvent("popstate"));
  });
  assert.match(text(), /0 products for “nothing”/);
});

test("suggestions are a combobox for the keyboard", async () => {
  await open("/");
  const field = one("#search-field");
  await type(field, "tea");
  await act(() => new Promise((wake) => setTimeout(wake, 250)));
  assert.equal(field.getAttribute("aria-expanded"), "true");
  assert.equal(document.querySelectorAll("[role=option]").length, 2);
  await act(async () => Simulate.keyDown(field, { key: "ArrowUp" }));
  const active = document.getElementById(field.getAttribute("aria-activedescendant"));
  assert.match(active.textContent, /English Breakfast Tea/);
  await act(async () => Simulate.submit(one("form.search")));
  assert.equal(window.location.pathname, "/products/9a7d729b");
  assert.equal(one("h1").textContent, "English Breakfast Tea");
});

test("a purchase: add, change, pay; the cart is empty afterwards", async () => {
  const shop = await open("/");
  await click(named("Add Sweet Tea to the cart"));
  await click(named("Add Sweet Tea to the cart"));
  await click(named("Add Ethiopian Coffee to the cart"));
  await click(named("Cart, 3 items"));
  assert.equal(one("[data-testid=total]").textContent, "$11.00");
  assert.equal(document.activeElement, one("h1"));
  await click(named("One Sweet Tea less"));
  await click(named("Remove Ethiopian Coffee"));
  assert.equal(one("[data-testid=total]").textContent, "$3.50");
  await click(named("Go to checkout"));

  await act(async () => Simulate.submit(one("form.split")));
  assert.equal(document.querySelectorAll(".problem").length, 10);
  assert.equal(document.activeElement, one("#name"));
  assert.equal(one("#name").getAttribute("aria-describedby"), "name-problem");

  const values = {
    name: "Ada Byron",
    email: "ada@example.org",
    street: "1 Analytical Way",
    city: "London",
    postalCode: "W1 2AB",
    country: "UK",
    cardName: "A Byron",
    cardNumber: "4111111111111111",
    cardExpiry: "12/99",
    cardCode: "123",
  };
  for (const [name, value] of Object.entries(values)) await type(one(`#${name}`), value);
  assert.equal(document.querySelectorAll(".problem").length, 0);

  shop.fails = (call) => (call === "checkout" ? new APIError("down", 503) : null);
  await act(async () => Simulate.submit(one("form.split")));
  assert.match(one("[role=alert]").textContent, /down/);
  shop.fails = () => null;
  await act(async () => Simulate.submit(one("form.split")));

  assert.equal(window.location.pathname, "/confirmation");
  assert.match(text(), /Thank you!.*1 × Sweet Tea.*\$3\.50/);
  named("Cart, 0 items");
  const attempts = shop.calls.filter((call) => typeof call === "object");
  assert.equal(attempts.length, 2);
  assert.equal(attempts[0].key, attempts[1].key, "a repeated purchase must keep its key");
  assert.equal(attempts[1].order.amount, 3.5);
  assert.equal(attempts[1].order.billing.card.number, "4111111111111111");
});

test("a refused card keeps the cart and says what to do", async () => {
  const shop = new MemoryShop();
  shop.stored.set("f95e2475", 1);
  await open("/checkout", shop);
  shop.fails = (call) => (call === "checkout" ? new APIError("The shop answered 400.", 400) : null);
  const values = ["Ada", "a@b.cd", "Street 1", "London", "12345", "UK", "Ada", "4111111111111111", "12/99", "123"];
  const fields = [...document.querySelectorAll("form.split input")];
  for (const [index, value] of values.entries()) await type(fields[index], value);
  await act(async () => Simulate.submit(one("form.split")));
  assert.match(one("[role=alert]").textContent, /refused/);
  named("Cart, 1 item");
  assert.equal(window.location.pathname, "/checkout");
});

test("typing a quantity: only a whole number counts", async () => {
  const shop = new MemoryShop();
  shop.stored.set("f95e2475", 2);
  await open("/cart", shop);
  const field = () => one(".quantity input");
  await type(field(), "x7");
  await act(async () => Simulate.blur(field()));
  assert.equal(field().value, "2");
  await type(field(), "12");
  await act(async () => Simulate.keyDown(field(), { key: "Enter" }));
  assert.equal(one("[data-testid=total]").textContent, "$42.00");
  assert.deepEqual(shop.calls, ["set f95e2475 12"]);
});

test("a product that is no longer sold can be taken out", async () => {
  const shop = new MemoryShop();
  shop.stored.set("00000000", 1);
  await open("/cart", shop);
  assert.match(text(), /no longer sold/);
  await click(named("Take it out"));
  assert.match(text(), /Your cart is empty/);
});

test("when the shop is down, the page says so and can try again", async () => {
  const shop = new MemoryShop();
  shop.fails = (call) => (call === "search" ? new APIError("The shop cannot be reached.") : null);
  await open("/", shop);
  assert.match(one("[role=alert]").textContent, /cannot be reached/);
  shop.fails = null;
  await click(named("Try again"));
  assert.equal(document.querySelectorAll(".card").length, 3);
});

test("a change that was not stored is taken back and said on the page where it was made", async () => {
  const shop = await open("/");
  shop.fails = (call) => (call === "setQuantity" ? new APIError("The shop answered 503.", 503) : null);
  await click(named("Add Sweet Tea to the cart"));
  assert.match(one("[role=alert]").textContent, /Your cart was not changed.*503/);
  named("Cart, 0 items");
  shop.fails = null;
  await click(named("Add Sweet Tea to the cart"));
  named("Cart, 1 item");
  assert.equal(document.querySelector("[role=alert]"), null);
});

test("adding to a cart that could not be read reads it first", async () => {
  const shop = new MemoryShop();
  shop.stored.set("f95e2475", 5);
  shop.fails = (call) => (call === "cart" ? new APIError("down") : null);
  await open("/", shop);
  shop.fails = null;
  await click(named("Add Sweet Tea to the cart"));
  assert.deepEqual(shop.calls, ["set f95e2475 6"]);
});

test("unknown pages and products", async () => {
  await open("/nowhere");
  assert.equal(one("h1").textContent, "Nothing stands here");
  await act(async () => root.unmount());
  await open("/products/00000000");
  assert.equal(one("h1").textContent, "Nothing stands here");
});

test("a picture that does not come leaves a cup with the product's name", async () => {
  await open("/");
  await act(async () => Simulate.error(one("[data-product=f95e2475] img")));
  assert.match(one("[data-product=f95e2475] .picture.missing").getAttribute("aria-label"), /Sweet Tea/);
});
