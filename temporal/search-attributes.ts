import type { Client } from "@temporalio/client";
import { searchAttributes } from "../workflows/messages.ts";

const keyword = 2;
const alreadyExists = 6;

/** Registers our search attributes. Temporal Cloud wants them made beforehand and refuses this: then they are there. */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const service = client.connection.operatorService;
  const { namespace } = client.options;
  const known = await service.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes)
    .map(({ name }) => name)
    .filter((name) => !(name in (known.customAttributes ?? {})));
  if (missing.length === 0) return;
  try {
    await service.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === alreadyExists)) throw error;
  }
}
