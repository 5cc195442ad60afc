import { expect, it } from "vitest";
import { createMemory } from "../../connectors/memory/index.ts";
import { createMemoryStore } from "../../connectors/memory/store.ts";
import { describeConnector, type Rig } from "./contract.ts";
import { fields } from "./events.ts";
import { connection } from "./scripted.ts";

describeConnector("memory", async (): Promise<Rig> => {
  const store = createMemoryStore();
  const connector = createMemory(store, 2);
  let added = 0;
  return {
    connector,
    open: () => connector.open(connection()),
    person: {
      add: async (title) =>
        store.put({ id: `theirs${++added}`, item: { fields: fields({ title }) } }).id,
      rename: async (id, title) => {
        const held = store.get(id);
        if (held?.item)
          store.put({ ...held, item: { ...held.item, fields: { ...held.item.fields, title } } });
      },
      remove: async (id) => store.remove(id),
    },
    forgetCursors: async () => store.forgetHistory(),
    close: async () => {},
  };
});

it("an occurrence that nobody has changed is what its series gives it, and ends when that ends", async () => {
  const store = createMemoryStore();
  const { write } = createMemory(store).open(connection());
  const at = (local: string) => ({ local, zone: "UTC" });
  const times = { start: at("2026-12-01T10:00:00"), end: at("2026-12-01T11:00:00") };
  store.put({ id: "m", item: { fields: fields({ ...times, recurrence: ["RRULE:FREQ=DAILY"] }) } });
  const third = at("2026-12-03T10:00:00");
  expect(await write?.occurrence?.("m", third, new AbortController().signal)).toMatchObject({
    item: { fields: { start: third, end: at("2026-12-03T11:00:00") } },
  });
});
