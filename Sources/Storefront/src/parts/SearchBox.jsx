// The search field with suggestions: a combobox as the ARIA practices describe it (list autocomplete, manual choice).
//
//   typing ──(a pause of 150 ms)──▶ suggestions ──arrows, Enter or a click──▶ that product's page
//        └── Enter or the button ──▶ the search's results
//
// A failed suggestion call leaves the list empty: the search itself still works and shows its own failure.

import { useEffect, useId, useState } from "react";
import { cents, format } from "../money.js";
import { useRouter } from "../router.jsx";
import { useShop } from "../shop.js";

const PAUSE = 150; // milliseconds without a key before asking

export function SearchBox({ query, onSearch }) {
  const { api } = useShop();
  const { navigate } = useRouter();
  const [text, setText] = useState(query);
  const [offers, setOffers] = useState([]);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useId();

  useEffect(() => setText(query), [query]);

  useEffect(() => {
    setActive(-1);
    if (!isOpen || text.trim() === "") {
      setOffers([]);
      return undefined;
    }
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await api.suggestions(text.trim(), controller.signal);
        if (!controller.signal.aborted) setOffers(found);
      } catch {
        if (!controller.signal.aborted) setOffers([]);
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [api, text, isOpen]);

  const choose = (product) => {
    setOpen(false);
    navigate(`/products/${product.id}`);
  };

  const submit = (event) => {
    event.preventDefault();
    if (isOpen && active >= 0) return choose(offers[active]);
    setOpen(false);
    return onSearch(text.trim());
  };

  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      setOpen(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (offers.length === 0) return;
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than there are offers: -1 is the field itself.
      setActive((now) => ((now + 1 + step + offers.length + 1) % (offers.length + 1)) - 1);
    }
  };

  const isListed = isOpen && offers.length > 0;
  return (
    <form className="search" role="search" onSubmit={submit}>
      <label htmlFor="search-field" className="visually-hidden">
        Search the shelves
      </label>
      <input
        id="search-field"
        type="search"
        placeholder="Search: coffee, something with orange…"
        autoComplete="off"
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isListed}
        aria-controls={list}
        aria-activedescendant={isListed && active >= 0 ? `${list}-${active}` : undefined}
      />
      <button type="submit" className="button">
        Search
      </button>
      <ul id={list} role="listbox" aria-label="Suggestions" className="suggestions" hidden={!isListed}>
        {offers.map((product, index) => (
          <li
            key={product.id}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            // mousedown comes before the field's blur, which closes the list.
            onMouseDown={(event) => {
              event.preventDefault();
              choose(product);
            }}
          >
            <span>{product.name}</span>
            <span>{format(cents(product.price))}</span>
          </li>
        ))}
      </ul>
    </form>
  );
}
