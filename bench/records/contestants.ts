import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { changeConnection, createConnection } from "../../db/connections.ts";
import { forgetCursors } from "../../db/cursors.ts";
import { storeGrant } from "../../db/grants.ts";
import { freshTables } from "../database.ts";
import { measured } from "../measure.ts";
import type { ProductTask } from "../rivals/products.ts";
import type { Stage } from "../stage.ts";
import { type Session, sync } from "../syncline.ts";
import type { ShopControl } from "./shop.ts";

/** Where the rows of records are played: a shop, and who sets its stage. */
export interface Place {
  stage: Stage;
  shops: ShopControl;
  retailer: string;
}

/** Postgres counts what a connection has cost once its process has ended. The rival's own clock has stopped. */
const farewellMs = 250;

const dayMs = 24 * 3_600_000;

/**
 * A connection to a shop, not synced yet, on fresh tables, and not due for the poll of all streams that a
 * new one gets. A rival's is paused: nobody is to import it behind its back.
 */
export async function connectShop(
  { stage, shops, retailer }: Place,
  enabled = true,
): Promise<{ connectionId: string }> {
  const { db, keys, companyId, owner } = stage;
  await freshTables(owner);
  await shops.anHourLater();
  const connectionId = randomUUID();
  const { accessToken, entered } = await shops.token(retailer);
  const tomorrow = Date.now() + dayMs;
  await db.withCompany(companyId, async (tx) => {
    const of = { companyId, calendarId: null, provider: "kiotviet", settings: { retailer } };
    await createConnection(tx, { id: connectionId, ...of, enabled });
    const account = `${retailer}/${entered.clientId}`;
    const grant = { accessToken, expiresAt: tomorrow, account, entered };
    await storeGrant(tx, keys, connectionId, grant, 0);
    await changeConnection(tx, connectionId, { nextPollAt: new Date(tomorrow) });
  });
  return { connectionId };
}

/** One session for the products alone. */
export function syncProducts(stage: Stage, connected: { connectionId: string }): Promise<Session> {
  return sync(stage, connected, ["products"]);
}

/** The next session lists everything again. */
export function forget({ db, companyId }: Stage, connectionId: string): Promise<void> {
  return db.withCompany(companyId, (tx) => forgetCursors(tx, connectionId));
}

/** What a rival needs to read a shop. */
export async function taskOf(
  { stage, shops, retailer }: Place,
  { connectionId }: { connectionId: string },
): Promise<ProductTask> {
  const { accessToken } = await shops.token(retailer);
  const { databaseUrl, companyId } = stage;
  return { databaseUrl, companyId, connectionId, apiUrl: shops.apiUrl, retailer, accessToken };
}

/** A rival's first run, on fresh tables. */
export async function firstOf(place: Place, name: "productScript" | "productCeiling") {
  const connected = await connectShop(place, false);
  const task = await taskOf(place, connected);
  const { value, cpu } = await measured(place.stage.watched, async () => {
    const outcome = await place.stage.rivals.run(name, task);
    await sleep(farewellMs);
    return outcome;
  });
  return { ...connected, task, ms: value.ms, since: value.syncToken, cpu };
}
