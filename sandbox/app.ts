import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:http";
import express, { type ErrorRequestHandler, type Express } from "express";
import * as z from "zod";
import { assetRoutes } from "./assets.ts";
import { createClock } from "./clock.ts";
import { createControl } from "./control.ts";
import { createCounters } from "./counters.ts";
import { createEmployesApi } from "./employes/api.ts";
import { createEmployesControl } from "./employes/control.ts";
import { Employes, type SavedEmployes } from "./employes/employes.ts";
import { injectedError as injectedEmployesError } from "./employes/errors.ts";
import { createEmployesPages } from "./employes/pages.ts";
import { createFaults } from "./faults.ts";
import { createApi } from "./google/api.ts";
import { createGoogleControl } from "./google/control.ts";
import { injectedError } from "./google/errors.ts";
import { Google, type SavedGoogle } from "./google/google.ts";
import { createOAuth } from "./google/oauth.ts";
import { createGooglePages } from "./google/pages.ts";
import { asObject } from "./json.ts";
import { createKiotVietApi } from "./kiotviet/api.ts";
import { createKiotVietControl } from "./kiotviet/control.ts";
import { injectedError as injectedKiotVietError } from "./kiotviet/errors.ts";
import { KiotViet, type SavedKiotViet } from "./kiotviet/kiotviet.ts";
import { createKiotVietPages } from "./kiotviet/pages.ts";
import { createNotionApi } from "./notion/api.ts";
import { createNotionControl } from "./notion/control.ts";
import { injectedError as injectedNotionError } from "./notion/errors.ts";
import { Notion, type SavedNotion } from "./notion/notion.ts";
import { createNotionOAuth } from "./notion/oauth.ts";
import { createNotionPages } from "./notion/pages.ts";
import { createRequestLog } from "./request-log.ts";
import { createSinksApi } from "./sinks/api.ts";
import { createSinksControl } from "./sinks/control.ts";
import { createSinksPages } from "./sinks/pages.ts";
import { Sinks } from "./sinks/sinks.ts";
import { createStateFile, readState } from "./state-file.ts";

interface SandboxOptions {
  /** File the state is kept in; without it, it is forgotten at the end. */
  readonly statePath?: string;
}

export interface Sandbox {
  readonly app: Express;
  readonly google: Google;
  readonly notion: Notion;
  readonly employes: Employes;
  readonly sinks: Sinks;
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
  const google = new Google({ clock, counters, changed: () => changed() });
  const notion = new Notion({ clock, counters, changed: () => changed() });
  const kiotViet = new KiotViet({ clock, counters, changed: () => changed() });
  const employes = new Employes({ clock, counters, changed: () => changed() });
  const sinks = new Sinks(clock);
  if (statePath !== undefined)
    restore(statePath, { google, notion, kiotViet, employes, shift: clock.shift });
  const snapshot = (): unknown => ({
    clockOffsetMs: clock.offset(),
    google: google.save(),
    notion: notion.save(),
    kiotViet: kiotViet.save(),
    employes: employes.save(),
  });
  const file = statePath === undefined ? undefined : createStateFile(statePath, snapshot);
  if (file !== undefined) changed = file.changed;
  const reset = (): void => {
    google.reset();
    notion.reset();
    kiotViet.reset();
    counters.reset();
    faults.remove();
    sinks.reset();
    log.clear();
    clock.shift(0);
    // What it has from the start is dated by the clock.
    employes.reset();
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
  );
  app.use(
    "/sandbox",
    assetRoutes(),
    createControl({ clock, counters, faults, log, reset }),
    createGoogleControl(google),
  );
  app.use("/sandbox/notion", createNotionControl(notion));
  app.use("/sandbox/kiotviet", createKiotVietControl(kiotViet));
  app.use("/sandbox/employes", createEmployesControl(employes));
  app.use("/sandbox/sinks", createSinksControl(sinks));
  app.use(
    createGooglePages(google),
    createNotionPages(notion),
    createKiotVietPages(kiotViet),
    createEmployesPages(employes),
    createSinksPages(sinks),
  );
  app.use(log.middleware, faults.middleware(wordError));
  app.use("/calendar/v3", createApi(google));
  app.use("/employes/v4", createEmployesApi(employes));
  app.use("/kiotviet", createKiotVietApi(kiotViet));
  app.use("/sinks", createSinksApi(sinks));
  app.use("/v1", createNotionOAuth(notion), createNotionApi(notion));
  app.use(createOAuth(google));
  app.use(reportError);
  const close = (): void => {
    file?.flush();
    google.push.clear();
    notion.webhooks.clear();
    kiotViet.webhooks.clear();
  };
  return { app, google, notion, employes, sinks, close };
}

interface Restored {
  readonly google: Google;
  readonly notion: Notion;
  readonly kiotViet: KiotViet;
  readonly employes: Employes;
  readonly shift: (offsetMs: number) => void;
}

function restore(path: string, { google, notion, kiotViet, employes, shift }: Restored): void {
  const saved = readState(path);
  if (saved === undefined) return;
  const { clockOffsetMs, google: heldByGoogle, notion: heldByNotion } = asObject(saved);
  const { kiotViet: heldByKiotViet } = asObject(saved);
  const { employes: heldByEmployes } = asObject(saved);
  shift(Number(clockOffsetMs ?? 0));
  google.load(heldByGoogle as unknown as SavedGoogle);
  // A state that an earlier sandbox left does not know all of them.
  if (heldByNotion !== undefined) notion.load(heldByNotion as unknown as SavedNotion);
  if (heldByKiotViet !== undefined) kiotViet.load(heldByKiotViet as unknown as SavedKiotViet);
  if (heldByEmployes !== undefined) employes.load(heldByEmployes as unknown as SavedEmployes);
}

/** Each provider words its errors itself; the path says whose they are. */
function wordError(status: number, reason: string | undefined, url: string): unknown {
  if (url.startsWith("/sinks/")) return { message: reason ?? `Error ${status}`, code: 0 };
  if (url.startsWith("/employes/")) return injectedEmployesError(status, reason);
  if (url.startsWith("/kiotviet/")) return injectedKiotVietError(status, reason, url);
  const notions = url.startsWith("/v1/") && !url.startsWith("/v1/userinfo");
  return notions ? injectedNotionError(status, reason) : injectedError(status, reason);
}

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
