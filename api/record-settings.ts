import type { Collection, Grant, Settings } from "../connectors/connector.ts";
import { CollectionMissing, Rejected } from "../connectors/errors.ts";
import type { RecordsConnector, RecordsRemote } from "../connectors/records.ts";
import type { Deps } from "./deps.ts";
import { type Entered, entryOf, refused } from "./entered.ts";
import { Problem, wrong } from "./problems.ts";
import { freshGrant, type Grants } from "./remote.ts";

/** The setting by which one of several collections is chosen. */
const chosenBy = "companyId";

type Said = Record<string, string>;

interface Asked {
  said: Said;
  entered: Entered;
  grant: Grant;
  /** Where what was entered stands in the body. */
  pointer: string;
}

/**
 * The settings of a new connection, looked up at the provider with the new grant; empty where a person
 * has to choose first: the only collection there is needs no choice. @throws Problem
 */
export async function settingsOf(
  deps: Deps,
  connector: RecordsConnector,
  { said, entered, grant, pointer }: Asked,
  gone: AbortSignal,
): Promise<Settings> {
  const signal = deadline(deps, gone);
  refuseSecondWord(connector, said, entered);
  try {
    const chosen = { ...said };
    const unchosen = openRemote(deps, connector, {}, freshGrant(grant));
    if (unchosen.collections && said[chosenBy] === undefined) {
      const only = onlyOf(await unchosen.collections(signal));
      if (only === null) return {};
      chosen[chosenBy] = only.id;
    }
    const settings = check(connector, { ...chosen, entered });
    return await lookedUp(deps, connector, settings, { grants: freshGrant(grant), signal });
  } catch (error) {
    throw refused(error, entryOf(connector), pointer);
  }
}

/** Null where there are several. @throws Problem where there is none */
function onlyOf(collections: readonly Collection[]): Collection | null {
  const [first, ...others] = collections;
  if (!first)
    throw new Problem("credentials_refused", "These credentials reach nothing at the provider.");
  return others.length === 0 ? first : null;
}

/** What was entered is not said again as another setting: nobody could tell which of the two is meant. */
function refuseSecondWord({ entry }: RecordsConnector, said: Said, entered: Entered): void {
  for (const name of Object.keys(entry?.fields ?? {})) {
    const given = said[name];
    if (given !== undefined && given !== entered[name])
      throw wrong(`/settings/${name}`, "is not what was entered");
  }
}

/** The connector's own settings for what a person says. @throws Problem pointing at the settings */
export function check(connector: RecordsConnector, said: unknown): Settings {
  try {
    return { ...connector.checkSettings(said) };
  } catch (error) {
    if (error instanceof Rejected) throw wrong("/settings", error.message);
    throw error;
  }
}

/**
 * Settings as they are to be stored. Where the connector looks nothing up, one page is read: whether
 * what was entered belongs to what was named would else be known only when the first sync has failed.
 */
export async function lookedUp(
  deps: Deps,
  connector: RecordsConnector,
  settings: Settings,
  { grants, signal }: { grants: Grants; signal: AbortSignal },
): Promise<Settings> {
  const remote = openRemote(deps, connector, settings, grants);
  if (remote.prepare) return prepared(remote.prepare(signal));
  const [stream] = connector.streams;
  if (stream === undefined) return settings;
  const pages = remote.pull(stream, null, signal)[Symbol.asyncIterator]();
  await pages.next();
  await pages.return?.();
  return settings;
}

async function prepared(asked: Promise<Settings>): Promise<Settings> {
  try {
    return { ...(await asked) };
  } catch (error) {
    if (!(error instanceof Rejected || error instanceof CollectionMissing)) throw error;
    const errors = [{ in: "body" as const, pointer: "/settings", message: error.message }];
    throw new Problem("misconfigured", error.message, { errors, cause: error });
  }
}

function openRemote(
  deps: Deps,
  connector: RecordsConnector,
  settings: Settings,
  grants: Grants,
): RecordsRemote {
  // A person's rare look: it does not wait behind the syncs' quota.
  const spend = () => Promise.resolve();
  return connector.open({ settings, ...grants, spend, now: deps.now });
}

export function deadline(deps: Deps, gone: AbortSignal): AbortSignal {
  return AbortSignal.any([gone, AbortSignal.timeout(deps.config.PROVIDER_TIMEOUT_MS)]);
}
