import type { EventItem } from "../sync/event.ts";
import type { Connector } from "./connector.ts";
import { Rejected } from "./errors.ts";
import { createEmployes, type EmployesConfig } from "./employes/index.ts";
import { createGoogleCalendar, type GoogleCalendarConfig } from "./google-calendar/index.ts";
import { createKiotviet, type KiotvietConfig } from "./kiotviet/index.ts";
import { createNotion, type NotionConfig } from "./notion/index.ts";
import type { RecordsConnector } from "./records.ts";
import { createSystemBookings, type SystemBookingsConfig } from "./system-bookings/index.ts";

export type AnyConnector = Connector<EventItem> | RecordsConnector;

/** A provider as `last_update_source` and the addresses of webhooks name it. */
export const sourceOf = (provider: string): string => provider.split("-")[0] ?? provider;

export interface Registry {
  /** @throws Rejected naming the providers there are */
  get(provider: string): AnyConnector;
  /** One that syncs a calendar. @throws Rejected for any other */
  calendar(provider: string): Connector<EventItem>;
  /** One that reads records. @throws Rejected for any other */
  records(provider: string): RecordsConnector;
  list(): readonly AnyConnector[];
}

/** The connectors that an installation has, by provider. */
export function createRegistry(connectors: readonly AnyConnector[]): Registry {
  const byProvider = new Map(connectors.map((connector) => [connector.provider, connector]));
  if (byProvider.size < connectors.length) throw new Error("two connectors have the same provider");
  const get = (provider: string): AnyConnector => {
    const connector = byProvider.get(provider);
    if (connector !== undefined) return connector;
    const known = [...byProvider.keys()].join(", ");
    throw new Rejected(`Unknown provider "${provider}": expected one of ${known}`);
  };
  return {
    get,
    calendar(provider) {
      const connector = get(provider);
      if (connector.kind === "calendar") return connector;
      throw new Rejected(`${provider} has records and no calendar`);
    },
    records(provider) {
      const connector = get(provider);
      if (connector.kind === "records") return connector;
      throw new Rejected(`${provider} has a calendar and no records`);
    },
    list: () => connectors,
  };
}

/** Whether a standing poll looks after the connections of a provider. */
export const isPolled = (connector: AnyConnector): boolean =>
  connector.kind === "records" || connector.polled !== false;

/** Every connector that Syncline comes with. A new one is added here. */
export function createConnectors(config: {
  googleCalendar: GoogleCalendarConfig;
  notion: NotionConfig;
  kiotviet: KiotvietConfig;
  employes: EmployesConfig;
  systemBookings: SystemBookingsConfig;
}): Registry {
  return createRegistry([
    createGoogleCalendar(config.googleCalendar),
    createNotion(config.notion),
    createKiotviet(config.kiotviet),
    createEmployes(config.employes),
    createSystemBookings(config.systemBookings),
  ]);
}
