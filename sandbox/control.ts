import express, { type Response, type Router } from "express";
import * as z from "zod";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import { faultRule } from "./fault-rules.ts";
import type { Faults } from "./faults.ts";
import type { RequestLog } from "./request-log.ts";

interface ControlParts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly faults: Faults;
  readonly log: RequestLog;
  /** Returns every provider to nothing. */
  readonly reset: () => void;
}

const clockBody = z.object({ offsetMs: z.number() });

/** The part of the control API that all providers share. */
export function createControl({ clock, counters, faults, log, reset }: ControlParts): Router {
  const router = express.Router();
  router.post("/reset", (_request, response) => {
    reset();
    done(response);
  });
  router.get("/faults", (_request, response) => void response.json({ faults: faults.list() }));
  router.post("/faults", (request, response) => {
    const rules = z
      .union([faultRule.array(), faultRule.transform((rule) => [rule])])
      .parse(request.body);
    const ids = rules.map((rule) => faults.add(rule));
    response.status(201).json({ id: ids[0], ids });
  });
  router.delete("/faults", (_request, response) => {
    faults.remove();
    done(response);
  });
  router.delete("/faults/:id", (request, response) => {
    faults.remove(request.params.id);
    done(response);
  });
  router.get("/requests", (request, response) => {
    const requests = log.since(Number(request.query["since"] ?? 0));
    response.json({ requests, last: requests.at(-1)?.seq ?? 0 });
  });
  router.delete("/requests", (_request, response) => {
    log.clear();
    done(response);
  });
  router.get("/counters", (_request, response) => void response.json(counters.counts()));
  router.post("/counters/reset", (_request, response) => {
    counters.reset();
    done(response);
  });
  router.get("/clock", (_request, response) => showClock(clock, response));
  router.post("/clock", (request, response) => {
    clock.shift(clockBody.parse(request.body).offsetMs);
    showClock(clock, response);
  });
  return router;
}

function showClock(clock: Clock, response: Response): void {
  response.json({ offsetMs: clock.offset(), now: new Date(clock.now()).toISOString() });
}

function done(response: Response): void {
  response.json({ ok: true });
}
