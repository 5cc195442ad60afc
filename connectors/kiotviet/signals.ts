import { createHmac, timingSafeEqual } from "node:crypto";
import type { Heard, Signals } from "../records.ts";
import { fieldsOf, folded, idOf, removedIn } from "./keys.ts";

/**
 * The label says nothing: what calls itself `sha1=` is SHA-256 (reference: 8, "Signature"). Two headers
 * of one name arrive as an array or joined by a comma, and neither passes.
 */
const signature = /^(?:sha(?:1|256)=)?([0-9a-f]{64})$/i;

export const signals: Signals = {
  isSigned(headers, body, secret) {
    const header = headers["x-hub-signature"];
    const [, digest] = signature.exec(typeof header === "string" ? header : "") ?? [];
    if (digest === undefined || secret === "") return false;
    // The key is the text as it was registered, not what it might encode.
    const expected = createHmac("sha256", secret).update(body).digest();
    return timingSafeEqual(Buffer.from(digest, "hex"), expected);
  },
  read: (body) => heard(parsed(body)),
};

function parsed(body: Buffer): unknown {
  try {
    return folded(JSON.parse(body.toString("utf8")));
  } catch {
    return null;
  }
}

/** Names what there is to be read anew; no value of a message is believed (reference: 8). */
function heard(message: unknown): Heard {
  const fields = fieldsOf(message);
  const streams = new Set<string>();
  const products = new Set<string>();
  for (const notification of listOf(fields["notifications"])) {
    const { action, data } = fieldsOf(notification);
    const news = newsOf(action, listOf(data));
    if (news.stream !== null) streams.add(news.stream);
    for (const id of news.products) products.add(id);
  }
  // This shape of a deletion has no action: it may be of either (reference: 8, "two shapes").
  if (removedIn(fields).length > 0) streams.add("categories").add("products");
  const { id } = fields;
  return {
    id: typeof id === "string" && id !== "" && id.length <= 200 ? id : null,
    streams: [...streams],
    items: [...products].map((remoteId) => ({ stream: "products", remoteId })),
  };
}

interface News {
  stream: string | null;
  /** Products whose stock has changed. */
  products: string[];
}

/** An action is `entity.method.<retailerId>`, of which the third part is nobody's business. */
function newsOf(action: unknown, data: readonly unknown[]): News {
  const [entity, method] = (typeof action === "string" ? action : "").toLowerCase().split(".");
  if (method !== "update" && method !== "delete") return { stream: null, products: [] };
  switch (entity) {
    case "category":
      return { stream: "categories", products: [] };
    case "product":
      return { stream: "products", products: idsOf(data.filter(hasStock), "id") };
    case "stock":
      return { stream: null, products: idsOf(data, "productid") };
    default:
      return { stream: null, products: [] };
  }
}

function hasStock(entry: unknown): boolean {
  return listOf(fieldsOf(entry)["inventories"]).length > 0;
}

function idsOf(data: readonly unknown[], key: string): string[] {
  return data.flatMap((entry) => {
    const id = idOf(fieldsOf(entry)[key]);
    return id === null || id < 1 ? [] : [String(id)];
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
