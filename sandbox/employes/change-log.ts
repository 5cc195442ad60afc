import { type Employee, type Employment, SLICE_KINDS, type SliceKind } from "./objects.ts";
import type { Json } from "../json.ts";

type Stream = "employees" | "employments" | "contracts" | "hours" | "salaries" | "tax-details";

/** One change of one record, as Employes itself knows it. */
export interface LoggedChange {
  readonly seq: number;
  readonly at: string;
  readonly stream: Stream;
  readonly id: string;
  readonly employeeId: string;
  readonly action: "created" | "updated" | "deleted";
  readonly fields: Readonly<Record<string, { before: Json; after: Json }>>;
}

type Change = Omit<LoggedChange, "seq" | "at">;

interface Recorded {
  readonly stream: Stream;
  readonly id: string;
  readonly employeeId: string;
  readonly fields: Readonly<Record<string, Json | undefined>>;
}

export type Records = ReadonlyMap<string, Recorded>;

const STREAM_OF: Record<SliceKind, Stream> = {
  contracts: "contracts",
  hours: "hours",
  salary: "salaries",
  tax_details: "tax-details",
};

/** Everything that is recorded of a person: a copy, so that it can be compared with what comes later. */
export function recordsOf(employee: Employee | undefined): Records {
  const records = new Map<string, Recorded>();
  if (employee === undefined) return records;
  const { id: employeeId, fields, employments } = employee;
  const add = (stream: Stream, id: string, content: Recorded["fields"]): void => {
    records.set(`${stream} ${id}`, { stream, id, employeeId, fields: structuredClone(content) });
  };
  add("employees", employeeId, fields);
  for (const employment of employments) {
    const { start_date, end_date, is_active } = employment;
    add("employments", employment.id, { start_date, end_date, is_active });
    addSlices(records, employeeId, employment, add);
  }
  return records;
}

function addSlices(
  records: Records,
  employeeId: string,
  employment: Employment,
  add: (stream: Stream, id: string, content: Recorded["fields"]) => void,
): void {
  for (const kind of SLICE_KINDS) {
    for (const slice of employment[kind]) {
      const id = `${employeeId}/${employment.start_date}/${slice.start_date}`;
      // Nothing forbids two slices that start on the same day: the second is told apart by its number.
      let key = id;
      for (let at = 2; records.has(`${STREAM_OF[kind]} ${key}`); at += 1) key = `${id}#${at}`;
      add(STREAM_OF[kind], key, slice);
    }
  }
}

/** What has become of the records, in a fixed order. */
export function compare(before: Records, after: Records): Change[] {
  const changes: Change[] = [];
  for (const [key, record] of after) {
    const old = before.get(key);
    const fields = changedFields(old?.fields ?? {}, record.fields);
    const action = old === undefined ? "created" : "updated";
    if (old === undefined || Object.keys(fields).length > 0)
      changes.push({ ...named(record), action, fields });
  }
  for (const [key, record] of before) {
    if (!after.has(key))
      changes.push({
        ...named(record),
        action: "deleted",
        fields: changedFields(record.fields, {}),
      });
  }
  return changes;
}

function named({ stream, id, employeeId }: Recorded): Omit<Recorded, "fields"> {
  return { stream, id, employeeId };
}

/** A field that is lacking and one that is null say the same: nothing. */
function changedFields(before: Recorded["fields"], after: Recorded["fields"]): Change["fields"] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].flatMap((name) => {
    const values = { before: before[name] ?? null, after: after[name] ?? null };
    return JSON.stringify(values.before) === JSON.stringify(values.after) ? [] : [[name, values]];
  });
  return Object.fromEntries(changed) as Change["fields"];
}
