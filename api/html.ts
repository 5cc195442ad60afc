/** Text that is markup already: made by `markup` alone. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a page. */
export type Part = string | number | Markup | null | readonly Part[];

/**
 * A page or a piece of one. Whatever is put into it that is not made by `markup` itself is shown as text.
 * The name is one that formatters of pages do not know: what is between the tags stays as it is.
 */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    pieces
      .map((piece, at) => piece + (at < parts.length ? textOf(parts[at] ?? null) : ""))
      .join(""),
  );
}

function textOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part.map(textOf).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
