import { apiKey, type Stack } from "./stack.ts";

export interface Answered<Body> {
  status: number;
  body: Body;
}

/** The API of a stack as its first company's owner sees it. */
export async function ownerOf(stack: Stack) {
  const [owner] = await stack.psql<{ company_id: string }>(
    "select company_id from api_keys limit 1",
  );
  const call = async <Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answered<Body>> => {
    const response = await fetch(`${stack.apiUrl}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : null) as Body };
  };
  return {
    companyId: owner?.company_id ?? "",
    call,
    connection: async (id: string) =>
      (await call<{ state: string; status: string }>("GET", `/connections/${id}`)).body,
  };
}
