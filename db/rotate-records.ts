import { sql } from "drizzle-orm";
import { channelSecret } from "./channels.ts";
import { rows, type Tx } from "./client.ts";
import { timelineSecret } from "./record-timeline.ts";
import { hashKeyPlace, versionSecret } from "./records.ts";
import {
  envelopeStart,
  type KeyRing,
  type Place,
  seal,
  SecretUnreadable,
  unseal,
} from "./secrets.ts";

/** Rows of one transaction: what is left comes with the next. */
const atOnce = 1_000;

/** Where sealed values of records are kept, each with what finds its row again. */
const kinds = {
  versions: {
    table: sql`record_versions`,
    column: sql`sealed`,
    place: sql`jsonb_build_object('companyId', company_id, 'id', record_id, 'version', version)`,
    placeOf: (key: Parameters<typeof versionSecret>[0]): Place => versionSecret(key),
  },
  timelines: {
    table: sql`record_timeline`,
    column: sql`sealed`,
    place: sql`jsonb_build_object('companyId', company_id, 'connectionId', connection_id, 'remoteId', remote_id, 'seq', seq)`,
    placeOf: (key: Parameters<typeof timelineSecret>[0]): Place => timelineSecret(key),
  },
  "hash keys": {
    table: sql`connections`,
    column: sql`hash_key`,
    place: sql`jsonb_build_object('companyId', company_id, 'connectionId', id)`,
    placeOf: (key: Parameters<typeof hashKeyPlace>[0]): Place => hashKeyPlace(key),
  },
  "channel secrets": {
    table: sql`channels`,
    column: sql`secret`,
    place: sql`jsonb_build_object('companyId', company_id, 'id', id)`,
    placeOf: (key: Parameters<typeof channelSecret>[0]): Place => channelSecret(key),
  },
} as const;

/**
 * Seals the company's next sensitive values with the current key, and answers how many: 0 when all are.
 * One that no longer opens stays as it is. Compare-and-swap: a value that was stored meanwhile wins.
 */
export async function rotateRecords(tx: Tx, ring: KeyRing): Promise<number> {
  let rotated = 0;
  for (const kind of Object.values(kinds)) rotated += await rotateKind(tx, ring, kind);
  return rotated;
}

interface Kind {
  table: ReturnType<typeof sql>;
  column: ReturnType<typeof sql>;
  place: ReturnType<typeof sql>;
  placeOf(key: never): Place;
}

async function rotateKind(tx: Tx, ring: KeyRing, kind: Kind): Promise<number> {
  const { table, column, place } = kind;
  const stale = await rows<{ at: string; key: never; envelope: string }>(
    tx,
    sql`select ctid::text as at, ${place} as key, ${column} as envelope from ${table}
        where ${column} is not null and not starts_with(${column}, ${envelopeStart(ring)}) limit ${atOnce} for update`,
  );
  const sealed = stale.flatMap(({ at, key, envelope }) => {
    const anew = resealed(ring, kind.placeOf(key), envelope);
    return anew === null ? [] : [{ at, anew }];
  });
  if (sealed.length === 0) return 0;
  await tx.execute(
    sql`update ${table} t set ${column} = s.anew from jsonb_to_recordset(${JSON.stringify(sealed)}::jsonb) as s(at text, anew text) where t.ctid = s.at::tid`,
  );
  return sealed.length;
}

function resealed(ring: KeyRing, place: Place, envelope: string): string | null {
  try {
    return seal(ring, place, unseal(ring, place, envelope));
  } catch (error) {
    if (error instanceof SecretUnreadable) return null;
    throw error;
  }
}
