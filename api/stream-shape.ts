import { z } from "zod";
import type { AnyConnector } from "../connectors/registry.ts";
import type { StreamFacts } from "../db/connection-streams.ts";

const instant = z.iso.datetime().nullable();

export const streamShape = z
  .object({
    name: z.string(),
    of: z.string().nullable().meta({ description: "The stream whose items it belongs to" }),
    records: z.int().meta({ description: "Those that live" }),
    setAside: z.int(),
    waiting: z.int().meta({ description: "Items whose own data is still to be read" }),
    lastPassAt: instant.meta({ description: "When it was last read to its end" }),
    lastListedAt: instant.meta({ description: "When it was last listed whole" }),
    listing: z.boolean().meta({ description: "It is being listed whole" }),
  })
  .meta({ id: "Stream" });

/** Every stream that the connector has, in its order. */
export function streamsOf(
  connector: AnyConnector,
  facts: readonly StreamFacts[],
): z.output<typeof streamShape>[] {
  if (connector.kind === "calendar") return [];
  return Object.entries(connector.shapes).map(([name, { of = null }]) => {
    const known = facts.find(({ stream }) => stream === name);
    return {
      name,
      of,
      records: known?.records ?? 0,
      setAside: known?.setAside ?? 0,
      waiting: known?.waiting ?? 0,
      lastPassAt: known?.passedAt ?? null,
      lastListedAt: known?.listedAt ?? null,
      listing: known?.isListing ?? false,
    };
  });
}
