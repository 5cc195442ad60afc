import type { RecordsConnector } from "../connectors/records.ts";
import { listConnections, readConnection } from "../db/connections.ts";
import type { Tx } from "../db/client.ts";
import type { Parents } from "../db/record-queries.ts";
import type { Deps } from "./deps.ts";
import { notFound, wrongQuery } from "./problems.ts";

const connectorsOf = ({ registry }: Pick<Deps, "registry">): RecordsConnector[] =>
  registry.list().filter((connector) => connector.kind === "records");

function shapesOf(deps: Pick<Deps, "registry">, provider: string) {
  return connectorsOf(deps).find((connector) => connector.provider === provider)?.shapes;
}

/** Fields of a stream that only owners and admins may read. */
export function sensitiveFields(
  deps: Pick<Deps, "registry">,
  { provider, stream }: { provider: string; stream: string },
): readonly string[] {
  return shapesOf(deps, provider)?.[stream]?.sensitive ?? [];
}

/** By provider and stream, what its items belong to. */
export function parentsOf(deps: Pick<Deps, "registry">): Parents {
  return Object.fromEntries(
    connectorsOf(deps).map(({ provider, shapes }) => [
      provider,
      Object.fromEntries(
        Object.entries(shapes).flatMap(([stream, { of }]) =>
          of === undefined ? [] : [[stream, of]],
        ),
      ),
    ]),
  );
}

/** By provider, the stream whose items have a timeline. */
export function timelinesOf(deps: Pick<Deps, "registry">): Record<string, string> {
  return Object.fromEntries(
    connectorsOf(deps).flatMap(({ provider, timeline }) =>
      timeline ? [[provider, timeline.of]] : [],
    ),
  );
}

interface Wanted {
  connectionId?: string | undefined;
  provider?: string | undefined;
  stream: string;
}

/** Whose stream a query names. @throws Problem when there is no such connection, or it has no such stream */
export async function namedStream(
  deps: Pick<Deps, "registry">,
  tx: Tx,
  { connectionId, provider, stream }: Wanted,
): Promise<{ connectionId: string; provider: string; stream: string }> {
  const connection =
    connectionId === undefined
      ? await onlyOne(tx, provider)
      : await readConnection(tx, connectionId);
  if (!connection || (provider !== undefined && connection.provider !== provider)) throw notFound();
  const shapes = shapesOf(deps, connection.provider);
  if (shapes && !Object.hasOwn(shapes, stream))
    throw wrongQuery("stream", `is none of ${Object.keys(shapes).join(", ")}`);
  return { connectionId: connection.id, provider: connection.provider, stream };
}

async function onlyOne(tx: Tx, provider: string | undefined) {
  if (provider === undefined)
    throw wrongQuery("connectionId", "is required, or `provider` where there is one of it");
  const [found, another] = await listConnections(tx, { provider, limit: 2 });
  if (another)
    throw wrongQuery("connectionId", "is required: the provider has several connections");
  return found;
}
