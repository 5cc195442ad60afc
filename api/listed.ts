import type { Page } from "./paging.ts";
import { type Answer, type Call, ok } from "./route.ts";

/** A page as it is answered: its rows, the next cursor, and the same as a link (RFC 8288). */
export function listed(
  call: Pick<Call<unknown, unknown, unknown>, "req">,
  page: Page<unknown>,
): Answer {
  const { items, nextCursor } = page;
  if (nextCursor === null) return ok({ data: items, nextCursor });
  const next = new URL(call.req.originalUrl, "http://localhost");
  next.searchParams.set("cursor", nextCursor);
  return ok({ data: items, nextCursor }, { Link: `<${next.pathname}${next.search}>; rel="next"` });
}
