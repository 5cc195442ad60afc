export interface Row {
  readonly name: string;
  readonly address: string;
  readonly state: string;
}

/** Columns as wide as their longest cell. */
export function formatTable(rows: readonly Row[]): string {
  const all = [{ name: "name", address: "address", state: "state" }, ...rows];
  const width = (key: "name" | "address"): number => Math.max(...all.map((row) => row[key].length));
  const line = (row: Row): string =>
    `  ${row.name.padEnd(width("name"))}  ${row.address.padEnd(width("address"))}  ${row.state}`.trimEnd();
  const [head, ...body] = all.map(line);
  const rule = "-".repeat(Math.max(...all.map((row) => line(row).length)) - 2);
  return [head, `  ${rule}`, ...body].join("\n");
}

export interface Closing {
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  readonly tries: readonly (readonly [what: string, command: string])[];
}

/** What a person reads when everything runs. */
export function closingText(closing: Closing): string {
  const tries = closing.tries.flatMap(([what, command]) => [`  ${what}`, `    ${command}`]);
  return [
    "",
    `Syncline is ready after ${closing.seconds.toFixed(1)} s.`,
    "",
    formatTable(closing.rows),
    ...(closing.notes.length > 0 ? ["", ...closing.notes.map((note) => `  ${note}`)] : []),
    ...(tries.length > 0 ? ["", "What to try:", ...tries] : []),
    "",
    'Ctrl-C ends everything; the state is kept for the next start. "npm run reset" clears it.',
    "",
  ].join("\n");
}

/** An address without its password, for showing. */
export function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = "";
  return url.href;
}
