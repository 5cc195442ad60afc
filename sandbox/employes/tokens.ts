import { createHmac, randomUUID } from "node:crypto";

/** What a token is good for. Tokens are made by a person, live a year and cannot be renewed. */
export interface Grant {
  readonly token: string;
  readonly id: string;
  readonly companies: readonly string[];
  /** Seconds since 1970. */
  readonly exp: number;
}

interface Claims {
  readonly id: string;
  readonly exp: number;
}

const SECRET = "pretend Employes, no secret at all";
const YEAR_SECONDS = 365 * 86_400;
// The demo's token is written in configurations, so it outlives every demo and is the same at each start.
const DEMO: Claims = { id: "demo", exp: Date.UTC(2100, 0, 1) / 1000 };

function part(content: object | string): string {
  return Buffer.from(typeof content === "string" ? content : JSON.stringify(content)).toString(
    "base64url",
  );
}

/** A JSON web token, signed with HS256. */
function sign({ id, exp }: Claims): string {
  const claims = { role: "api", iss: "employes", aud: "connect", jti: id, exp };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

export const DEMO_TOKEN = sign(DEMO);

/** The tokens there are. One that was not made here is not known, however it is signed. */
export class Tokens {
  readonly #grants = new Map<string, Grant>();

  /** Makes a token for companies; without a time to end it is good for a year. */
  mint(companies: readonly string[], now: number, exp?: number): Grant {
    return this.#add(
      { id: randomUUID(), exp: exp ?? Math.floor(now / 1000) + YEAR_SECONDS },
      companies,
    );
  }

  mintDemo(companyId: string): Grant {
    return this.#add(DEMO, [companyId]);
  }

  #add(claims: Claims, companies: readonly string[]): Grant {
    const grant = { ...claims, token: sign(claims), companies };
    this.#grants.set(grant.token, grant);
    return grant;
  }

  /** What a token is good for now. */
  find(token: string, now: number): Grant | undefined {
    const grant = this.#grants.get(token);
    return grant !== undefined && grant.exp * 1000 > now ? grant : undefined;
  }

  /** A person takes a token back. */
  revoke(token: string): boolean {
    return this.#grants.delete(token);
  }

  clear(): void {
    this.#grants.clear();
  }

  save(): Grant[] {
    return [...this.#grants.values()];
  }

  load(grants: readonly Grant[]): void {
    this.clear();
    for (const grant of grants) this.#grants.set(grant.token, grant);
  }
}
