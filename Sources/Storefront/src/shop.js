// What every page may use: the calls and the cart, handed down by App.

import { createContext, useContext, useSyncExternalStore } from "react";

const Shop = createContext(null);

export const ShopProvider = Shop.Provider;

/** { api, cart } */
export function useShop() {
  return useContext(Shop);
}

/** The cart's state, { status, lines, error, isSaving }; the component is drawn anew whenever it changes. */
export function useCart() {
  const { cart } = useShop();
  return useSyncExternalStore(cart.subscribe, cart.snapshot);
}
