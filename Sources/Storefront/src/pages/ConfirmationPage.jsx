// Thanks, and what was bought. The receipt travels in the history entry, so it survives a reload and nothing else.

import { format } from "../money.js";
import { Link, useRouter } from "../router.jsx";

export function ConfirmationPage() {
  const receipt = useRouter().location.state;
  return (
    <section className="confirmation">
      <h1 tabIndex={-1}>Thank you!</h1>
      {receipt === null ? (
        <p>Whatever you ordered is on its way.</p>
      ) : (
        <>
          <p>
            Your order is on its way to{" "}
            <strong>
              {receipt.name}, {receipt.city}
            </strong>
            .
          </p>
          <ul className="receipt">
            {receipt.lines.map(({ id, name, quantity }) => (
              <li key={id}>
                {quantity} × {name}
              </li>
            ))}
          </ul>
          <p>
            Paid: <strong data-testid="total">{format(receipt.total)}</strong>
          </p>
        </>
      )}
      <Link to="/" className="button">
        Back to the shelves
      </Link>
    </section>
  );
}
