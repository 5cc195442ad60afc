import type { AnyConnector } from "../connectors/registry.ts";
import { wrong } from "./problems.ts";

/** Every stream that a person may name. */
export function streamNames(connector: AnyConnector): readonly string[] {
  return connector.kind === "records" ? Object.keys(connector.shapes) : connector.streams;
}

/** @throws Problem pointing at a stream that the connector does not have */
export function checkStreams(connector: AnyConnector, named: readonly string[]): void {
  const known = streamNames(connector);
  const at = named.findIndex((name) => !known.includes(name));
  if (at >= 0) throw wrong(`/streams/${at}`, `is not one of ${known.join(", ")}`);
}

/**
 * The streams whose items have parts that no listing shows, where those or their parts are among `named`;
 * without names, all there are.
 */
export function readOneByOne(connector: AnyConnector, named: readonly string[]): string[] {
  if (connector.kind !== "records") return [];
  const parents = Object.entries(connector.shapes).flatMap(([part, { of }]) => {
    const isListed = of === undefined || connector.streams.includes(part);
    const isWanted = named.length === 0 || [part, of ?? ""].some((name) => named.includes(name));
    return isListed || !isWanted ? [] : [of];
  });
  return [...new Set(parents)];
}
