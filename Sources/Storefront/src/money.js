// Money on the page: cents inside, so sums are exact; dollars and cents only in what is shown or sent.

const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** A price as the shop sends it (4.5), in cents. An unknown price is 0. */
export function cents(price) {
  return Math.round((price ?? 0) * 100);
}

/** 450 → "$4.50" */
export function format(amount) {
  return dollars.format(amount / 100);
}

/** The sum of a cart in cents; `lines` are { product, quantity }. */
export function total(lines) {
  return lines.reduce((sum, { product, quantity }) => sum + cents(product.price) * quantity, 0);
}
