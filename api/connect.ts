import { z } from "zod";
import type { Grant } from "../connectors/connector.ts";
import { readCalendar } from "../db/calendars.ts";
import { createConnection, readConnection } from "../db/connections.ts";
import { storeGrant } from "../db/grants.ts";
import { choice, refuseTwin, setToWork } from "./connection-choice.ts";
import { place, settingsFor } from "./connection-settings.ts";
import { connectionShape, describe } from "./connection-shape.ts";
import { askConsent, consentOf } from "./consent.ts";
import type { Deps } from "./deps.ts";
import { notFound, wrong } from "./problems.ts";
import { freshGrant, prepared } from "./remote.ts";
import { type Answer, type Call, made, type Route, route } from "./route.ts";
import { id, moment } from "./validation.ts";

const token = z.string().min(1).max(8192);

const credentials = z
  .strictObject({
    accessToken: token,
    refreshToken: token.optional(),
    expiresAt: z
      .union([
        moment,
        z
          .number()
          .int()
          .min(0)
          .max(7_258_118_400_000)
          .transform((ms) => new Date(ms)),
      ])
      .nullish()
      .meta({
        description:
          "When the access token ends: ISO 8601, or milliseconds since the epoch; nothing where only a refusal tells",
      }),
  })
  .meta({ description: "Tokens of a consent that was given elsewhere, for automation" });

const body = z
  .strictObject({
    provider: z.string().max(64),
    calendarId: id,
    remoteCalendarId: place.remoteCalendarId.optional(),
    properties: place.properties.optional(),
    addKeyProperty: place.addKeyProperty.optional(),
    direction: choice.direction.default("both"),
    policy: choice.policy.default("newest"),
    firstSync: choice.firstSync.default("run").meta({
      description: "`preview` shows what the first sync would do, and waits for a person",
    }),
    pollIntervalMs: choice.pollIntervalMs.optional(),
    credentials: credentials.optional(),
  })
  .meta({ id: "NewConnection" });

export const connectRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/connections",
    role: "admin",
    tag: "connections",
    summary: "Connects a calendar with a provider's",
    description:
      "With `credentials` it syncs at once; without, `consentUrl` is where a person gives consent.",
    body,
    answers: {
      201: {
        description: "The connection, and where to give consent if that is still needed",
        schema: connectionShape
          .extend({ consentUrl: z.url().nullable() })
          .meta({ id: "NewConnectionAnswer" }),
      },
    },
    handle: connect,
  }),
];

async function connect(
  deps: Deps,
  call: Call<unknown, unknown, z.output<typeof body>>,
): Promise<Answer> {
  const { companyId } = call.caller;
  const given = call.body;
  const known = deps.registry.list().map((connector) => connector.provider);
  if (!known.includes(given.provider))
    throw wrong("/provider", `is not one of ${known.join(", ")}`);
  const grant = given.credentials ? grantOf(given.credentials) : null;
  if (!grant) consentOf(deps, given.provider);
  const settings = await settingsOf(deps, call, grant);
  const { connection, after } = await deps.database.withCompany(companyId, async (tx) => {
    const identity = { id: call.newId, companyId, provider: given.provider };
    if (settings)
      await refuseTwin(tx, { ...identity, settings, account: null, exceptId: call.newId });
    const { calendarId, direction, policy, firstSync, pollIntervalMs } = given;
    await createConnection(tx, {
      ...identity,
      calendarId,
      settings: settings ?? {},
      direction,
      policy,
      firstSync,
      ...(pollIntervalMs !== undefined && { pollIntervalMs }),
    });
    if (grant) await storeGrant(tx, deps.keyRing, call.newId, grant, 0);
    const found = await readConnection(tx, call.newId);
    if (!found) throw notFound();
    return { connection: found, after: await setToWork(deps, tx, found, call.caller, true) };
  });
  after();
  const consentUrl = grant ? null : await askConsent(deps, call.caller, connection);
  const [answer] = await deps.database.withCompany(companyId, (tx) =>
    describe(deps, tx, [connection]),
  );
  return made({ ...answer, consentUrl }, `/api/connections/${connection.id}`);
}

function grantOf(given: z.output<typeof credentials>): Grant {
  const { accessToken, refreshToken, expiresAt } = given;
  return {
    accessToken,
    expiresAt: expiresAt?.getTime() ?? null,
    ...(refreshToken !== undefined && { refreshToken }),
  };
}

/** Before consent they are kept as they were said, and are looked up after it. */
async function settingsOf(
  deps: Deps,
  call: Call<unknown, unknown, z.output<typeof body>>,
  grant: Grant | null,
): Promise<Record<string, string> | null> {
  const { provider, calendarId, remoteCalendarId, properties, addKeyProperty } = call.body;
  const wanted = { remoteCalendarId, properties, addKeyProperty };
  const settings = settingsFor(deps, provider, wanted);
  const calendar = await deps.database.withCompany(call.caller.companyId, (tx) =>
    readCalendar(tx, calendarId),
  );
  if (!calendar) throw wrong("/calendarId", "is not a calendar of this company");
  if (!settings || !grant) return settings;
  const { zone } = calendar;
  return prepared(deps, { provider, settings, zone }, freshGrant(grant), call.gone);
}
