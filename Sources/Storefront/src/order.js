// An order before it is sent: the fields of the checkout form, what makes each of them valid, and the body of the call.
//
//   form values ──▶ problems() ──none──▶ makeOrder() ──▶ api.checkout
//
// The services judge again; this is for telling the buyer early, beside the field.

/** The form's fields in the order they are asked for. `complete` is the autocomplete token of the HTML standard. */
export const SHIPPING_FIELDS = [
  { name: "name", label: "Full name", complete: "name" },
  { name: "email", label: "E-mail", complete: "email", type: "email" },
  { name: "street", label: "Street and number", complete: "street-address" },
  { name: "city", label: "City", complete: "address-level2" },
  { name: "postalCode", label: "Postal code", complete: "postal-code" },
  { name: "country", label: "Country", complete: "country-name" },
];

export const CARD_FIELDS = [
  { name: "cardName", label: "Name on card", complete: "cc-name" },
  { name: "cardNumber", label: "Card number", complete: "cc-number", mode: "numeric", hint: "4111 1111 1111 1111" },
  { name: "cardExpiry", label: "Valid until (MM/YY)", complete: "cc-exp", mode: "numeric", hint: "MM/YY" },
  { name: "cardCode", label: "Security code", complete: "cc-csc", mode: "numeric", hint: "3 or 4 digits" },
];

const LONGEST = 200;

export function emptyForm() {
  return Object.fromEntries([...SHIPPING_FIELDS, ...CARD_FIELDS].map(({ name }) => [name, ""]));
}

/** What is wrong with the form, as { field name: sentence }; empty when all is well. `now` is a Date. */
export function problems(form, now) {
  const found = {};
  for (const { name, label } of [...SHIPPING_FIELDS, ...CARD_FIELDS]) {
    const value = form[name].trim();
    if (value === "") found[name] = `${label} is missing.`;
    else if (value.length > LONGEST) found[name] = `${label} is too long.`;
  }
  const check = (name, isGood, sentence) => {
    if (!(name in found) && !isGood(form[name].trim())) found[name] = sentence;
  };
  check("email", (value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value), "This does not look like an e-mail address.");
  check("postalCode", (value) => /^[\p{L}\p{N}][\p{L}\p{N} -]{1,11}$/u.test(value), "This is not a postal code.");
  check("cardNumber", isCardNumber, "This is not a valid card number.");
  check("cardExpiry", (value) => expiry(value) !== null, "Write the month and year as MM/YY.");
  check("cardExpiry", (value) => now < expiry(value), "This card is no longer valid.");
  check("cardCode", (value) => /^\d{3,4}$/.test(value), "The code has 3 or 4 digits.");
  return found;
}

/** Luhn's check (ISO/IEC 7812-1, annex B) over 12 to 19 digits; spaces and dashes are allowed between them. */
export function isCardNumber(text) {
  if (!/^[\d -]+$/.test(text)) return false;
  const digits = text.replace(/\D/g, "");
  if (digits.length < 12 || digits.length > 19) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The moment a card stops being valid: the end of its month. Null when the text is no month. */
export function expiry(text) {
  const parts = /^(\d{1,2})\s*\/\s*(?:20)?(\d{2})$/.exec(text);
  if (parts === null) return null;
  const month = Number(parts[1]);
  if (month < 1 || month > 12) return null;
  return new Date(2000 + Number(parts[2]), month, 1);
}

/** The body of the checkout call. `amount` is in cents; the wire wants dollars. */
export function makeOrder(form, amount) {
  const field = (name) => form[name].trim();
  const address = Object.fromEntries(SHIPPING_FIELDS.map(({ name }) => [name, field(name)]));
  return {
    amount: amount / 100,
    shipping: address,
    billing: {
      name: field("cardName"),
      card: { number: field("cardNumber"), expiration: field("cardExpiry"), code: field("cardCode") },
    },
  };
}

/** A fresh name for one attempt to buy: 128 random bits. (randomUUID would need a page behind TLS.) */
export function makeIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
