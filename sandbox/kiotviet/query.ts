import { readLocal } from "./dates.ts";
import { invalid } from "./errors.ts";

/** The parameters of a call; their names in any letter case. */
export class Query {
  readonly #values = new Map<string, string[]>();

  constructor(url: string) {
    for (const [name, value] of new URL(url, "http://sandbox").searchParams) {
      const key = name.toLowerCase().replace(/\[\]$/, "");
      this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
    }
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name.toLowerCase())?.at(-1);
    return value === "" ? undefined : value;
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^-?\d{1,15}$/.test(text)) throw invalid(`${name} không hợp lệ`);
    return Number(text);
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (!["true", "false", "1", "0"].includes(text)) throw invalid(`${name} không hợp lệ`);
    return text === "true" || text === "1";
  }

  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const at = readLocal(text);
    // An offset would be a client's mistake: times here are local.
    if (at === undefined) throw invalid(`${name} không hợp lệ`);
    return at;
  }

  /** Several numbers, named one by one or joined by commas. */
  numbers(name: string): ReadonlySet<number> | undefined {
    const texts = (this.#values.get(name.toLowerCase()) ?? []).flatMap((text) => text.split(","));
    const given = texts.filter((text) => text.trim() !== "").map(Number);
    if (given.some((one) => !Number.isInteger(one))) throw invalid(`${name} không hợp lệ`);
    return given.length === 0 ? undefined : new Set(given);
  }
}
