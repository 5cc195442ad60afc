import { z } from "zod";
import type { ConnectorBase, Entry, Grant } from "../connectors/connector.ts";
import { Forbidden, Rejected, Unauthenticated } from "../connectors/errors.ts";
import type { Deps } from "./deps.ts";
import { Problem, type Wrong } from "./problems.ts";

/** What a person enters, by the names of the connector's own fields. */
export const enteredShape = z.record(z.string().max(64), z.string().max(8_192)).meta({
  id: "Entered",
  description:
    "Credentials by the provider's own names: for `kiotviet` retailer, clientId and clientSecret; for `employes` token",
});

export type Entered = z.output<typeof enteredShape>;

/** @throws Problem where the provider's credentials are not entered */
export function entryOf({ entry, provider }: ConnectorBase): Entry {
  if (entry) return entry;
  throw new Problem("conflict", `${provider} takes no credentials that a person enters.`);
}

/**
 * All the connector's fields and no others. `pointer` is where they stand in the body.
 * @throws Problem pointing at what is missing or not known
 */
export function complete({ fields }: Entry, given: Entered, pointer: string): Entered {
  const missing = Object.entries(fields).flatMap(([name, { label }]) =>
    given[name]?.trim() ? [] : [at(`${pointer}/${name}`, `is required: ${label}`)],
  );
  const unknown = Object.keys(given)
    .filter((name) => !(name in fields))
    .map((name) => at(`${pointer}/${name}`, "is not known here"));
  const errors = [...missing, ...unknown];
  const [first] = errors;
  if (!first) return given;
  throw new Problem("invalid_request", `${first.pointer}: ${first.message}`, { errors });
}

/** Trades what was entered for a grant, at once. @throws Problem 422 naming what the provider refused */
export async function trade(
  deps: Deps,
  entry: Entry,
  entered: Entered,
  { pointer, gone }: { pointer: string; gone: AbortSignal },
): Promise<Grant> {
  const deadline = AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
  try {
    return await entry.grant(entered, AbortSignal.any([gone, deadline]));
  } catch (error) {
    throw refused(error, entry, pointer);
  }
}

/** What a refusal of credentials is to a person; anything else is as it was. */
export function refused(error: unknown, { fields }: Entry, pointer: string): unknown {
  if (!(error instanceof Error) || !refusals.some((kind) => error instanceof kind)) return error;
  // A connector begins with the name of the value that cannot be right, where it knows which.
  const field = Object.keys(fields).find((name) => error.message.startsWith(`${name}:`));
  const errors = [at(field === undefined ? pointer : `${pointer}/${field}`, error.message)];
  const detail =
    field === undefined
      ? `The provider refuses what was entered (${error.message}): copy ${Object.keys(fields).join(", ")} anew.`
      : error.message;
  return new Problem("credentials_refused", detail, { errors, cause: error });
}

const refusals = [Rejected, Unauthenticated, Forbidden];

const at = (pointer: string, message: string): Wrong => ({ in: "body", pointer, message });
