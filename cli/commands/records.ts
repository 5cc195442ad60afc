import { type Context, show } from "../context.ts";
import { type Exit, exits } from "../exits.ts";
import { connectionNamed } from "../names.ts";
import { table, time } from "../print.ts";
import type { BusinessRecord, Page } from "../shapes.ts";

export interface RecordOptions {
  asOf?: string;
  csv?: boolean;
  limit?: number;
  state?: string;
}

/** Business data of one stream, now or as it was known at a moment; whole as CSV. */
export async function records(
  context: Context,
  [name, stream]: readonly [name: string, stream: string],
  { asOf, csv, limit, state }: RecordOptions,
): Promise<Exit> {
  const { ask } = context;
  const { id: connectionId } = await connectionNamed(ask, name);
  const query = { connectionId, stream, asOf, state };
  if (csv) {
    const answer = await ask.open("GET", "/api/records/export", {
      query: { ...query, format: "csv" },
      headers: { accept: "text/csv" },
    });
    await passOn(context, answer);
    return exits.done;
  }
  const { data, nextCursor } = await ask.json<Page<BusinessRecord>>("GET", "/api/records", {
    query: { ...query, limit },
  });
  const rows = data.map(({ remoteId, state: is, version, changedAt, content }) => [
    remoteId,
    is,
    version,
    time(changedAt),
    JSON.stringify(content),
  ]);
  show(context, data, table(["record", "state", "version", "changed", "content"], rows));
  if (nextCursor !== null) context.note("There are more: --limit, or --csv for all of them.");
  return exits.done;
}

/** As it comes: a stream may be larger than memory. */
async function passOn({ write }: Context, { body }: Response): Promise<void> {
  if (body) for await (const chunk of body) await write(chunk);
}
