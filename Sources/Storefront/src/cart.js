// The cart as the page sees it: a Map from product id to quantity, kept in step with the cart service.
//
//   click ──▶ set() ──▶ lines change at once ──▶ subscribers draw
//                 └──▶ queue ──▶ PUT / DELETE, one at a time, in the order of the clicks
//
// Invariants: calls leave in the order of the changes, so the service ends where the page is. After a failed call the
// service is asked for its truth and the failure is shown; the page never keeps a change that was not stored.
// Not here: products and prices (pages look them up).

export const LARGEST_QUANTITY = 999;

export class CartStore {
  #api;
  #listeners = new Set();
  #queue = Promise.resolve();
  #waiting = 0;
  #state = { status: "unknown", lines: new Map(), error: null, isSaving: false };

  constructor(api) {
    this.#api = api;
  }

  // For React's useSyncExternalStore: both are bound, and a snapshot is a new object only after a change.
  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  snapshot = () => this.#state;

  /** How many things are in the cart, all lines together. */
  get count() {
    let sum = 0;
    for (const quantity of this.#state.lines.values()) sum += quantity;
    return sum;
  }

  /** Asks the service for the cart. Changes that wait in the queue are sent first. */
  load() {
    return this.#enqueue(async () => {
      const lines = await this.#api.cart();
      // Changes made while the answer was on its way are newer than it, and still in the queue.
      if (this.#waiting === 1) this.#change({ status: "ready", lines, error: null });
    });
  }

  /** Sets a line's quantity; 0 removes it, more than the limit becomes the limit. */
  set(id, wanted) {
    const quantity = Math.max(0, Math.min(LARGEST_QUANTITY, Math.trunc(wanted) || 0));
    const lines = new Map(this.#state.lines);
    if (quantity === 0) lines.delete(id);
    else lines.set(id, quantity);
    this.#change({ lines, error: null });
    return this.#enqueue(() => (quantity === 0 ? this.#api.remove(id) : this.#api.setQuantity(id, quantity)));
  }

  /** One more of a product. Only a cart that is known can be added to: the call sets, and could lower. */
  async add(id) {
    if (this.#state.status !== "ready" && !(await this.load())) return false;
    return this.set(id, (this.#state.lines.get(id) ?? 0) + 1);
  }

  /** Runs a call after all changes before it are stored. Gives whether it went well; the failure is in the state. */
  #enqueue(call) {
    this.#waiting += 1;
    this.#change({ isSaving: true });
    const result = this.#queue.then(async () => {
      try {
        await call();
        return true;
      } catch (error) {
        await this.#recover(error);
        return false;
      } finally {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#change({ isSaving: false });
      }
    });
    this.#queue = result;
    return result;
  }

  async #recover(error) {
    try {
      this.#change({ status: "ready", lines: await this.#api.cart(), error });
    } catch {
      // The first failure says what the buyer wanted to do; a second one adds nothing to it.
      this.#change({ status: "failed", error });
    }
  }

  #change(part) {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }
}
