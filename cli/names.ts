import type { Ask } from "./ask.ts";
import { Ended, exits } from "./exits.ts";
import { inert } from "./print.ts";
import type { Connection, Page } from "./shapes.ts";

/** The one connection that a name means; the API decides which it fits. @throws Ended for none or several */
export async function connectionNamed(ask: Ask, name: string): Promise<Connection> {
  const { data } = await ask.json<Page<Connection>>("GET", "/api/connections", {
    query: { name, limit: 50 },
  });
  const [one, ...others] = data;
  if (one && others.length === 0) return one;
  const { data: all } = one
    ? { data }
    : await ask.json<Page<Connection>>("GET", "/api/connections", { query: { limit: 50 } });
  const said = one
    ? `"${name}" may be each of these; say more of its name, or its id:`
    : `No connection is called "${name}". There is:`;
  throw new Ended(exits.notFound, [said, ...all.map((each) => `  ${labelOf(each)}`)].join("\n"));
}

export function labelOf({ id, provider, name }: Connection): string {
  return inert(`${id}  ${name === null ? provider : `${name} (${provider})`}`);
}
