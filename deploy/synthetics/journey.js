// A buyer's whole visit, over and over, for k6: the page, a search, the pictures, a product into the cart, checkout.
//
//   home ─think─▶ add ─think─▶ cart ─think─▶ checkout ─think─▶ pay, and the cart is empty
//
//   k6 run -e SERVICE_PORT_WEB_GATEWAY=8080 -e NUM_VIRTUAL_USERS=10 -e DURATION=60s deploy/synthetics/journey.js
//
// Every response is checked for status, content type and shape; one failed check fails the run. Each iteration is a new
// buyer (k6 empties the cookie jar), and the session is posted in the bodies, as clients without our page do.

import { check, group, sleep } from "k6";
import http from "k6/http";

const HOST = __ENV.SERVICE_HOST_WEB_GATEWAY || "127.0.0.1";
const PORT = __ENV.SERVICE_PORT_WEB_GATEWAY || "8080";
const THINK_MIN = number("THINK_MIN", 1); // seconds
const THINK_MAX = number("THINK_MAX", 3);

const ADDRESS = `http://${HOST}:${PORT}`;
const PRODUCT = "f95e2475";
const PICTURES = ["sweet-tea", "cinnamon-tea", "coffee", "watermelon-juice", "mocha-latte", "hot-chocolate"];
const SIGNED_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.[^.]+/;
const FIELDS = "alcoholic,category,description,filename,id,name,price,rating,reviews,temperature,type";

export const options = {
  vus: number("NUM_VIRTUAL_USERS", 3),
  duration: __ENV.DURATION || "60s",
  thresholds: {
    checks: ["rate==1"],
    http_req_failed: ["rate==0"],
    iterations: ["count>0"], // Nothing checked is nothing proved.
  },
};

export default function () {
  let session = null;

  group("home", () => {
    session = page("/");
    const found = post("product/search", { query: "", page: { size: 6 } });
    checkBody(found, {
      "search: counts all products": (body) => body.meta.page.total_results >= body.results.length,
      "search: six products": (body) => body.results.length === 6,
      "search: each with all fields": (body) => body.results.every(isProduct),
      "search: best rating first": (body) => isDescending(body.results.map((product) => product.rating)),
    });
    cartHolds(session, {});
    http.batch(PICTURES.map((name) => ["GET", picture(name), null, PICTURE])).forEach(isPicture);
  });
  think();

  group("add to cart", () => {
    const url = `${ADDRESS}/api/v1/cart/${PRODUCT}/1`;
    const added = json("put cart", http.put(url, JSON.stringify({ session_id: session }), JSON_BODY));
    checkBody(added, { "put cart: a new line": (body) => body.message === "success" && body.data === 1 });
    cartHolds(session, { [PRODUCT]: "1" });
    knowsProduct();
  });
  think();

  group("cart", () => {
    isSame(session, page("/cart"));
    knowsProduct();
    isPicture(http.get(picture("sweet-tea"), PICTURE));
  });
  think();

  group("checkout", () => {
    isSame(session, page("/checkout"));
    cartHolds(session, { [PRODUCT]: "1" });
    knowsProduct();
  });
  think();

  group("pay", () => {
    const answer = post("checkout/process", {
      session_id: session,
      amount: 3.5,
      shipping: { name: "Ada Byron", address: "1 Analytical Way", city: "London", country: "UK" },
      billing: { card: { name: "Ada Byron", number: visa(), expiration: "12/39", code: "123" } },
    });
    checkBody(answer, { "checkout/process: success": (body) => body.message === "success" });
    cartHolds(session, {});
  });
}

// Steps: each makes a request, checks it, and gives what the next one needs.

const JSON_BODY = { headers: { "Content-Type": "application/json" } };
const PICTURE = { responseType: "binary", tags: { name: "picture" } };

/** Loads a page of the app and gives the session that its cookie carries. */
function page(path) {
  const response = http.get(ADDRESS + path);
  const cookie = (response.cookies.session_id || [])[0];
  check(response, {
    [`page ${path}: 200`]: (r) => r.status === 200,
    [`page ${path}: HTML`]: (r) => /^text\/html; ?charset=utf-8$/i.test(type(r)),
    [`page ${path}: the app`]: (r) => /<!doctype html>[^]*<script/i.test(String(r.body)),
    [`page ${path}: a session for five minutes`]: () =>
      cookie !== undefined && cookie.path === "/" && Math.abs(cookie.expires - Date.now() - 300e3) < 15e3,
    [`page ${path}: a signed UUID`]: () => cookie !== undefined && SIGNED_UUID.test(cookie.value),
  });
  return cookie === undefined ? null : cookie.value;
}

function post(path, body) {
  return json(path, http.post(`${ADDRESS}/api/v1/${path}`, JSON.stringify(body), JSON_BODY));
}

/** The body of a JSON answer; undefined when it is none. */
function json(name, response) {
  let body;
  try {
    body = JSON.parse(response.body);
  } catch (error) {
    // Told by the check below.
  }
  check(response, {
    [`${name}: 200`]: (r) => r.status === 200,
    [`${name}: JSON`]: (r) => /^application\/json/.test(type(r)) && body !== undefined,
    [`${name}: open to other origins`]: (r) => r.headers["Access-Control-Allow-Origin"] !== undefined,
  });
  return body;
}

/** Checks a body's shape. A body of another shape, on which a predicate throws, fails that check; the visit goes on. */
function checkBody(body, predicates) {
  const guarded = {};
  for (const [name, holds] of Object.entries(predicates)) {
    guarded[name] = () => {
      try {
        return holds(body) === true;
      } catch (error) {
        return false;
      }
    };
  }
  check(body, guarded);
}

function cartHolds(session, expected) {
  const answer = post("cart", { session_id: session });
  checkBody(answer, {
    [`cart: holds ${JSON.stringify(expected)}`]: (body) =>
      body.message === "success" && JSON.stringify(body.data) === JSON.stringify(expected),
  });
}

function knowsProduct() {
  const found = post("product/documents", [PRODUCT]);
  checkBody(found, {
    "documents: the product asked for": (body) => body.length === 1 && body[0].id === PRODUCT,
    "documents: with all fields": (body) => body.every(isProduct),
  });
}

function isPicture(response) {
  check(response, {
    "picture: 200": (r) => r.status === 200,
    "picture: JPEG": (r) => type(r) === "image/jpeg",
    "picture: whole": (r) => {
      const bytes = new Uint8Array(r.body || new ArrayBuffer(0));
      const end = bytes.length - 2;
      return end > 1000 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[end] === 0xff && bytes[end + 1] === 0xd9;
    },
    "picture: length as said": (r) => Number(r.headers["Content-Length"]) === (r.body || { byteLength: -1 }).byteLength,
  });
}

function isSame(session, renewed) {
  const sid = (token) => String(token).split(".")[0];
  check(renewed, { "page: the session goes on": (token) => sid(token) === sid(session) });
}

// Facts and numbers.

function isProduct(product) {
  const isNumber = (value) => typeof value === "number";
  return (
    Object.keys(product).sort().join() === FIELDS &&
    /^[0-9a-f]{8}$/.test(product.id) &&
    isNumber(product.price) &&
    isNumber(product.rating) &&
    Number.isInteger(product.reviews)
  );
}

function isDescending(values) {
  return values.every((value, index) => index === 0 || values[index - 1] >= value);
}

function picture(name) {
  return `${ADDRESS}/api/v1/content/${name}.jpeg`;
}

function type(response) {
  return response.headers["Content-Type"] || "";
}

/** A VISA number (4 and 15 more digits) whose last digit satisfies Luhn's check. */
function visa() {
  const digits = [4];
  while (digits.length < 15) digits.push(Math.floor(Math.random() * 10));
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return [...digits, (10 - (sum % 10)) % 10].join("");
}

function think() {
  sleep(THINK_MIN + Math.random() * (THINK_MAX - THINK_MIN));
}

/** An environment variable that is a number not below zero; anything else stops the run before it starts. */
function number(name, otherwise) {
  const text = __ENV[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`${name} must be a number, not “${text}”`);
  return value;
}
