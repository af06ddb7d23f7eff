// Loading as a value: what a page shows while an answer is on its way, when it came, and when it did not.
//
//   load(signal) ──▶ { status: "loading" } ──▶ { status: "ready", value }  or  { status: "failed", error, retry }
//
// When `load` changes or the page goes away, the call before it is aborted and its answer ignored: a slow answer to
// "te" never replaces a fast one to "tea". The value before stays visible while the next one is loading.

import { useCallback, useEffect, useState } from "react";

/** Runs `load` (an async function of an AbortSignal, kept stable with useCallback) now and whenever it changes. */
export function useLoad(load) {
  const [state, setState] = useState({ status: "loading", value: undefined, error: null });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((number) => number + 1), []);

  useEffect(() => {
    const controller = new AbortController();
    setState((before) => ({ ...before, status: "loading" }));
    load(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ status: "ready", value, error: null });
      },
      (error) => {
        if (!controller.signal.aborted) setState({ status: "failed", value: undefined, error });
      }
    );
    return () => controller.abort();
  }, [load, attempt]);

  return { ...state, retry };
}
