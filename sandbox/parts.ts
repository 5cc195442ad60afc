import type { Router } from "express";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import { createEmployesApi } from "./employes/api.ts";
import { createEmployesControl } from "./employes/control.ts";
import { Employes, type SavedEmployes } from "./employes/employes.ts";
import { injectedError as employesError } from "./employes/errors.ts";
import { createEmployesPages } from "./employes/pages.ts";
import { createApi as createGoogleApi } from "./google/api.ts";
import { createGoogleControl } from "./google/control.ts";
import { injectedError as googleError } from "./google/errors.ts";
import { Google, type SavedGoogle } from "./google/google.ts";
import { createOAuth } from "./google/oauth.ts";
import { createGooglePages } from "./google/pages.ts";
import { createKiotVietApi } from "./kiotviet/api.ts";
import { createKiotVietControl } from "./kiotviet/control.ts";
import { injectedError as kiotVietError } from "./kiotviet/errors.ts";
import { KiotViet, type SavedKiotViet } from "./kiotviet/kiotviet.ts";
import { createKiotVietPages } from "./kiotviet/pages.ts";
import { createNotionApi } from "./notion/api.ts";
import { createNotionControl } from "./notion/control.ts";
import { injectedError as notionError } from "./notion/errors.ts";
import { Notion, type SavedNotion } from "./notion/notion.ts";
import { createNotionOAuth } from "./notion/oauth.ts";
import { createNotionPages } from "./notion/pages.ts";
import { createSinksApi } from "./sinks/api.ts";
import { createSinksControl } from "./sinks/control.ts";
import { createSinksPages } from "./sinks/pages.ts";
import { Sinks } from "./sinks/sinks.ts";

/** One pretend party, as the process that holds them all sees it. */
export interface Part {
  /** Its name in the state file; without one, nothing of it is kept. */
  readonly kept?: { name: string; save(): unknown; load(saved: unknown): void };
  readonly control: readonly [path: string, router: Router];
  readonly pages: Router;
  readonly api: readonly (readonly [path: string, router: Router])[];
  /** An error as this party words it; null where the address is not its own. */
  word(status: number, reason: string | undefined, url: string): unknown;
  reset(): void;
  close?(): void;
}

interface World {
  clock: Clock;
  counters: Counters;
  changed: () => void;
}

export interface Parties {
  google: Google;
  notion: Notion;
  kiotViet: KiotViet;
  employes: Employes;
  sinks: Sinks;
}

export function createParties(world: World): Parties {
  return {
    google: new Google(world),
    notion: new Notion(world),
    kiotViet: new KiotViet(world),
    employes: new Employes(world),
    sinks: new Sinks(world.clock),
  };
}

/** Google comes last: what is nobody else's address is its. */
export function partsOf(parties: Parties): Part[] {
  return [
    sinksPart(parties),
    employesPart(parties),
    kiotVietPart(parties),
    notionPart(parties),
    googlePart(parties),
  ];
}

function sinksPart({ sinks }: Parties): Part {
  return {
    control: ["/sandbox/sinks", createSinksControl(sinks)],
    pages: createSinksPages(sinks),
    api: [["/sinks", createSinksApi(sinks)]],
    word: (status, reason, url) =>
      url.startsWith("/sinks/") ? { message: reason ?? `Error ${status}`, code: 0 } : null,
    reset: () => sinks.reset(),
  };
}

function employesPart({ employes }: Parties): Part {
  return {
    kept: {
      name: "employes",
      save: () => employes.save(),
      load: (saved) => employes.load(saved as SavedEmployes),
    },
    control: ["/sandbox/employes", createEmployesControl(employes)],
    pages: createEmployesPages(employes),
    api: [["/employes/v4", createEmployesApi(employes)]],
    word: (status, reason, url) =>
      url.startsWith("/employes/") ? employesError(status, reason) : null,
    reset: () => employes.reset(),
  };
}

function kiotVietPart({ kiotViet }: Parties): Part {
  return {
    kept: {
      name: "kiotViet",
      save: () => kiotViet.save(),
      load: (saved) => kiotViet.load(saved as SavedKiotViet),
    },
    control: ["/sandbox/kiotviet", createKiotVietControl(kiotViet)],
    pages: createKiotVietPages(kiotViet),
    api: [["/kiotviet", createKiotVietApi(kiotViet)]],
    word: (status, reason, url) =>
      url.startsWith("/kiotviet/") ? kiotVietError(status, reason, url) : null,
    reset: () => kiotViet.reset(),
    close: () => kiotViet.webhooks.clear(),
  };
}

function notionPart({ notion }: Parties): Part {
  return {
    kept: {
      name: "notion",
      save: () => notion.save(),
      load: (saved) => notion.load(saved as SavedNotion),
    },
    control: ["/sandbox/notion", createNotionControl(notion)],
    pages: createNotionPages(notion),
    api: [
      ["/v1", createNotionOAuth(notion)],
      ["/v1", createNotionApi(notion)],
    ],
    word: (status, reason, url) =>
      url.startsWith("/v1/") && !url.startsWith("/v1/userinfo")
        ? notionError(status, reason)
        : null,
    reset: () => notion.reset(),
    close: () => notion.webhooks.clear(),
  };
}

function googlePart({ google }: Parties): Part {
  return {
    kept: {
      name: "google",
      save: () => google.save(),
      load: (saved) => google.load(saved as SavedGoogle),
    },
    control: ["/sandbox", createGoogleControl(google)],
    pages: createGooglePages(google),
    api: [
      ["/calendar/v3", createGoogleApi(google)],
      ["/", createOAuth(google)],
    ],
    word: (status, reason) => googleError(status, reason),
    reset: () => google.reset(),
    close: () => google.push.clear(),
  };
}
