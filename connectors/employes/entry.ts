import { createHash } from "node:crypto";
import { z } from "zod";
import type { Entry, Grant, Settings } from "../connector.ts";
import { Rejected } from "../errors.ts";
import { fieldsOf, idSchema, type Row } from "./schemas.ts";

const longestToken = 8_192;

/** Headers, dates and what JavaScript calls a date end in the year 275760. */
const lastMoment = 8.64e15;

/**
 * A token that a person makes in their own Employes account, valid for a year (reference: 2). Nothing is
 * traded for it and nothing renews it, so there is no `entered` in the answer; a wrong one is found by the
 * first call.
 */
export const entry: Entry = {
  fields: { token: { label: "API token, from the settings of your own Employes account" } },
  grant: async (entered) => grantOf(tokenIn(entered["token"])),
};

/** @throws Rejected */
function tokenIn(value: unknown): string {
  const given = typeof value === "string" ? value.trim().replace(/^Bearer\s+/i, "") : "";
  if (given.length <= longestToken && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return given;
  throw wrongToken();
}

function wrongToken(): Rejected {
  return new Rejected(
    "token: expected the whole API token from the settings of your Employes account, three parts with dots between them and no spaces; copy it anew",
  );
}

function grantOf(token: string): Grant {
  const [header = "", payload = ""] = token.split(".");
  const claims = claimsIn(payload);
  if (claimsIn(header) === null || claims === null) throw wrongToken();
  const account = accountIn(claims);
  return { accessToken: token, expiresAt: endIn(claims), ...(account !== null && { account }) };
}

/** What a part of the token says; nobody vouches for it, since only Employes has the key. */
function claimsIn(part: string): Row | null {
  try {
    const said: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof said === "object" && said !== null && !Array.isArray(said)
      ? fieldsOf(said)
      : null;
  } catch {
    return null;
  }
}

/** For the warning before the token ends, and for nothing else. */
function endIn({ exp }: Row): number | null {
  const at = typeof exp === "number" ? Math.floor(exp * 1_000) : Number.NaN;
  return at > 0 && at <= lastMoment ? at : null;
}

/**
 * The company, where the token names one; that it would do so like this is assumed. Neither the token nor
 * who made it is the account: next year's is another one, perhaps a colleague's, and must be let in.
 */
function accountIn(claims: Row): string | null {
  const named = claims["company_id"] ?? claims["companyId"] ?? claims["administration_id"];
  if (typeof named !== "string" || named === "") return null;
  return createHash("sha256").update(`employes company ${named}`).digest("hex").slice(0, 32);
}

const settingsSchema = z.object({ companyId: idSchema });

/** The company alone. @throws Rejected */
export function checkSettings(settings: unknown): Settings {
  const parsed = settingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new Rejected(
    "companyId: expected the id of a company in Employes, such as c0de0000-0000-4000-8000-000000000001; choose one that the token reaches",
  );
}
