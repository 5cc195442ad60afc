import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { connectionNames } from "../db/connection-names.ts";
import {
  changeConnection,
  type Connection,
  listConnections,
  markDisconnected,
  readConnection,
} from "../db/connections.ts";
import { deleteSchedule, listSchedules, untell } from "../db/schedules.ts";
import { readAnew } from "../db/cursors.ts";
import { hasRecords } from "./calendar-only.ts";
import { chooseInTurn, choice, refuseTwin, setToWork } from "./connection-choice.ts";
import { chosenAnew, refuseMoved } from "./choose-anew.ts";
import { named } from "./connection-names.ts";
import { place } from "./connection-settings.ts";
import { connectionShape } from "./connection-shape.ts";
import { describe } from "./describe.ts";
import { isUnchosen } from "./connection-state.ts";
import type { Deps } from "./deps.ts";
import { refuseUnmeetable } from "./freshness.ts";
import { listed } from "./listed.ts";
import { byId, cut, defaultLimit, pageOf, pageQuery, readCursor } from "./paging.ts";
import { patiently } from "./patience.ts";
import { notFound, Problem, wrong } from "./problems.ts";
import { recordsChosenAnew } from "./records-choice.ts";
import { refuseOtherwise } from "./rule-owned.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";
import { tell } from "./schedule-shape.ts";
import { id } from "./validation.ts";

const common = { tag: "connections" } as const;
const answers = { 200: { description: "The connection", schema: connectionShape } };

const patch = z
  .strictObject({
    ...place,
    direction: choice.direction,
    policy: choice.policy,
    firstSync: choice.firstSync,
    pollIntervalMs: choice.pollIntervalMs.nullable(),
    freshnessTargetMs: choice.freshnessTargetMs.nullable().meta({
      description:
        "How old the last complete pass may grow before people are told; null for two polls, or two runs of a schedule",
    }),
    settings: z.record(z.string().max(64), z.string().max(1_024)).meta({
      description: "Of business data: what is read, where it has to be chosen (`companyId`)",
    }),
    enabled: z.boolean(),
    pausedReason: z.string().max(500).nullable(),
  })
  .partial()
  .meta({ id: "ConnectionPatch" });
type Patch = z.output<typeof patch>;

export const connectionRoutes: Route[] = [
  route({
    ...common,
    method: "get",
    path: "/api/connections",
    role: "member",
    summary: "Living connections of the company",
    query: z.strictObject({
      ...pageQuery,
      calendarId: id.optional(),
      provider: z.string().max(64).optional(),
      name: z.string().max(200).optional().meta({
        description:
          "Those that a person may mean: by the name of a calendar or a shop, by provider, or by how the id begins",
      }),
    }),
    answers: { 200: { description: "Connections", schema: pageOf(connectionShape) } },
    handle: async (deps, call) => {
      const { limit = defaultLimit, cursor, name, ...filter } = call.query;
      const after = readCursor(cursor, byId)?.id;
      return deps.database.withCompany(call.caller.companyId, async (tx) => {
        const ids = name === undefined ? undefined : await idsNamed(tx, name);
        const found = await listConnections(tx, { ...filter, ids, after, limit: limit + 1 });
        const page = cut(found, limit, (last) => ({ id: last.id }));
        return listed(call, { ...page, items: await describe(deps, tx, page.items) });
      });
    },
  }),
  route({
    ...common,
    method: "get",
    path: "/api/connections/:id",
    role: "member",
    summary: "A connection: state, freshness, counters, channel",
    answers,
    handle: (deps, call) => answer(deps, call, String(call.params["id"])),
  }),
  route({
    ...common,
    method: "patch",
    path: "/api/connections/:id",
    role: "admin",
    summary: "Changes a connection: its calendar (once), direction, policy, polling, pause",
    body: patch,
    answers,
    handle: async (deps, call) => {
      const connectionId = String(call.params["id"]);
      await change(deps, call, connectionId, call.body);
      return answer(deps, call, connectionId);
    },
  }),
  route({
    ...common,
    method: "delete",
    path: "/api/connections/:id",
    role: "admin",
    summary:
      "Disconnects: revokes the grant, stops channels, deletes secrets; events and trail stay",
    answers: {
      202: {
        description: "It is disconnected; the provider is being told",
        schema: connectionShape,
      },
    },
    handle: disconnect,
  }),
];

const idsNamed = async (tx: Tx, name: string): Promise<string[]> =>
  named(await connectionNames(tx), name).map(({ id }) => id);

async function answer(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller">,
  connectionId: string,
): Promise<Answer> {
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    const connection = await readConnection(tx, connectionId);
    const [described] = connection ? await describe(deps, tx, [connection]) : [];
    if (!described) throw notFound();
    return ok(described);
  });
}

/** Changes what a person chooses of a connection, and puts it to work or to rest. @throws Problem */
export async function change(
  deps: Deps,
  call: Pick<Call<unknown, unknown, unknown>, "caller" | "gone">,
  connectionId: string,
  body: Patch,
): Promise<void> {
  const { companyId } = call.caller;
  const seen = await deps.database.withCompany(companyId, (tx) => read(tx, connectionId));
  const isRecords = hasRecords(deps, seen);
  const choose = isRecords ? recordsChosenAnew : calendarChosenAnew;
  const settings = await choose(deps, seen, body, call.gone);
  const after = await deps.database.withCompany(companyId, async (tx) => {
    if (settings) await chooseInTurn(tx, seen);
    const before = await read(tx, connectionId);
    if (settings) {
      refuseMoved(seen, before);
      await refuseTwin(tx, { ...before, settings, exceptId: connectionId });
    }
    refuseUnmeetable(deps, before, body);
    const changed = await changeConnection(tx, connectionId, columns(body, settings));
    if (!changed) throw notFound();
    const isNews =
      !isRecords &&
      (settings !== null || (before.direction === "in" && changed.direction !== "in"));
    const comesIn = before.direction === "out" && changed.direction !== "out";
    // What waits for a person is decided by the new policy.
    const decides = before.policy === "ask" && changed.policy !== "ask";
    const reads = settings !== null && !isUnchosen(before);
    if (comesIn || decides || reads) await readAnew(tx, connectionId);
    const schedules = before.enabled === changed.enabled ? [] : await untell(tx, connectionId);
    return { signal: await setToWork(deps, tx, changed, call.caller, isNews), schedules };
  });
  after.signal();
  await Promise.all(after.schedules.map((schedule) => tell(deps, schedule)));
}

function calendarChosenAnew(
  deps: Deps,
  connection: Connection,
  { settings, ...said }: Patch,
  gone: AbortSignal,
): Promise<Record<string, string> | null> {
  if (settings !== undefined)
    throw wrong("/settings", "is for business data: a calendar has remoteCalendarId");
  refuseOtherwise(connection, said);
  return chosenAnew(deps, connection, said, gone);
}

async function read(tx: Tx, connectionId: string): Promise<Connection> {
  const found = await readConnection(tx, connectionId);
  if (!found) throw notFound();
  if (found.disconnectedAt)
    throw new Problem("disconnected", "A disconnected connection cannot be changed.");
  return found;
}

function columns(
  body: Patch,
  settings: Record<string, string> | null,
): Parameters<typeof changeConnection>[2] {
  const { direction, policy, firstSync, enabled, pausedReason } = body;
  const { pollIntervalMs, freshnessTargetMs } = body;
  return {
    ...(settings && { settings }),
    ...(direction !== undefined && { direction }),
    ...(policy !== undefined && { policy }),
    ...(firstSync !== undefined && { firstSync }),
    ...(pollIntervalMs !== undefined && { pollIntervalMs, nextPollAt: new Date() }),
    ...(freshnessTargetMs !== undefined && { freshnessTargetMs }),
    ...(pausedReason !== undefined && { pausedReason }),
    ...(enabled === true && { enabled, pausedReason: null }),
    ...(enabled === false && { enabled, pausedReason: pausedReason ?? "paused by a person" }),
  };
}

async function disconnect(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
): Promise<Answer> {
  const { companyId } = call.caller;
  const connectionId = String(call.params["id"]);
  const schedules = await deps.database.withCompany(companyId, async (tx) => {
    if (!(await readConnection(tx, connectionId))) throw notFound();
    await markDisconnected(tx, connectionId);
    const gone = await listSchedules(tx, { connectionId, limit: 500 });
    for (const schedule of gone) await deleteSchedule(tx, schedule.id);
    return gone;
  });
  // Asking again starts again: what Temporal was not there for can be repeated.
  const told = [
    deps.workflows.disconnect({ companyId, connectionId }),
    ...schedules.map(({ id: gone }) => deps.schedules.remove(gone)),
  ];
  for (const result of await Promise.allSettled(told.map(patiently))) {
    if (result.status === "rejected")
      deps.log.warn({ err: result.reason, connectionId }, "Temporal was not told of a disconnect");
  }
  const described = await answer(deps, call, connectionId);
  return described === "streamed" ? described : { ...described, status: 202 };
}
