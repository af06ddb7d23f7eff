// Where to, and how it is paid. What is wrong is said beside the field; what the shop refuses is said on top.
//
//   fill in ──▶ problems? ──▶ focus the first ─ else ─▶ checkout ──▶ confirmation
//
// The button waits until the cart's changes are stored: one that came after the payment would fill the emptied cart.
// Pressing it again after a failure repeats the same purchase (same key), as long as nothing was changed in
// between: if the shop did charge the first time, it does not charge again.

import { useRef, useState } from "react";
import { Failure, Loading } from "../parts/Status.jsx";
import { useCartProducts } from "../parts/useCartProducts.js";
import { APIError } from "../api.js";
import { cents, format, total } from "../money.js";
import { CARD_FIELDS, SHIPPING_FIELDS, emptyForm, makeIdempotencyKey, makeOrder, problems } from "../order.js";
import { Link, useRouter } from "../router.jsx";
import { useCart, useShop } from "../shop.js";

export function CheckoutPage() {
  const { status, lines, error, retry } = useCartProducts();
  const hasLines = lines.length > 0;
  return (
    <>
      <h1 tabIndex={-1}>Checkout</h1>
      {status === "failed" && <Failure error={error} retry={retry} />}
      {status === "loading" && !hasLines && <Loading what="your cart" />}
      {status === "ready" && !hasLines && (
        <p className="empty">
          There is nothing to pay for. <Link to="/">Have a look at the shelves.</Link>
        </p>
      )}
      {hasLines && <CheckoutForm lines={lines} isComplete={status === "ready"} />}
    </>
  );
}

function CheckoutForm({ lines, isComplete }) {
  const { api, cart } = useShop();
  const { isSaving } = useCart();
  const { navigate } = useRouter();
  const [form, setForm] = useState(emptyForm);
  const [found, setFound] = useState({});
  const [failure, setFailure] = useState(null);
  const [isSending, setSending] = useState(false);
  const attempt = useRef({ body: null, key: null });
  const formElement = useRef(null);

  const change = (name, value) => {
    setForm((before) => ({ ...before, [name]: value }));
    setFound(({ [name]: solved, ...others }) => others);
  };

  const submit = async (event) => {
    event.preventDefault();
    if (isSending) return;
    const wrong = problems(form, new Date());
    setFound(wrong);
    setFailure(null);
    const first = [...SHIPPING_FIELDS, ...CARD_FIELDS].find(({ name }) => name in wrong);
    if (first) {
      formElement.current.elements[first.name].focus();
      return;
    }
    setSending(true);
    const order = makeOrder(form, total(lines));
    const body = JSON.stringify([order, lines]);
    if (attempt.current.body !== body) attempt.current = { body, key: makeIdempotencyKey() };
    try {
      await api.checkout(order, attempt.current.key);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      setSending(false);
      setFailure(error.status === 400 ? new APIError("The payment was refused. Please check the card.", 400) : error);
      return;
    }
    const bought = lines.map(({ product, quantity }) => ({ id: product.id, name: product.name, quantity }));
    const { name, city } = order.shipping;
    const receipt = { lines: bought, total: total(lines), name, city };
    navigate("/confirmation", { replace: true, state: receipt });
    cart.load();
  };

  const fields = (list) =>
    list.map((field) => (
      <Field key={field.name} field={field} value={form[field.name]} problem={found[field.name]} onChange={change} />
    ));
  return (
    <form className="split" ref={formElement} onSubmit={submit} noValidate>
      <div>
        {failure !== null && <Failure error={failure} />}
        <fieldset>
          <legend>Shipping</legend>
          <div className="fields">{fields(SHIPPING_FIELDS)}</div>
        </fieldset>
        <fieldset>
          <legend>Payment</legend>
          <div className="fields">{fields(CARD_FIELDS)}</div>
        </fieldset>
      </div>
      <aside className="summary" aria-label="Summary">
        <ul>
          {lines.map(({ product, quantity }) => (
            <li key={product.id}>
              <span>
                {quantity} × {product.name}
              </span>
              <span>{format(cents(product.price) * quantity)}</span>
            </li>
          ))}
        </ul>
        <p className="summary-total">
          <span>Total</span>
          <strong data-testid="total">{format(total(lines))}</strong>
        </p>
        <button type="submit" className="button wide" disabled={isSending || isSaving || !isComplete}>
          {isSending ? "Paying…" : `Pay ${format(total(lines))}`}
        </button>
        <Link to="/cart">Back to the cart</Link>
      </aside>
    </form>
  );
}

function Field({ field, value, problem, onChange }) {
  const { name, label, complete, type = "text", mode, hint } = field;
  return (
    <div className={`field field-${name}`}>
      <label htmlFor={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        inputMode={mode}
        placeholder={hint}
        autoComplete={complete}
        value={value}
        onChange={(event) => onChange(name, event.target.value)}
        required
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${name}-problem`}
      />
      {problem !== undefined && (
        <p id={`${name}-problem`} className="problem">
          {problem}
        </p>
      )}
    </div>
  );
}
