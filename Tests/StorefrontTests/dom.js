// A browser's document for a test: jsdom, React's act, and a shop that answers from memory.
//
// Import it before anything that imports React DOM: React looks for `window` when it is loaded.

import { webcrypto } from "node:crypto";
import { after } from "node:test";
import { JSDOM } from "jsdom";

const page = new JSDOM("<!doctype html><div id='root'></div>", { url: "http://shop.test/" });
globalThis.window = page.window;
globalThis.document = page.window.document;
for (const name of ["HTMLElement", "Element", "Node", "Event", "MouseEvent", "KeyboardEvent"]) {
  globalThis[name] = page.window[name];
}
Object.defineProperty(globalThis, "navigator", { value: page.window.navigator, configurable: true });
globalThis.crypto ??= webcrypto; // Node 18 has it, but not as a global.
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
page.window.scrollTo = () => {};
after(() => page.window.close()); // Its timers would keep the process alive.

// React tells of misuse (missing keys, state changes outside act, unknown attributes) with console.error only.
export const complaints = [];
console.error = (...words) => complaints.push(words.map(String).join(" "));

export const PRODUCTS = [
  product("f95e2475", "Sweet Tea", 3.5, { rating: 5, reviews: 2, filename: "sweet-tea.jpeg" }),
  product("d1030594", "Ethiopian Coffee", 4, { rating: 4.9, reviews: 125, filename: "coffee.jpeg" }),
  product("9a7d729b", "English Breakfast Tea", 3, { rating: 0, reviews: 0, filename: null }),
];

function product(id, name, price, more) {
  const unknown = { category: null, description: `About ${name}.`, alcoholic: null, temperature: null, type: null };
  return { id, name, price, ...unknown, ...more };
}

/** A shop in memory with the interface of makeAPI(). `calls` records changes; set `fails` to make calls fail. */
export class MemoryShop {
  stored = new Map();
  calls = [];
  fails = null;

  #may(name) {
    const error = this.fails?.(name);
    if (error) throw error;
  }
  async search(query) {
    this.#may("search");
    return PRODUCTS.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()));
  }
  async suggestions(query) {
    this.#may("suggestions");
    return this.search(query);
  }
  async documents(ids) {
    this.#may("documents");
    return PRODUCTS.filter(({ id }) => ids.includes(id));
  }
  async cart() {
    this.#may("cart");
    return new Map(this.stored);
  }
  async setQuantity(id, quantity) {
    this.calls.push(`set ${id} ${quantity}`);
    this.#may("setQuantity");
    this.stored.set(id, quantity);
  }
  async remove(id) {
    this.calls.push(`remove ${id}`);
    this.#may("remove");
    this.stored.delete(id);
  }
  async checkout(order, key) {
    this.calls.push({ order, key });
    this.#may("checkout");
    this.stored.clear();
  }
  picture = (filename) => `/api/v1/content/${filename}`;
}
