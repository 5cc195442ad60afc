interface Field {
  name: string;
  least: number;
  most: number;
  words?: readonly string[];
}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const days = "sun mon tue wed thu fri sat".split(" ");

/** The five fields, as Temporal reads them. */
const fields: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: months },
  { name: "day of the week", least: 0, most: 7, words: days },
];

/** What is wrong with a cron line, or null. Temporal would refuse it long after its maker has gone. */
export function cronComplaint(text: string): string | null {
  const parts = text.split(" ");
  if (parts.length !== fields.length) return "is not five fields of cron";
  for (const [index, field] of fields.entries()) {
    const isRead = parts[index]?.split(",").every((part) => isPart(part, field));
    if (!isRead)
      return `has no ${field.name} from ${field.least} to ${field.most} in "${parts[index]}"`;
  }
  return null;
}

/** `*`, `a` or `a-b`, and `/step` after any of them. */
function isPart(part: string, field: Field): boolean {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !isStep(step, field))) return false;
  if (range === "*") return true;
  const [from, to, ...more] = range.split("-").map((end) => valueOf(end, field));
  if (more.length > 0 || from === undefined || Number.isNaN(from)) return false;
  return to === undefined || from <= to;
}

const isStep = (text: string, { most }: Field): boolean =>
  /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= most;

/** NaN for what is no value of the field. */
function valueOf(text: string, { least, most, words }: Field): number {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0) return word + least;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : Number.NaN;
}

/** The values that each field of a cron line allows, in the line's order; Sunday is 0. The line is a good one. */
export function cronValues(text: string): Set<number>[] {
  return text.split(" ").map((part, index) => {
    const field = fields[index] ?? { name: "", least: 0, most: -1 };
    return new Set(part.split(",").flatMap((one) => valuesOf(one, field)));
  });
}

function valuesOf(part: string, field: Field): number[] {
  const [range = "", step] = part.split("/");
  const [from = field.least, to] =
    range === "*" ? [field.least, field.most] : range.split("-").map((end) => valueOf(end, field));
  const end = to ?? (step === undefined ? from : field.most);
  const values = [];
  for (let value = from; value <= end; value += Number(step ?? 1)) values.push(value);
  return field.name === "day of the week" ? values.map((value) => value % 7) : values;
}
