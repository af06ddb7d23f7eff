// The frame around every page: header with the cart's size, the page of the route, footer.
//
// After a change of page the focus goes to the new page's heading, so that keyboards and screen readers arrive there
// too, and the window's title follows the page.

import { useEffect, useMemo, useRef } from "react";
import { RouterProvider, useRouter, Link } from "./router.jsx";
import { ShopProvider, useCart, useShop } from "./shop.js";
import { Failure } from "./parts/Status.jsx";
import { CartPage } from "./pages/CartPage.jsx";
import { CheckoutPage } from "./pages/CheckoutPage.jsx";
import { ConfirmationPage } from "./pages/ConfirmationPage.jsx";
import { HomePage } from "./pages/HomePage.jsx";
import { NotFoundPage } from "./pages/NotFoundPage.jsx";
import { ProductPage } from "./pages/ProductPage.jsx";

const PAGES = {
  home: [HomePage, "Coffee, tea and more"],
  product: [ProductPage, "Product"],
  cart: [CartPage, "Your cart"],
  checkout: [CheckoutPage, "Checkout"],
  confirmation: [ConfirmationPage, "Thank you"],
  notFound: [NotFoundPage, "Page not found"],
};

export function App({ api, cart }) {
  const shop = useMemo(() => ({ api, cart }), [api, cart]);
  useEffect(() => {
    cart.load();
  }, [cart]);
  return (
    <RouterProvider>
      <ShopProvider value={shop}>
        <Frame />
      </ShopProvider>
    </RouterProvider>
  );
}

function Frame() {
  const { route, location } = useRouter();
  const [Page, title] = PAGES[route.name];
  const main = useRef(null);
  const isFirst = useRef(true);

  useEffect(() => {
    document.title = `${title} · Emporium`;
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    window.scrollTo(0, 0);
    (main.current.querySelector("h1") ?? main.current).focus();
  }, [location.path, title]);

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="header">
        <div className="width header-row">
          <Link to="/" className="brand">
            Emporium
          </Link>
          <nav aria-label="Shop">
            <CartLink />
          </nav>
        </div>
      </header>
      <main id="main" className="width" ref={main} tabIndex={-1}>
        <CartNotice isCartPage={route.name === "cart"} />
        <Page key={location.path} />
      </main>
      <footer className="footer">
        <div className="width">
          A demonstration shop. Nothing here is really for sale, and no card is really charged.
        </div>
      </footer>
    </>
  );
}

/** Says on any page what went wrong with the cart; one that cannot be read the cart page shows by itself. */
function CartNotice({ isCartPage }) {
  const { cart } = useShop();
  const { error, status } = useCart();
  if (error === null || (isCartPage && status === "failed")) return null;
  const what = status === "failed" ? "Your cart could not be read." : "Your cart was not changed.";
  return <Failure what={what} error={error} retry={() => cart.load()} />;
}

function CartLink() {
  const { cart } = useShop();
  useCart();
  const count = cart.count;
  return (
    <Link to="/cart" className="cart-link" aria-label={`Cart, ${count} ${count === 1 ? "item" : "items"}`}>
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <path d="M3 4h2.5l2 11h10l2-8H6.2" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
        <circle cx="9" cy="19.5" r="1.6" fill="currentColor" />
        <circle cx="16" cy="19.5" r="1.6" fill="currentColor" />
      </svg>
      Cart
      <span className="badge" data-testid="cart-count">
        {count}
      </span>
    </Link>
  );
}
