import { z } from "zod";
import type { Consent } from "../connectors/connector.ts";
import type { KeyHolder } from "../db/api-keys.ts";
import { type Connection, readConnection } from "../db/connections.ts";
import { addState, findStateCompany, takeState } from "../db/oauth-states.ts";
import { type Place, randomSecret, seal, sha256, unseal } from "../db/secrets.ts";
import { accountOf, adopt, consentFailed } from "./adopt-grant.ts";
import { isUnchosen } from "./connection-state.ts";
import { consentPage } from "./consent-page.ts";
import type { Deps } from "./deps.ts";
import { toProblem } from "./failures.ts";
import { Problem } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";

/** The providers' words in addresses, their names, and their connectors. Each has a callback of its own. */
const callbacks = [
  { word: "google", name: "Google", provider: "google-calendar" },
  { word: "notion", name: "Notion", provider: "notion" },
] as const;

/** Where a person gives consent: OAuth, with PKCE (RFC 7636) where the provider knows it; the state is ours alone, and works once. */
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

export const consentRoutes: Route[] = callbacks.map(({ word, name, provider }) =>
  route({
    method: "get",
    path: `/api/oauth/${word}/callback`,
    role: "public",
    tag: "connections",
    summary: `Where ${name} sends a person back after consent`,
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
    handle: (deps, call) => callback(deps, call, provider),
  }),
);

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
  return isUnchosen(connection)
    ? "Now choose the calendar in the application. You can close this page."
    : "The calendar is being synced. You can close this page.";
}

async function complete(
  deps: Deps,
  call: Call<unknown, z.output<typeof query>, unknown>,
  provider: string,
): Promise<Connection> {
  const { state, code, error } = call.query;
  const asked = state === undefined ? null : await take(deps, state, provider);
  if (!asked)
    throw consentFailed(
      "This consent has expired, or was used already. Start again from the application.",
    );
  if (error !== undefined || code === undefined)
    throw consentFailed("The provider says that consent was not given.");
  const consent = consentOf(deps, provider);
  const deadline = AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS);
  const grant = await consent.exchange(code, asked.verifier, deadline);
  const account = await accountOf(deps, asked.connection, grant, call.gone);
  return adopt(deps, asked.connection, { grant, account, by: asked.by }, call.gone);
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

/** @throws Problem where the provider knows no consent */
export function consentOf(deps: Deps, provider: string): Consent {
  const { consent } = deps.registry.get(provider);
  if (!consent)
    throw new Problem("conflict", `${provider} knows no consent: connect with credentials.`);
  return consent;
}

function verifierPlace(companyId: string, hash: Buffer): Place {
  return { table: "oauth_states", column: "verifier", companyId, rowId: hash.toString("hex") };
}
