import type { EventItem } from "../sync/event.ts";
import type { Connector } from "./connector.ts";
import { Rejected } from "./errors.ts";
import { createGoogleCalendar, type GoogleCalendarConfig } from "./google-calendar/index.ts";
import { createNotion, type NotionConfig } from "./notion/index.ts";

export interface Registry {
  /** @throws Rejected naming the providers there are */
  get(provider: string): Connector<EventItem>;
  list(): readonly Connector<EventItem>[];
}

/** The connectors that an installation has, by provider. */
export function createRegistry(connectors: readonly Connector<EventItem>[]): Registry {
  const byProvider = new Map(connectors.map((connector) => [connector.provider, connector]));
  if (byProvider.size < connectors.length) throw new Error("two connectors have the same provider");
  return {
    get(provider) {
      const connector = byProvider.get(provider);
      if (connector !== undefined) return connector;
      const known = [...byProvider.keys()].join(", ");
      throw new Rejected(`Unknown provider "${provider}": expected one of ${known}`);
    },
    list: () => connectors,
  };
}

/** Every connector that Syncline comes with. A new one is added here. */
export function createConnectors(config: {
  googleCalendar: GoogleCalendarConfig;
  notion: NotionConfig;
}): Registry {
  return createRegistry([createGoogleCalendar(config.googleCalendar), createNotion(config.notion)]);
}
