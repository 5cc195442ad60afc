import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:http";
import express, { type ErrorRequestHandler, type Express } from "express";
import * as z from "zod";
import { assetRoutes } from "./assets.ts";
import { createClock } from "./clock.ts";
import { createControl } from "./control.ts";
import { createCounters } from "./counters.ts";
import { createFaults } from "./faults.ts";
import { asObject } from "./json.ts";
import { createParties, type Part, type Parties, partsOf } from "./parts.ts";
import { createRequestLog } from "./request-log.ts";
import { createStateFile, readState } from "./state-file.ts";

interface SandboxOptions {
  /** File the state is kept in; without it, it is forgotten at the end. */
  readonly statePath?: string;
}

export interface Sandbox extends Parties {
  readonly app: Express;
  /** Saves what is unsaved and stops every timer. */
  close(): void;
}

export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Where the pretend mail server listens. */
  readonly smtpPort: number;
  readonly server: Server;
  close(): Promise<void>;
}

export function createSandbox({ statePath }: SandboxOptions = {}): Sandbox {
  const clock = createClock();
  const counters = createCounters();
  const faults = createFaults();
  const log = createRequestLog(clock);
  let changed = (): void => undefined;
  const parties = createParties({ clock, counters, changed: () => changed() });
  const parts = partsOf(parties);
  if (statePath !== undefined) restore(statePath, parts, clock.shift);
  const file =
    statePath === undefined
      ? undefined
      : createStateFile(statePath, () => snapshotOf(parts, clock.offset()));
  if (file !== undefined) changed = file.changed;
  const reset = (): void => {
    counters.reset();
    faults.remove();
    log.clear();
    // Before the parties: what one has from its start is dated by the clock.
    clock.shift(0);
    for (const part of parts) part.reset();
  };
  const app = express().disable("x-powered-by").disable("etag");
  app.use((_request, response, next) => {
    response.setHeader("Date", new Date(clock.now()).toUTCString());
    next();
  });
  app.use(
    "/sandbox",
    express.json({ limit: "200mb" }),
    express.text({ type: ["text/*"], limit: "100mb" }),
    assetRoutes(),
    createControl({ clock, counters, faults, log, reset }),
  );
  for (const { control } of parts) app.use(...control);
  for (const { pages } of parts) app.use(pages);
  app.use(log.middleware, faults.middleware(wordedBy(parts)));
  for (const { api } of parts) for (const route of api) app.use(...route);
  app.use(reportError);
  const close = (): void => {
    file?.flush();
    for (const part of parts) part.close?.();
  };
  return { app, ...parties, close };
}

function snapshotOf(parts: readonly Part[], clockOffsetMs: number): unknown {
  const kept = parts.flatMap((part) => (part.kept ? [[part.kept.name, part.kept.save()]] : []));
  return { clockOffsetMs, ...(Object.fromEntries(kept) as object) };
}

function restore(path: string, parts: readonly Part[], shift: (offsetMs: number) => void): void {
  const saved = readState(path);
  if (saved === undefined) return;
  const held = asObject(saved);
  shift(Number(held["clockOffsetMs"] ?? 0));
  // A state that an earlier sandbox left does not know all of them.
  for (const { kept } of parts)
    if (kept && held[kept.name] !== undefined) kept.load(held[kept.name]);
}

/** Each provider words its errors itself; the path says whose they are. */
const wordedBy =
  (parts: readonly Part[]) =>
  (status: number, reason: string | undefined, url: string): unknown => {
    for (const part of parts) {
      const worded = part.word(status, reason, url);
      if (worded !== null) return worded;
    }
    return {};
  };

const reportError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (error instanceof z.ZodError) response.status(400).json({ error: z.prettifyError(error) });
  else {
    const message = error instanceof Error ? error.message : String(error);
    const status = Number(asObject(error)["status"] ?? 500);
    if (status >= 500)
      process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
    response.status(status).json({ error: message });
  }
};

/** Listens on a port, and for mail on another (0 for any free one), and says which. */
export async function listen(
  { app, sinks, close }: Sandbox,
  port = 0,
  host = "127.0.0.1",
  smtpPort = 0,
): Promise<Listening> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const mailAt = await sinks.mail.listen(smtpPort, host);
  const { port: actual } = server.address() as AddressInfo;
  return {
    port: actual,
    url: `http://${host}:${actual}`,
    smtpPort: mailAt,
    server,
    close: async () => {
      close();
      await sinks.mail.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
