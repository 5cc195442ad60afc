import { z } from "zod";
import type { OpenConnection } from "../connector.ts";
import { InvalidResponse } from "../errors.ts";
import { type HttpAnswer, parseJson } from "../http.ts";
import { type Access, type Call, perform } from "./call.ts";
import { fieldsOf, folded, idOf, removedIn } from "./keys.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One page of a list. Keys are in lower case; what a row means is for `mapping.ts`. */
export interface Listed {
  rows: Row[];
  /** KiotViet's own count of the whole list, and the size of page that it used. */
  total: number | null;
  pageSize: number | null;
  removed: number[];
  /** KiotViet's time of this answer, as it writes it. */
  timestamp: string | null;
  answer: HttpAnswer;
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `data` must be there: an answer without it must not pass for an empty list. */
const envelopeSchema = z.object({
  // What is in a row is looked at when it is mapped, and a hundred rows have thousands of values.
  data: z.array(z.custom<Row>(isRow)),
  total: z.int().min(0).nullish().catch(null),
  pagesize: z.int().min(1).nullish().catch(null),
  timestamp: z.string().nullish().catch(null),
});

export interface NewWebhook {
  Type: string;
  Url: string;
  IsActive: true;
  Description: string;
  Secret: string;
}

export type Api = ReturnType<typeof createApi>;

/** The calls that one connection makes: each is one request, and shapes are checked, meaning is not. */
export function createApi(access: Access, connection: OpenConnection) {
  async function answered(call: Call, signal: AbortSignal) {
    const answer = await perform(access, connection, call, signal);
    const body = answer.status === 204 ? {} : folded(parseJson(answer, call.name));
    return { answer, body };
  }

  async function one(call: Call, id: string, key: string, signal: AbortSignal): Promise<Row> {
    const row = bare((await answered(call, signal)).body);
    if (String(idOf(row[key] ?? row["id"])) === id) return row;
    throw new InvalidResponse(`${call.name}: the answer is not of the item that was asked for`);
  }

  return {
    async list(
      path: string,
      query: Readonly<Record<string, string>>,
      signal: AbortSignal,
    ): Promise<Listed> {
      const phase = path === "/webhooks" ? "watch" : "list";
      const call: Call = { name: `list ${path}`, phase, path, query };
      const { body, answer } = await answered(call, signal);
      return { ...listedIn(body, call.name), answer };
    },

    /** @throws Gone */
    category(id: string, signal: AbortSignal): Promise<Row> {
      const call: Call = { name: "read /categories", phase: "read", path: `/categories/${id}` };
      return one(call, id, "categoryid", signal);
    },

    /** @throws Gone */
    product(id: string, signal: AbortSignal): Promise<Row> {
      const call: Call = { name: "read /products", phase: "read", path: `/products/${id}` };
      return one(call, id, "id", signal);
    },

    /** Answers the id of the registration. */
    async register(webhook: NewWebhook, signal: AbortSignal): Promise<string> {
      const name = "register /webhooks";
      const body = { Webhook: webhook };
      const call: Call = { name, phase: "watch", method: "POST", path: "/webhooks", body };
      const id = idOf(bare((await answered(call, signal)).body)["id"]);
      if (id === null || id < 1) throw new InvalidResponse(`${name}: the answer has no id`);
      return String(id);
    },

    /** @throws Gone where it is not there */
    async unregister(id: string, signal: AbortSignal): Promise<void> {
      const call: Call = {
        name: "unregister /webhooks",
        phase: "unwatch",
        method: "DELETE",
        path: `/webhooks/${id}`,
      };
      await answered(call, signal);
    },
  };
}

/** One thing comes bare or as `data` (reference: 3). */
function bare(body: unknown): Row {
  const { data } = fieldsOf(body);
  return fieldsOf(data ?? body);
}

function listedIn(body: unknown, name: string): Omit<Listed, "answer"> {
  const parsed = envelopeSchema.safeParse(body);
  if (!parsed.success) {
    const at = String(parsed.error.issues[0]?.path[0] ?? "the top");
    throw new InvalidResponse(`${name}: unexpected shape at ${at}`);
  }
  const { data, total, pagesize, timestamp } = parsed.data;
  return {
    rows: data,
    total: total ?? null,
    pageSize: pagesize ?? null,
    removed: removedIn(fieldsOf(body)),
    timestamp: timestamp ?? null,
  };
}
