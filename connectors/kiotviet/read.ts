import { Gone, InvalidResponse, Rejected } from "../errors.ts";
import type { Details, RecordChange } from "../records.ts";
import type { Api, Row } from "./api.ts";
import { toCategory, toInventory, toProduct, unversioned } from "./mapping.ts";
import { nameOf } from "./streams.ts";

/** One item as it is now; one that KiotViet denies answers `deleted`. */
export async function read(
  api: Api,
  stream: string,
  remoteId: string,
  signal: AbortSignal,
): Promise<RecordChange> {
  const name = nameOf(stream);
  const id = checked(remoteId, name === "inventory");
  try {
    if (name === "categories") return toCategory(await api.category(id, signal));
    const product = await api.product(id, signal);
    if (name === "products") return toProduct(product);
    const stock = stockOf(product).find((change) => change.remoteId === remoteId);
    return stock ?? deleted(remoteId);
  } catch (error) {
    if (error instanceof Gone) return deleted(remoteId);
    throw error;
  }
}

/** The stock of one product in every branch. @throws Gone when the product is not there */
export async function details(
  api: Api,
  stream: string,
  remoteId: string,
  signal: AbortSignal,
): Promise<Details> {
  if (nameOf(stream) !== "products") throw new Rejected(`${stream} have no details`);
  return { inventory: stockOf(await api.product(checked(remoteId, false), signal)) };
}

/** A product that says nothing of stock does not say that there is none. */
function stockOf(product: Row): RecordChange[] {
  if (!("inventories" in product) && !("inventory" in product))
    throw new InvalidResponse("read /products: the answer says nothing of stock");
  return toInventory(product);
}

/** The id of the row to ask for: a stock's is that of its product. @throws Rejected */
function checked(remoteId: string, isStock: boolean): string {
  const [, id, branch] = /^(\d{1,16})(:\d{1,16})?$/.exec(remoteId) ?? [];
  if (id === undefined || (branch !== undefined && !isStock))
    throw new Rejected("the id to read is none that KiotViet gives");
  return id;
}

function deleted(remoteId: string): RecordChange {
  return { ...unversioned(remoteId), state: "deleted" };
}
