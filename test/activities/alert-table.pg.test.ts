import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { findAlerts, readAlertFacts } from "../../db/alerts.ts";
import { changeOf } from "../../sync/alert.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

const usual = { everyMs: { memory: 900_000 }, tickMs: 30_000 };
const many = 3_000;

/** As many connections, each with everything that decides drawn at random, from a seed. */
async function randomConnections(): Promise<string> {
  const team = await engine.connect();
  const one = (...values: (string | null)[]) =>
    `(array[${values.map((value) => (value === null ? "null" : `'${value}'`)).join(", ")}])[1 + floor(random() * ${values.length})::int]`;
  const ago = "now() - make_interval(mins => floor(random() * 70)::int)";
  await engine.psql(
    `with seed as (select setseed(0.42))
     insert into connections (company_id, calendar_id, provider, settings, grant_state, enabled, disconnected_at,
       last_error_code, last_error_at, last_complete_pass_at, poll_interval_ms, freshness_target_ms)
     select $1, case when random() < 0.8 then $2::uuid end, ${one("memory", "memory", "memory", "unpolled")},
       case when random() < 0.1 then '{}' else '{"in":"memory"}' end::jsonb, ${one("ok", "ok", "ok", "ok", "needs_reauth", "revoked", "pending")},
       random() < 0.9, case when random() < 0.05 then now() end, ${one(null, null, null, "forbidden", "misconfigured", "provider_unavailable", "provider_unavailable", "needs_reauth")},
       case when random() < 0.8 then ${ago} end, case when random() < 0.9 then ${ago} end,
       case when random() < 0.3 then 600000 end, case when random() < 0.2 then 1200000 end
     from seed, generate_series(1, ${many})`,
    [team.companyId, team.calendarId],
  );
  await engine.psql(
    `insert into alert_states (connection_id, company_id, condition, since, resting, watched_from)
     select id, company_id, ${one("ok", "ok", "needs_reauth", "failed:forbidden", "failed:misconfigured", "failed:writes", "late", "late", "held", "undecided")},
       ${ago}, random() < 0.2, ${ago} from connections where random() < 0.9 and company_id = $1`,
    [team.companyId],
  );
  await engine.psql(
    `insert into schedules (company_id, connection_id, cadence) select company_id, id, ${one('{"everyMinutes": 15}', '{"everyHours": 1}', '{"dailyAt": ["03:00"]}', '{"cron": "0 * * * *"}')}::jsonb
     from connections where calendar_id is null and random() < 0.8 and company_id = $1`,
    [team.companyId],
  );
  await engine.psql(
    `insert into plans (company_id, connection_id, session_id, side, reason, items, kind, state, waits_until)
     select company_id, id, gen_random_uuid(), 'local', 'many', 12, ${one("deletions", "preview")}, ${one("held", "ready", "rejected")},
       case when random() < 0.3 then now() + interval '1 hour' end from connections where random() < 0.3 and company_id = $1`,
    [team.companyId],
  );
  return team.companyId;
}

test("the look across companies finds what the table says, and nothing else", async () => {
  const companyId = await randomConnections();
  const found = await engine.db.acrossCompanies((tx) => findAlerts(tx, usual, 100_000));
  const ids = (await engine.psql<{ id: string }>("select id from connections")).map(({ id }) => id);
  const facts = await engine.db.withCompany(companyId, (tx) => readAlertFacts(tx, ids, usual));
  expect(facts).toHaveLength(many + 1);
  const changed = facts.filter((row) => changeOf(row) !== null);
  expect(found.map(({ connectionId }) => connectionId).toSorted()).toEqual(
    changed.map(({ connectionId }) => connectionId).toSorted(),
  );
  // A sample that lacked a kind of change would prove little.
  const kinds = new Set(
    facts.flatMap((row) => {
      const change = changeOf(row);
      return change?.kind === "tell" ? [change.to] : [change?.kind ?? "nothing"];
    }),
  );
  expect([...kinds].toSorted()).toEqual([
    "failed:forbidden",
    "failed:misconfigured",
    "held",
    "late",
    "needs_reauth",
    "nothing",
    "ok",
    "rest",
    "watch",
  ]);
});

test("it is quick enough for every tick", async () => {
  const started = performance.now();
  await engine.db.acrossCompanies((tx) => findAlerts(tx, usual, 100_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});
