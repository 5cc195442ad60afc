import { Gone, Rejected } from "../errors.ts";
import type { Details, RecordChange } from "../records.ts";
import type { Api } from "./api.ts";
import { toHistory } from "./employments.ts";
import { toDetail, toEmployee } from "./people.ts";
import { idOf } from "./schemas.ts";

/** @throws Rejected for any stream but the one there is */
export function checkStream(stream: string): void {
  if (stream !== "employees")
    throw new Rejected(`Unknown stream ${JSON.stringify(stream)}: expected employees`);
}

/** One person as they are now; whom Employes denies answers `deleted`, and so does what is no id of its. */
export async function read(
  api: Api,
  remoteId: string,
  key: string,
  signal: AbortSignal,
): Promise<RecordChange> {
  const id = idOf(remoteId);
  const deleted: RecordChange = { remoteId, version: null, updatedAt: null, state: "deleted" };
  if (id === null) return deleted;
  try {
    return toEmployee(id, await api.employee(id, signal), key);
  } catch (error) {
    if (error instanceof Gone) return deleted;
    throw error;
  }
}

/** One person's whole picture and history: two requests. @throws Gone when the person is not there */
export async function details(api: Api, remoteId: string, signal: AbortSignal): Promise<Details> {
  const id = idOf(remoteId);
  if (id === null) throw new Gone("there is nobody with such an id");
  const row = await api.employee(id, signal);
  const employments = await api.employments(id, signal);
  return { details: [toDetail(id, row)], ...toHistory(id, employments) };
}
