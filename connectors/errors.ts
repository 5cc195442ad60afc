/**
 * Errors named for the recovery. A connector throws these and nothing else; what a caller does about
 * each is decided in one place (`activities/failures.ts`). Messages carry ids, statuses and reasons,
 * never an event's text, a name or a token.
 */
abstract class ConnectorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The provider cannot be reached or is failing; the outcome of a write is unknown. Try again later. */
export class Unavailable extends ConnectorError {
  /** Set where the provider said how long it wants to be left alone (a 503 with `Retry-After`). */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Too many calls. Nothing was done. No call before `retryAfterMs` from now has a chance. */
export class RateLimited extends ConnectorError {
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The grant is dead: only a person can connect again. */
export class Unauthenticated extends ConnectorError {}

/** The grant is alive but does not allow this; a person must change the rights or the settings. */
export class Forbidden extends ConnectorError {}

/** What the settings name is there no longer, or of another type: a person must mend it at the provider. */
export class Misconfigured extends ConnectorError {}

/** The cursor has lapsed: pull again without one. Nothing may be deleted until that has ended. */
export class CursorExpired extends ConnectorError {}

/** The remote item is no longer at the version that the write expected. Read it and decide anew. */
export class PreconditionFailed extends ConnectorError {}

/** The item to write is no longer there (or was never there). */
export class Gone extends ConnectorError {}

/** The creation key is taken by something that is not ours, or that is dead: raise the generation. */
export class KeyTaken extends ConnectorError {}

/** The provider refuses this item and will go on refusing it: set it aside, go on with the rest. */
export class Rejected extends ConnectorError {}

/** The collection (calendar, database) itself is gone or out of reach. Deletes nothing anywhere. */
export class CollectionMissing extends ConnectorError {}

/** The answer cannot be believed (HTML with 200, truncated JSON, wrong shape). Nothing was stored. */
export class InvalidResponse extends ConnectorError {}

/** The collection cannot be watched; poll it. */
export class WatchUnsupported extends ConnectorError {}
