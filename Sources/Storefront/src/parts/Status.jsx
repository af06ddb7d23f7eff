// What stands where content is not there yet, did not come, or does not exist.

export function Loading({ what }) {
  return (
    <p className="status" role="status">
      <span className="spinner" aria-hidden="true" /> Loading {what}…
    </p>
  );
}

/** A failure: what did not happen, why, and a way to try again where that can help. */
export function Failure({ what, error, retry }) {
  return (
    <div className="failure" role="alert">
      <p>
        {what} {error.message} {error.reason}
      </p>
      {retry && (
        <button type="button" className="button quiet" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
