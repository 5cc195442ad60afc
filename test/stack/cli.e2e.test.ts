import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Connected } from "../support/connected.ts";
import { ownerOf } from "../support/http.ts";
import { apiKey, type Stack, startStack } from "../support/stack.ts";
import { day } from "../support/trouble.ts";
import { until } from "../support/until.ts";

const secret = "made-up-signing-secret";

let stack: Stack;
let team: Connected;
let first: string;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    temporalAddress: inject("temporalAddress"),
    api: true,
    env: { LINGER_MS: "300", SLACK_SIGNING_SECRET: secret },
  });
  const { companyId } = await ownerOf(stack);
  team = await stack.connect({ companyId });
  for (const summary of ["a", "b"])
    first = (await stack.google.create(team.googleCalendar, { summary, ...day })).id;
});
afterAll(() => stack?.stop());

/** The command as a person types it. */
async function cli(line: string): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["cli/syncline.mjs", ...line.split(" ")], {
    env: {
      PATH: process.env["PATH"],
      SYNCLINE_API_URL: stack.apiUrl,
      SYNCLINE_API_KEY: apiKey,
    },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

const titles = async () =>
  (
    await stack.psql<{ title: string }>(
      "select title from events where calendar_id = $1 and deleted_at is null order by title",
      [team.calendarId],
    )
  ).map(({ title }) => title);

it("syncs and follows to the five numbers", async () => {
  const { code, out, err } = await cli("sync team --follow");
  expect(err).toMatch(/^Session \S+\n\d\d:\d\d:\d\d {2}/);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(
      /^Session \S+ done: 2 created, 0 updated, 0 deleted, \d+ unchanged, 0 failed\n$/,
    ),
  ]);
  expect(await titles()).toEqual(["a", "b"]);
});

it("previews and does nothing, applies exactly that, and takes it back", async () => {
  await team.quiescent();
  await stack.google.patch(team.googleCalendar, first, { summary: "b there" });
  const shown = await cli("preview team");
  expect([shown.code, shown.out]).toEqual([
    6,
    expect.stringMatching(/^local +updated +b\S* .*title/m),
  ]);
  expect(await titles()).toEqual(["a", "b"]);
  expect(await cli("sync team --follow")).toMatchObject({ code: 6 });
  const plan = /syncline apply (\S+)/.exec(shown.err)?.[1] ?? "";
  const applied = await cli(`apply ${plan} --json`);
  const { session, plan: after } = JSON.parse(applied.out);
  expect([applied.code, after.state]).toEqual([0, "applied"]);
  expect(await titles()).toEqual(["a", "b there"]);
  await team.quiescent();
  expect((await cli(`apply ${plan}`)).code).toBe(1);
  const undone = await cli(`undo ${session.id} --yes`);
  expect([undone.code, undone.out]).toEqual([0, expect.stringContaining(" done: ")]);
  expect(await titles()).toEqual(["a", "b"]);
});

it("explains, proves and lists", async () => {
  await team.quiescent();
  const [event] = await stack.psql<{ id: string }>(
    "select id from events where calendar_id = $1 and title = 'a'",
    [team.calendarId],
  );
  const why = await cli(`why ${event?.id}`);
  expect([why.code, why.out]).toEqual([0, expect.stringContaining("google-calendar: in step")]);
  const [undone] = await stack.psql<{ id: string }>(
    "select id from events where calendar_id = $1 and title = 'b'",
    [team.calendarId],
  );
  expect((await cli(`why ${undone?.id}`)).out).toMatch(
    /^google-calendar: not in step: .*title\. What to do: Edit/,
  );
  expect((await cli("proof team")).out).toMatch(/^PROVEN: 2 links, 2 items/);
  const changes = JSON.parse((await cli("changes --json")).out) as { eventId: string }[];
  expect(changes.some(({ eventId }) => eventId === event?.id)).toBe(true);
  expect((await cli("status team")).code).toBe(0);
});

it("S5.1: a command typed in Slack starts a session as every trigger does", async () => {
  const key = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  await fetch(`${stack.apiUrl}/api/slack/teams/T1`, {
    method: "PUT",
    headers: key,
    body: JSON.stringify({ role: "member" }),
  });
  await team.quiescent();
  const typed = await fetch(`${stack.google.url}/sandbox/sinks/slack/command`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      url: `${stack.apiUrl}/api/slack/commands`,
      secret,
      text: "now team",
      team_id: "T1",
      user_id: "U7",
    }),
  });
  const { answer } = (await typed.json()) as { answer: { shown: { text: string } } };
  expect(answer.shown.text).toMatch(/^Syncing Team \(google-calendar\)/);
  const session = await until(async () => {
    const { out } = await cli("sessions --trigger slack --json");
    const [found] = JSON.parse(out) as { status: string; triggeredBy: string }[];
    return found?.status === "completed" ? found : null;
  });
  expect(session.triggeredBy).toBe("slack:U7");
});
