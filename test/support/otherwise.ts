import type { Connector, OpenConnection, Page, Write } from "../../connectors/connector.ts";
import type { EventItem } from "../../sync/event.ts";

/** A connector with a few of its writes done otherwise. */
export const writing =
  (otherwise: (write: Write<EventItem>, connection: OpenConnection) => Partial<Write<EventItem>>) =>
  (connector: Connector<EventItem>): Connector<EventItem> => ({
    ...connector,
    open: (connection) => {
      const remote = connector.open(connection);
      if (!remote.write) return remote;
      return { ...remote, write: { ...remote.write, ...otherwise(remote.write, connection) } };
    },
  });

/** A connector with something done to each page, or in its place. */
export const listing =
  (otherwise: (page: Page<EventItem>) => Page<EventItem> | Promise<Page<EventItem>>) =>
  (connector: Connector<EventItem>): Connector<EventItem> => ({
    ...connector,
    open: (connection) => ({
      ...connector.open(connection),
      pull: async function* (...asked) {
        for await (const page of connector.open(connection).pull(...asked))
          yield await otherwise(page);
      },
    }),
  });
