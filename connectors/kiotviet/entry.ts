import { z } from "zod";
import type { Entry, Grant, Settings } from "../connector.ts";
import { InvalidResponse, Rejected } from "../errors.ts";
import { type HttpAnswer, parseJson, send } from "../http.ts";
import { failureOf } from "./errors.ts";
import { fieldsOf } from "./keys.ts";

export interface EntryConfig {
  /** `https://id.kiotviet.vn/connect/token`, or where a stand-in for it listens. */
  tokenUrl: string;
  timeoutMs: number;
  limitPauseMs: number;
  now: () => number;
}

const name = "token";

const fields = {
  retailer: { label: "Name of the shop, as in its web address" },
  clientId: { label: "Client ID, from the shop's settings under Thiết lập kết nối API" },
  clientSecret: { label: "Secret, from the same page" },
};

const grantSchema = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().positive().nullish(),
});

/** The shop's own client, which its administrator makes; there is no refresh token (reference: 1). */
export function createEntry(config: EntryConfig): Entry {
  return {
    fields,
    async grant(entered, signal): Promise<Grant> {
      const retailer = shopOf(entered["retailer"]);
      const clientId = credential(entered["clientId"], "clientId");
      const clientSecret = credential(entered["clientSecret"], "clientSecret");
      const answer = await ask(config, clientId, clientSecret, signal);
      return {
        ...tokenOf(answer),
        account: `${retailer}/${clientId}`,
        entered: { retailer, clientId, clientSecret },
      };
    },
  };
}

async function ask(
  { tokenUrl, timeoutMs, limitPauseMs, now }: EntryConfig,
  clientId: string,
  clientSecret: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const body = new URLSearchParams({
    // Not OAuth's `scope` (reference: 1).
    scopes: "PublicApi.Access",
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
  }).toString();
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
  };
  const request = { name, url: tokenUrl, method: "POST", headers, body };
  const answer = await send(request, { signal, timeoutMs, maxBytes: 1_048_576, now });
  if (answer.status !== 200) throw failureOf(answer, name, "token", limitPauseMs);
  return answer;
}

/** A token counts as ended a minute early, and one that lives shorter than two at half its life. */
function tokenOf(answer: HttpAnswer): Pick<Grant, "accessToken" | "expiresAt"> {
  const parsed = grantSchema.safeParse(parseJson(answer, name));
  if (!parsed.success) throw new InvalidResponse(`${name}: the answer is no grant`);
  const { access_token: accessToken, expires_in: seconds } = parsed.data;
  const life = seconds ? Math.max(seconds - 60, seconds / 2) * 1000 : null;
  return { accessToken, expiresAt: life === null ? null : Math.floor(answer.sentAt + life) };
}

/** The shop alone: what else was entered is no setting. @throws Rejected */
export function checkSettings(settings: unknown): Settings {
  const { retailer, entered } = fieldsOf(settings);
  return { retailer: shopOf(retailer ?? fieldsOf(entered)["retailer"]) };
}

/** The shop's name is a header and the first part of a host's name. */
function shopOf(value: unknown): string {
  const shop = typeof value === "string" ? value.trim() : "";
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/i.test(shop)) return shop;
  throw new Rejected(
    "retailer: expected the shop's name as in its web address, without spaces or slashes; for demo-shop.kiotviet.vn enter demo-shop",
  );
}

function credential(value: unknown, field: string): string {
  const given = typeof value === "string" ? value.trim() : "";
  if (/^[\x21-\x7e]{1,500}$/.test(given)) return given;
  throw new Rejected(
    `${field}: expected what the shop's settings at KiotViet show, without spaces; copy it anew`,
  );
}
