import { z } from "zod";
import type { Deps } from "./deps.ts";
import { openapi } from "./openapi.ts";
import { codes, notFound } from "./problems.ts";
import { ok, type Route, route } from "./route.ts";

const text = { description: "One line per check", schema: z.string(), type: "text/plain" };
/** Probes are told apart by what they add to the address; it means nothing here. */
const anything = z.looseObject({});
const patienceMs = 3_000;

/** Operations: what needs no key. `all` answers the whole table, this part included. */
export function operations(all: () => readonly Route[]): Route[] {
  let document: Record<string, unknown> | undefined;
  return [
    route({
      method: "get",
      path: "/healthz",
      query: anything,
      role: "public",
      limited: false,
      tag: "operations",
      summary: "Whether the process lives",
      answers: { 200: text },
      handle: async () => ({ status: 200, body: "ok\n", type: "text/plain" }),
    }),
    route({
      method: "get",
      path: "/readyz",
      query: anything,
      role: "public",
      limited: false,
      tag: "operations",
      summary: "Whether it can work: Postgres, migrations, Temporal",
      answers: { 200: text, 503: text },
      handle: readiness,
    }),
    route({
      method: "get",
      path: "/openapi.json",
      role: "public",
      tag: "operations",
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1", schema: z.record(z.string(), z.unknown()) } },
      handle: async (deps) => ok((document ??= openapi(all(), deps.config.PUBLIC_URL))),
    }),
    route({
      method: "get",
      path: "/problems/:code",
      role: "public",
      refuses: [404],
      params: z.strictObject({ code: z.string().max(64) }),
      tag: "operations",
      summary: "What an error code means, and what to do",
      answers: { 200: { description: "The code in words", schema: problemPage } },
      handle: async (_deps, call) => {
        const entry = Object.entries(codes).find(([code]) => code === call.params.code)?.[1];
        if (!entry) throw notFound();
        const [status, title, action] = entry;
        return ok({ code: call.params.code, status, title, action });
      },
    }),
  ];
}

const problemPage = z.object({
  code: z.string(),
  status: z.int(),
  title: z.string(),
  action: z.string(),
});

/** All checks at once, each with its own deadline. */
async function readiness(deps: Deps) {
  const checks = Object.entries({
    process: async () => {
      if (!deps.accepting()) throw new Error("is ending");
    },
    ...deps.checks,
  });
  const lines = await Promise.all(
    checks.map(async ([name, check]) => ({ name, problem: await problemOf(check) })),
  );
  const isReady = lines.every((line) => line.problem === null);
  const body = lines.map(({ name, problem }) => `${name}: ${problem ?? "ok"}\n`).join("");
  return { status: isReady ? 200 : 503, body, type: "text/plain" };
}

async function problemOf(check: () => Promise<void>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${patienceMs} ms`), patienceMs);
  });
  const done = check().then(
    () => null,
    (error: unknown) =>
      error instanceof Error && error.message !== ""
        ? (error.message.split("\n", 1)[0] ?? "failed")
        : "failed",
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
