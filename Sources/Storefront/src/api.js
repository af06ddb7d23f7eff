// The shop's HTTP calls, as functions. Everything the page knows about the wire is in this file.
//
//   page ──▶ api.search("tea") ──▶ POST /api/v1/product/search ──▶ web-gateway ──▶ services
//
// The session travels in an HttpOnly cookie that the browser adds and the page never sees. A call either gives the
// answer's data or throws APIError; it never gives half an answer. Calls that only read are tried a second time when
// the network or a gateway failed; calls that change something are not (checkout has its own idempotency key).

const DEADLINE = 15_000; // milliseconds until a call without an answer is given up

/** A call that brought no usable answer. `status` is 0 when there was no answer at all. */
export class APIError extends Error {
  constructor(message, status = 0, reason = null) {
    super(message);
    this.name = "APIError";
    this.status = status;
    this.reason = reason;
  }

  /** Whether asking again may help: no answer, or a gateway that says so. */
  get isPassing() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The calls, over `fetch` (another one in tests). Every call takes an AbortSignal as the last argument. */
export function makeAPI(fetch = globalThis.fetch.bind(globalThis), pause = sleep) {
  async function once(method, path, body, { signal, keepalive = false } = {}) {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), DEADLINE);
    const giveUp = () => deadline.abort();
    if (signal?.aborted) deadline.abort();
    signal?.addEventListener("abort", giveUp);
    try {
      const response = await fetch(`/api/v1/${path}`, {
        method,
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
        keepalive,
        signal: deadline.signal,
      });
      const text = await response.text();
      const data = parse(text);
      if (!response.ok) {
        const reason = data?.reason ?? data?.detail ?? data?.title ?? null;
        throw new APIError(`The shop answered ${response.status}.`, response.status, reason);
      }
      if (data === undefined) throw new APIError("The shop's answer could not be read.", response.status);
      return data;
    } catch (error) {
      if (signal?.aborted || error instanceof APIError) throw error;
      throw new APIError(
        deadline.signal.aborted ? "The shop takes too long to answer." : "The shop cannot be reached."
      );
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async function read(path, body, signal) {
    try {
      return await once("POST", path, body, { signal });
    } catch (error) {
      if (!(error instanceof APIError) || !error.isPassing) throw error;
      await pause(300);
      return once("POST", path, body, { signal });
    }
  }

  // What the buyer changed is sent even if the page is left at that moment.
  const change = (method, path) => once(method, path, {}, { keepalive: true });

  return {
    /** Products whose name or description holds `query`; best rating first. An empty query gives all. */
    async search(query, signal) {
      return productList(await read("product/search", { query, page: { size: "all" } }, signal));
    },

    /** A few products to offer while somebody is still typing. */
    async suggestions(query, signal) {
      return productList(await read("product/suggestions", { query, page: { size: 5 } }, signal));
    },

    /** The products with these ids; unknown ids are left out. */
    async documents(ids, signal) {
      // The service answers an empty list of ids with all products, which is never what a page means.
      if (ids.length === 0) return [];
      const data = await read("product/documents", ids, signal);
      if (!Array.isArray(data)) throw new APIError("The shop's answer could not be read.", 200);
      return data;
    },

    /** The cart as a Map from product id to quantity. */
    async cart(signal) {
      const data = (await read("cart", {}, signal)).data;
      if (data === null || typeof data !== "object") throw new APIError("The shop's answer could not be read.", 200);
      const lines = Object.entries(data).map(([id, quantity]) => [id, Number(quantity)]);
      return new Map(lines.filter(([, quantity]) => Number.isInteger(quantity) && quantity > 0));
    },

    /** Sets the quantity of a product; it does not add to it. */
    setQuantity: (id, quantity) => change("PUT", `cart/${encodeURIComponent(id)}/${quantity}`),

    /** Takes a product out of the cart. */
    remove: (id) => change("DELETE", `cart/${encodeURIComponent(id)}`),

    /** Pays for the cart and empties it. The same key twice charges once, so a failed call may be repeated. */
    checkout: (order, idempotencyKey) =>
      once("POST", "checkout/process", { ...order, idempotency_key: idempotencyKey }, { keepalive: true }),

    /** Where a product's picture is. */
    picture: (filename) => `/api/v1/content/${encodeURIComponent(filename)}`,
  };
}

function productList(data) {
  if (!Array.isArray(data.results)) throw new APIError("The shop's answer could not be read.", 200);
  return data.results;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Told apart from null, which is JSON. The caller turns it into an error.
  }
}

function sleep(milliseconds) {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}
