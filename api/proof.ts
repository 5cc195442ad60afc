import { z } from "zod";
import { countIntents, type IntentCount } from "../db/proof.ts";
import { calendarConnection } from "./calendar-only.ts";
import { isActive } from "./connection-choice.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";
import { type Found, prove } from "./prove.ts";
import { type Answer, type Call, ok, type Route, route } from "./route.ts";

const finding = z
  .object({
    kind: z.string(),
    weight: z.enum(["explained", "waiting", "broken"]),
    words: z.string(),
    eventId: z.guid().nullable(),
    remoteId: z.string().nullable(),
  })
  .meta({ id: "Finding" });

const report = z
  .object({
    connectionId: z.guid(),
    provider: z.string(),
    at: z.iso.datetime(),
    verdict: z.enum(["proven", "waiting", "broken"]).meta({
      description:
        "Proven: every intent has its one effect, and every link is as the provider shows it now, or its difference has a reason. Waiting: the next sessions, or a person, will settle what is left. Broken: nobody is on the way to it",
    }),
    intents: z.array(z.object({ kind: z.string(), outcome: z.string(), count: z.int() })),
    links: z.int(),
    items: z.int().meta({ description: "What the provider listed" }),
    counts: z.object({ explained: z.int(), waiting: z.int(), broken: z.int() }),
    findings: z.array(finding).meta({ description: "The weightiest first, at most 500" }),
  })
  .meta({ id: "Proof" });

export type ProofAnswer = z.output<typeof report>;

const most = 500;

export const proofRoutes: Route[] = [
  route({
    method: "get",
    path: "/api/connections/:id/proof",
    role: "admin",
    tag: "trail",
    summary: "Proves that a connection is in step: intents by their effects, links by a fresh look",
    description:
      "Reads everything at the provider once more, metered as a sync is, and stores nothing. It takes as long as a full listing takes.",
    refuses: [409, 422, 503],
    answers: { 200: { description: "The report", schema: report } },
    handle: proof,
  }),
];

async function proof(
  deps: Deps,
  call: Call<Record<string, unknown>, unknown, unknown>,
): Promise<Answer> {
  const connection = await calendarConnection(deps, call, String(call.params["id"]));
  if (!isActive(connection))
    throw new Problem(
      "not_connected",
      "Only a connection that syncs can be proven: connect or resume it.",
    );
  const { found, links, items } = await prove(deps, connection, call.gone);
  const intents = await deps.database.withCompany(connection.companyId, (tx) =>
    countIntents(tx, connection.id),
  );
  const counts = { explained: 0, waiting: 0, broken: 0 };
  for (const { weight } of found) counts[weight] += 1;
  return ok({
    connectionId: connection.id,
    provider: connection.provider,
    at: new Date(deps.now()).toISOString(),
    verdict: verdictOf(counts, intents),
    intents,
    links,
    items,
    counts,
    findings: found.toSorted(byWeight).slice(0, most),
  });
}

function verdictOf(
  { waiting, broken }: { waiting: number; broken: number },
  intents: readonly IntentCount[],
): "proven" | "waiting" | "broken" {
  if (broken > 0) return "broken";
  const isOpen = intents.some(({ outcome }) => outcome === "open");
  return waiting > 0 || isOpen ? "waiting" : "proven";
}

const weights = ["broken", "waiting", "explained"];

const byWeight = (a: Found, b: Found): number =>
  weights.indexOf(a.weight) - weights.indexOf(b.weight);
