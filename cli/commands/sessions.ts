import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { fiveNumbers, table, time } from "../print.ts";
import type { Page, Session } from "../shapes.ts";

export interface SessionFilter {
  connection?: string;
  status?: string;
  trigger?: string;
  limit?: number;
}

/** Sync sessions, newest first: what started them, by whom, and the five numbers. */
export async function sessions(context: Context, filter: SessionFilter): Promise<Exit> {
  const { connection, limit, status, trigger } = filter;
  const connectionId =
    connection === undefined ? undefined : (await connectionNamed(context.ask, connection)).id;
  const { data } = await context.ask.json<Page<Session>>("GET", "/api/sessions", {
    query: { limit, status, trigger, connectionId },
  });
  const rows = data.map((one) => {
    const { created, updated, deleted, unchanged, failed } = fiveNumbers(one);
    const started = time(one.startedAt ?? one.createdAt);
    const by = `${one.trigger} by ${one.triggeredBy}`;
    return [
      one.id,
      one.kind,
      one.status,
      by,
      started,
      created,
      updated,
      deleted,
      unchanged,
      failed,
      one.errorCode,
    ];
  });
  const head = [
    "session",
    "kind",
    "status",
    "started by",
    "at",
    "new",
    "upd",
    "del",
    "same",
    "fail",
    "error",
  ];
  show(context, data, table(head, rows));
  return exits.done;
}
