/** A cell that spreadsheets would take for a formula begins so; the wide forms are read as the narrow ones. */
const active = /^[=+\-@\t\r\n＝＋－＠]/u;
const plainNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const needsQuotes = /[",;\t\r\n]|^\s|\s$/u;

/** One line of CSV (RFC 4180). */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

/**
 * A value as a cell: nested ones as JSON, nothing for null. Text comes from elsewhere, so what a
 * spreadsheet would run is made inert by an apostrophe; plain numbers stay numbers.
 */
function cell(value: unknown): string {
  const text = textOf(value);
  const inert = active.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return needsQuotes.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}
