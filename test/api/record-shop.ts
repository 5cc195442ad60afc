import { createMemoryRecords, createRecordsStore } from "../../connectors/memory/records.ts";
import type { RecordsConnector } from "../../connectors/records.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { recordsEngineAt } from "../support/records-engine.ts";
import { type Company, type Reply, send, startApi, type TestApi } from "./harness.ts";

const sensitive = ["iban"];

/** Items with a sensitive field and a timeline: one entry per version, with what is sensitive of it. */
const toldOf = (memory: RecordsConnector): RecordsConnector => ({
  ...memory,
  timeline: {
    of: "items",
    tell: (history) =>
      history
        .filter(({ stream }) => stream === "items")
        .flatMap(({ versions }) =>
          versions.map(({ version, content, sensitive: secret, firstSeenAt }) => ({
            on: `2026-03-0${version}`,
            kind: version === 1 ? "hired" : "changed",
            detail: content ?? {},
            sensitive: secret,
            learnedAt: firstSeenAt,
            retroactive: version === 2,
          })),
        ),
  },
});

/** The API over a database that sessions with records fill, with the keys that they seal with. */
export async function startShops() {
  const registry = createRegistry([
    toldOf(createMemoryRecords(createRecordsStore(), { sensitive })),
  ]);
  const keyRing = openKeyRing([`test:${Buffer.alloc(32, 7).toString("base64")}`]);
  const api = await startApi({ registry, keyRing });
  const engine = recordsEngineAt(api.databaseUrl);
  const open = async (company?: Company) => {
    const of = company ?? (await api.company());
    const shop = await engine.connect({ sensitive, companyId: of.id, connector: toldOf });
    return { ...shop, company: of, ...askerOf(api, of) };
  };
  const stop = async () => {
    await engine.db.close();
    await api.stop();
  };
  return { api, open, stop };
}

export type Shop = Awaited<ReturnType<Awaited<ReturnType<typeof startShops>>["open"]>>;
export type Row = Record<string, unknown>;

function askerOf(api: TestApi, { keys }: Company) {
  const get = (path: string, role: keyof Company["keys"] = "owner"): Promise<Reply> =>
    send(api, "GET", path, { key: keys[role] });
  const data = async (path: string, role: keyof Company["keys"] = "owner"): Promise<Row[]> => {
    const { status, body, text } = await get(path, role);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return body["data"] as unknown as Row[];
  };
  return { get, data };
}
