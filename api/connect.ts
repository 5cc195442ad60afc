import { z } from "zod";
import { cadence } from "./cadence.ts";
import { connectCalendar } from "./connect-calendar.ts";
import { connectRecords } from "./connect-records.ts";
import { choice } from "./connection-choice.ts";
import { place } from "./connection-settings.ts";
import { connectionShape } from "./connection-shape.ts";
import type { Deps } from "./deps.ts";
import { enteredShape } from "./entered.ts";
import { wrong } from "./problems.ts";
import { type Answer, type Call, type Route, route } from "./route.ts";
import { id, moment, zone } from "./validation.ts";

const token = z.string().min(1).max(8192);

const credentials = z
  .object({
    accessToken: token.optional(),
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
  .catchall(token)
  .meta({
    description:
      "For a calendar, tokens of a consent that was given elsewhere; for business data the same as `entered`",
  });

const schedule = z
  .strictObject({ cadence: cadence.optional(), zone: zone.optional() })
  .meta({ id: "FirstSchedule" });

const body = z
  .strictObject({
    provider: z.string().max(64),
    calendarId: id.optional().meta({ description: "Needed for a calendar, and for nothing else" }),
    remoteCalendarId: place.remoteCalendarId.optional(),
    properties: place.properties.optional(),
    addKeyProperty: place.addKeyProperty.optional(),
    direction: choice.direction.optional(),
    policy: choice.policy.optional(),
    firstSync: choice.firstSync.optional().meta({
      description: "`preview` shows what the first sync would do, and waits for a person",
    }),
    pollIntervalMs: choice.pollIntervalMs.optional(),
    credentials: credentials.optional(),
    entered: enteredShape.optional(),
    settings: z.record(z.string().max(64), z.string().max(1_024)).optional().meta({
      description: "Of business data: what is read, where what was entered does not say it",
    }),
    schedule: schedule.nullish().meta({
      description:
        "Of business data: when it syncs; without it as often as is usual for the provider, and with null only when somebody asks",
    }),
  })
  .meta({ id: "NewConnection" });

export type NewConnection = z.output<typeof body>;
export type ConnectCall = Call<unknown, unknown, NewConnection>;

export const connectRoutes: Route[] = [
  route({
    method: "post",
    path: "/api/connections",
    role: "admin",
    tag: "connections",
    summary: "Connects a calendar with a provider's, or business data",
    description:
      "With `credentials` a calendar syncs at once; without, `consentUrl` is where a person gives consent. Business data is connected with what a person enters: it is traded at the provider before anything is stored, and syncs at once. One that was disconnected begins anew; its records stay with the old connection.",
    body,
    refuses: [409, 422, 503],
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

function connect(deps: Deps, call: ConnectCall): Promise<Answer> {
  const { provider } = call.body;
  const connectors = deps.registry.list();
  const connector = connectors.find((one) => one.provider === provider);
  if (!connector) {
    const known = connectors.map((one) => one.provider);
    throw wrong("/provider", `is not one of ${known.join(", ")}`);
  }
  return connector.kind === "records"
    ? connectRecords(deps, call, connector)
    : connectCalendar(deps, call);
}
