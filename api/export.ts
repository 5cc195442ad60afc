import { once } from "node:events";
import type { Response } from "express";
import { z } from "zod";
import { isLivingKey } from "../db/api-keys.ts";
import type { Tx } from "../db/client.ts";
import { csvLine } from "./csv.ts";
import type { Deps } from "./deps.ts";
import type { Answer, Call } from "./route.ts";

/** Rows per transaction: so many are in memory at once, and no transaction is longer. */
export const exportBatch = 500;

export const exportFormat = z
  .enum(["csv", "ndjson"])
  .meta({ description: "CSV (RFC 4180) in UTF-8, or one JSON object a line" });

const types = {
  csv: "text/csv; charset=utf-8; header=present",
  ndjson: "application/x-ndjson; charset=utf-8",
} as const;

export interface Exported<Row> {
  format: "csv" | "ndjson";
  /** What the file is called, without the ending. */
  name: string;
  /** Of CSV: the names of the columns. */
  columns: readonly string[];
  cells(row: Row): readonly unknown[];
  /** The next rows, in a transaction of their own; null when there are no more. */
  next(tx: Tx): Promise<Row[] | null>;
}

type AnyCall = Call<unknown, unknown, unknown>;

/**
 * Writes rows as they are read, no faster than they are taken. Whoever goes away ends it. What fails
 * half-way must not look like a whole file: an error after the first byte closes the connection.
 */
export async function exported<Row>(deps: Deps, call: AnyCall, of: Exported<Row>): Promise<Answer> {
  const { res } = call;
  // Before the first byte whatever fails is answered as everywhere else.
  let rows = await batch(deps, call, of);
  begin(res, of);
  if (call.req.method === "HEAD") return end(res);
  if (of.format === "csv") await write(call, csvLine(of.columns));
  for (; !call.gone.aborted; rows = await batch(deps, call, of)) {
    if (rows === null) return end(res);
    if (rows.length > 0) await write(call, rows.map((row) => line(of, row)).join(""));
  }
  return "streamed";
}

function batch<Row>(deps: Deps, call: AnyCall, of: Exported<Row>): Promise<Row[] | null> {
  if (!deps.accepting()) throw new Error("an export was cut short: the process is ending");
  return deps.database.withCompany(call.caller.companyId, async (tx) => {
    if (!(await isLivingKey(tx, call.caller.id)))
      throw new Error("an export was cut short: its key was revoked");
    return of.next(tx);
  });
}

function line<Row>({ format, cells }: Exported<Row>, row: Row): string {
  return format === "csv" ? csvLine(cells(row)) : `${JSON.stringify(row)}\n`;
}

function begin(res: Response, { format, name }: Pick<Exported<unknown>, "format" | "name">): void {
  res.status(200).set({
    "Content-Type": types[format],
    "Content-Disposition": `attachment; filename="${name.replaceAll(/[^\w.-]/g, "_")}.${format}"`,
    "X-Content-Type-Options": "nosniff",
  });
}

/** Resolves when the caller can take more, or has gone away. */
async function write({ res, gone }: AnyCall, text: string): Promise<void> {
  if (res.write(text) || gone.aborted) return;
  await once(res, "drain", { signal: gone }).catch((error: unknown) => {
    if (!gone.aborted) throw error;
  });
}

function end(res: Response): Answer {
  res.end();
  return "streamed";
}
