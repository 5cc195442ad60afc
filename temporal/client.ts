import { Client, Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";

/**
 * A client that connects when it is first used and again when it must: whoever holds it can start, and
 * take on work, while Temporal is down. Everything that @temporalio/envconfig reads is honoured.
 */
export function connectTemporal(address: string): { client: Client; close(): Promise<void> } {
  const { namespace, connectionOptions } = loadClientConnectConfig();
  const connection = Connection.lazy({
    ...connectionOptions,
    address,
    connectTimeout: "3 seconds",
  });
  const client = new Client({ connection, ...(namespace && { namespace }) });
  return { client, close: () => connection.close() };
}
