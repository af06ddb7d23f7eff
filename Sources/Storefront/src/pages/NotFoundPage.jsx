// An address that is no page, or a product that the shop does not have.

import { Link } from "../router.jsx";

export function NotFoundPage() {
  return (
    <section className="confirmation">
      <h1 tabIndex={-1}>Nothing stands here</h1>
      <p>The page or the product you asked for does not exist.</p>
      <Link to="/" className="button">
        To the shelves
      </Link>
    </section>
  );
}
