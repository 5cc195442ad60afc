import { z } from "zod";
import type { Collection, Consent, Grant } from "../connectors/connector.ts";
import type { KeyHolder } from "../db/api-keys.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { markReconnected, storeGrant } from "../db/grants.ts";
import { addState, findStateCompany, takeState } from "../db/oauth-states.ts";
import { type Place, randomSecret, seal, sha256, unseal } from "../db/secrets.ts";
import { refuseTwin, setToWork } from "./connection-choice.ts";
import { consentPage } from "./consent-page.ts";
import type { Deps } from "./deps.ts";
import { toProblem } from "./failures.ts";
import { Problem } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { collectionsWith } from "./remote.ts";

/** The providers' words in addresses, and their connectors. Each has a callback of its own. */
const callbacks = { google: "google-calendar" } as const;

/** Where a person gives consent: OAuth with PKCE (RFC 7636); the state is ours alone, and works once. */
export async function askConsent(
  deps: Deps,
  caller: KeyHolder,
  connection: Connection,
): Promise<string> {
  const consent = consentOf(deps, connection.provider);
  const state = randomSecret();
  const verifier = randomSecret();
  const hash = sha256(state);
  const { companyId, provider, id: connectionId } = connection;
  const sealed = seal(deps.keyRing, verifierPlace(companyId, hash), verifier);
  await deps.database.withCompany(companyId, (tx) =>
    addState(tx, { hash, companyId, keyId: caller.id, provider, connectionId, verifier: sealed }),
  );
  return consent.authorizeUrl({
    state,
    codeChallenge: sha256(verifier).toString("base64url"),
    ...(connection.account !== null && { loginHint: connection.account }),
  });
}

const query = z.looseObject({
  state: z.string().max(512).optional(),
  code: z.string().max(4096).optional(),
  error: z.string().max(512).optional(),
});

export const consentRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/oauth/google/callback",
    role: "public",
    tag: "connections",
    summary: "Where Google sends a person back after consent",
    refuses: [503],
    query,
    answers: {
      200: {
        description: "A page that says what to do next",
        schema: z.string(),
        type: "text/html",
      },
      400: {
        description: "A page that says why it did not work",
        schema: z.string(),
        type: "text/html",
      },
    },
    handle: (deps, call) => callback(deps, call, callbacks.google),
  }),
];

/** Everything that can go wrong is told as a page: a person is looking at it. */
async function callback(
  deps: Deps,
  call: Call<unknown, z.output<typeof query>, unknown>,
  provider: string,
): Promise<Answer> {
  try {
    const connection = await complete(deps, call, provider);
    return consentPage(200, "Connected", connectedText(connection));
  } catch (error) {
    const problem = toProblem(error);
    if (problem.status >= 500) throw error;
    return consentPage(400, "Not connected", problem.message);
  }
}

function connectedText(connection: Connection): string {
  return Object.keys(connection.settings).length > 0
    ? "The calendar is being synced. You can close this page."
    : "Now choose the calendar in the application. You can close this page.";
}

async function complete(
  deps: Deps,
  call: Call<unknown, z.output<typeof query>, unknown>,
  provider: string,
): Promise<Connection> {
  const { state, code, error } = call.query;
  const asked = state === undefined ? null : await take(deps, state, provider);
  if (!asked)
    throw failed(
      "This consent has expired, or was used already. Start again from the application.",
    );
  if (error !== undefined || code === undefined)
    throw failed("The provider says that consent was not given.");
  const consent = consentOf(deps, provider);
  const deadline = AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
  const grant = await consent.exchange(code, asked.verifier, deadline);
  const { connection } = asked;
  const collections = await collectionsWith(deps, connection, grant, call.gone);
  const account = collections.find((collection) => collection.primary)?.id ?? null;
  refuseSwap(connection, account, collections);
  return adopt(deps, connection, grant, { account, by: asked.by });
}

interface Asked {
  connection: Connection;
  verifier: string;
  by: string;
}

async function take(deps: Deps, state: string, provider: string): Promise<Asked | null> {
  const hash = sha256(state);
  const companyId = await deps.database.acrossCompanies((tx) => findStateCompany(tx, hash));
  if (companyId === null) return null;
  return deps.database.withCompany(companyId, async (tx) => {
    const taken = await takeState(tx, hash, provider);
    const connection = taken && (await readConnection(tx, taken.connectionId));
    if (!taken || !connection || connection.disconnectedAt) return null;
    return {
      connection,
      verifier: unseal(deps.keyRing, verifierPlace(companyId, hash), taken.verifier),
      by: taken.by,
    };
  });
}

/** Connecting again must be the same account: another one would look like everything being deleted. */
function refuseSwap(
  connection: Connection,
  account: string | null,
  collections: readonly Collection[],
): void {
  const swapped = connection.account !== null && account !== null && connection.account !== account;
  const chosen = connection.settings["calendarId"];
  const lost =
    chosen !== undefined && chosen !== "primary" && !collections.some(({ id }) => id === chosen);
  if (!swapped && !lost) return;
  throw failed(
    swapped
      ? "This is another account than the one that was connected. Sign in with that one, or make a new connection."
      : "This account cannot reach the calendar that is connected. Sign in with one that can, or make a new connection.",
  );
}

const tries = 5;

async function adopt(
  deps: Deps,
  connection: Connection,
  grant: Grant,
  of: { account: string | null; by: string },
): Promise<Connection> {
  const { companyId, id } = connection;
  for (let attempt = 0; attempt < tries; attempt++) {
    const done = await deps.database.withCompany(companyId, async (tx) => {
      const before = await readConnection(tx, id);
      if (!before || before.disconnectedAt) return null;
      if (!(await storeGrant(tx, deps.keyRing, id, grant, before.credentialVersion)))
        return "lost" as const;
      await markReconnected(tx, id, of.account);
      const after = await readConnection(tx, id);
      // A calendar that was chosen before may turn out to be one that is connected already.
      if (after && Object.keys(after.settings).length > 0)
        await refuseTwin(tx, { ...after, exceptId: id });
      return (
        after && {
          after,
          signal: await setToWork(deps, tx, after, { name: of.by }, before.credentialVersion === 0),
        }
      );
    });
    if (done === null) break;
    if (done === "lost") continue;
    done.signal();
    return done.after;
  }
  throw failed("The connection was disconnected meanwhile. Make a new one.");
}

function consentOf(deps: Deps, provider: string): Consent {
  const { consent } = deps.registry.get(provider);
  if (!consent)
    throw new Problem("conflict", `${provider} knows no consent: connect with credentials.`);
  return consent;
}

function verifierPlace(companyId: string, hash: Buffer): Place {
  return { table: "oauth_states", column: "verifier", companyId, rowId: hash.toString("hex") };
}

const failed = (detail: string): Problem => new Problem("consent_failed", detail);
