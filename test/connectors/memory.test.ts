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
