// The entry: joins the parts that live as long as the page does, and hands them to React.
//
//   api ──▶ CartStore ──▶ App ──▶ pages
//   history ─────────────▲

import { createRoot } from "react-dom/client";
import { App } from "./App.jsx";
import { makeAPI } from "./api.js";
import { CartStore } from "./cart.js";
import "./styles.css";

const api = makeAPI();
createRoot(document.getElementById("root")).render(<App api={api} cart={new CartStore(api)} />);
