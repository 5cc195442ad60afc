import type { OpenConnection } from "../connector.ts";
import { Gone, InvalidResponse } from "../errors.ts";
import { type HttpAnswer, parseJson } from "../http.ts";
import { type Access, type Call, perform } from "./call.ts";
import { envelopeSchema, fieldsOf, idOf, type Row } from "./schemas.ts";

/** One page of a list. */
export interface Listed {
  rows: unknown[];
  /** Null where the list came as a bare array, which says nothing of itself (reference: 4). */
  total: number | null;
  pages: number | null;
  answer: HttpAnswer;
}

export type Api = ReturnType<typeof createApi>;

/** The calls that one connection makes: each is one request, and shapes are checked, meaning is not. */
export function createApi(access: Access, connection: OpenConnection) {
  const company = `/${encodeURIComponent(connection.settings["companyId"] ?? "")}`;

  async function list(call: Call, signal: AbortSignal): Promise<Listed> {
    const answer = await perform(access, connection, call, signal);
    return { ...listedIn(parseJson(answer, call.name), call.name), answer };
  }

  return {
    companies(page: number, signal: AbortSignal): Promise<Listed> {
      // Whether this list has pages is not known: only one that says so is asked for more.
      const query = page === 1 ? {} : { page: String(page) };
      return list({ name: "companies", phase: "companies", path: "/companies", query }, signal);
    },

    /** @throws CollectionMissing, Forbidden */
    async company(signal: AbortSignal): Promise<void> {
      const call: Call = { name: "company", phase: "company", path: company };
      const answer = await perform(access, connection, call, signal);
      const shown = idOf(bare(parseJson(answer, call.name))["id"]);
      if (shown !== null && shown !== connection.settings["companyId"])
        throw new InvalidResponse("company: the answer is of another company");
    },

    employees(page: number, perPage: number, signal: AbortSignal): Promise<Listed> {
      const query = { page: String(page), per_page: String(perPage) };
      const path = `${company}/employees`;
      return list({ name: "employees", phase: "list", path, query }, signal);
    },

    /** @throws Gone */
    async employee(id: string, signal: AbortSignal): Promise<Row> {
      const path = `${company}/employees/${id}`;
      const call: Call = { name: `employee ${id}`, phase: "item", path };
      const row = bare(parseJson(await perform(access, connection, call, signal), call.name));
      if (idOf(row["id"]) === id) return row;
      throw new InvalidResponse(`${call.name}: the answer is not of the one who was asked for`);
    },

    /** None where there are none: that is a 404 (seen; reference: 6). */
    async employments(id: string, signal: AbortSignal): Promise<unknown[]> {
      const path = `${company}/employees/${id}/employments`;
      const call: Call = { name: `employments of ${id}`, phase: "employments", path };
      try {
        return (await list(call, signal)).rows;
      } catch (error) {
        if (error instanceof Gone) return [];
        throw error;
      }
    },
  };
}

/** One thing comes bare; that it may come as `data`, as lists do, is assumed. */
function bare(body: unknown): Row {
  const fields = fieldsOf(body);
  return "id" in fields ? fields : fieldsOf(fields["data"] ?? body);
}

/** Code in the wild reads lists in both wrappings (reference: 4; 6). @throws InvalidResponse */
function listedIn(body: unknown, name: string): Omit<Listed, "answer"> {
  if (Array.isArray(body)) return { rows: body, total: null, pages: null };
  const parsed = envelopeSchema.safeParse(body);
  if (!parsed.success) throw new InvalidResponse(`${name}: the answer is no list`);
  const { data, total, pages } = parsed.data;
  return { rows: data, total: total ?? null, pages: pages ?? null };
}
