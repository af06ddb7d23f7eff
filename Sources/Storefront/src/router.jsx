// A small history router: which page the address names, and links that change it without loading the page anew.
//
//   address bar, back, <Link> ──▶ useLocation() ──▶ match(path) ──▶ App draws the page
//
// Not here: nested routes, guards, data loading. A path that matches nothing is the not-found page's.

import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";

const Router = createContext(null);

/** The routes: a name, and a pattern whose `:part` matches one segment. */
const ROUTES = [
  ["home", "/"],
  ["product", "/products/:id"],
  ["cart", "/cart"],
  ["checkout", "/checkout"],
  ["confirmation", "/confirmation"],
];

/** The route of a path, as { name, parameters }; the name is "notFound" where there is none. */
export function match(path) {
  const segments = trim(path).split("/");
  for (const [name, pattern] of ROUTES) {
    const wanted = trim(pattern).split("/");
    if (wanted.length !== segments.length) continue;
    const parameters = {};
    const fits = wanted.every((part, index) => {
      if (!part.startsWith(":")) return part === segments[index];
      const value = decode(segments[index]);
      parameters[part.slice(1)] = value;
      return Boolean(value);
    });
    if (fits) return { name, parameters };
  }
  return { name: "notFound", parameters: {} };
}

function trim(path) {
  return path.replace(/^\/+|\/+$/g, "");
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null; // A lone % names nothing.
  }
}

function here() {
  return { path: window.location.pathname, query: window.location.search, state: window.history.state };
}

export function RouterProvider({ children }) {
  const [location, setLocation] = useState(here);

  useEffect(() => {
    const follow = () => setLocation(here());
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);

  const navigate = useCallback((to, { replace = false, state = null } = {}) => {
    window.history[replace ? "replaceState" : "pushState"](state, "", to);
    setLocation(here());
  }, []);

  const value = useMemo(() => ({ location, navigate, route: match(location.path) }), [location, navigate]);
  return <Router.Provider value={value}>{children}</Router.Provider>;
}

/** { location: { path, query, state }, navigate(to, { replace, state }), route: { name, parameters } } */
export function useRouter() {
  return useContext(Router);
}

/** A link inside the shop. Clicks that ask the browser for something else (new tab, download) are left to it. */
export function Link({ to, onClick, children, ...rest }) {
  const { navigate } = useRouter();
  const follow = (event) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
