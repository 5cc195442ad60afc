import { canonical, type Content } from "../../sync/record.ts";
import { InvalidResponse } from "../errors.ts";
import type { Details, RecordChange, RecordItem } from "../records.ts";
import { employment, itemOf, type Shape, slices } from "./mapping.ts";
import { setAside } from "./people.ts";
import { fieldsOf, type Row } from "./schemas.ts";
import { date, Unfit } from "./values.ts";

/** Something that was read, and what it is called: `order` tells apart what has the same key. */
interface Reading {
  key: string;
  order: string;
  item: RecordItem | Unfit;
}

interface Employment extends Reading {
  row: Row;
  start: string;
}

/**
 * All employments of one person, and each slice of them as a record of its own. What cannot be
 * understood is set aside under its own name. What cannot even be named would make something else look
 * deleted, so then the whole answer is not believed and the last state stays. @throws InvalidResponse
 */
export function toHistory(employeeId: string, rows: readonly unknown[]): Details {
  const employments = numbered(rows.map((row) => employmentOf(employeeId, row)));
  const parts = Object.entries(slices).map(([stream, shape]) => {
    const all = employments.flatMap((one) =>
      slicesOf(one, shape).map((slice) => sliceOf(employeeId, one, slice, shape)),
    );
    return [stream, numbered(all).map((slice) => toChange(employeeId, slice))];
  });
  return {
    employments: employments.map((one) => toChange(employeeId, one)),
    ...(Object.fromEntries(parts) as Details),
  };
}

/** An employment has an id (seen); that one may lack it, as slices do, is assumed (reference: 6). */
function employmentOf(employeeId: string, value: unknown): Employment {
  const row = rowOf(value, "employments");
  const start = startOf(row, "employments");
  const { id } = row;
  const own = typeof id === "number" ? String(id) : id;
  const key =
    typeof own === "string" && /^[\w.-]{1,100}$/.test(own) ? own : `${employeeId}/${start}`;
  const item = read(row, employment);
  const within = Object.values(slices).map((shape) =>
    slicesOf({ row }, shape)
      .map((slice) => orderOf(read(slice, shape)))
      .toSorted(),
  );
  return { key, row, start, item, order: `${orderOf(item)} ${canonical(within)}` };
}

/** Slices have no ids: the key is one from employee, employment and start (assumed; reference: 6). */
function sliceOf(employeeId: string, of: Employment, row: Row, shape: Shape): Reading {
  const key = `${employeeId}/${of.start}/${startOf(row, "slices")}`;
  const item = read(row, shape, { employmentId: of.key });
  return { key, item, order: orderOf(item) };
}

function slicesOf({ row }: { row: Row }, { name }: { name: string }): Row[] {
  const value = row[name] ?? [];
  // One of a kind may come by itself, as it does in the list (assumed).
  const all = Array.isArray(value) ? value : [value];
  return all.map((slice) => rowOf(slice, name));
}

function rowOf(value: unknown, name: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return fieldsOf(value);
  throw new InvalidResponse(`employments: ${name} hold what cannot be named`);
}

/** The start as a part of a key; one that is not there is written so. */
function startOf(row: Row, name: string): string {
  try {
    return date(row["start_date"], "start_date") ?? "-";
  } catch (error) {
    if (error instanceof Unfit)
      throw new InvalidResponse(`employments: of ${name}, ${error.message}`);
    throw error;
  }
}

function read(row: Row, shape: Shape, more: Content = {}): RecordItem | Unfit {
  try {
    const { content, ...item } = itemOf(row, shape);
    return { ...item, content: { ...more, ...content } };
  } catch (error) {
    if (error instanceof Unfit) return error;
    throw error;
  }
}

function orderOf(item: RecordItem | Unfit): string {
  return item instanceof Unfit ? item.message : canonical([item.content, item.sensitive ?? {}]);
}

/** In the order of keys; those that are equal are numbered by what they hold, not by where they stood. */
function numbered<T extends Reading>(all: readonly T[]): T[] {
  const shown = new Map<string, number>();
  return all
    .toSorted((a, b) => compare(a.key, b.key) || compare(a.order, b.order))
    .map((one) => {
      const count = (shown.get(one.key) ?? 0) + 1;
      shown.set(one.key, count);
      return count === 1 ? one : { ...one, key: `${one.key}/${count}` };
    });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toChange(parentId: string, { key, item }: Reading): RecordChange {
  if (item instanceof Unfit) return setAside(key, item.message);
  const base = { remoteId: key, version: null, updatedAt: null };
  return { ...base, state: "living", item: { ...item, parentId } };
}
