import { readFileSync } from "node:fs";

/** The processes whose cost is counted, by the names that the report shows. */
export type Watched = Readonly<Record<string, number>>;

/** Seconds of CPU by process, with `others` for whatever else kept the machine busy. */
export type Cpu = Record<string, number>;

const ticksPerSecond = 100;

/** CPU of every process while `work` ran: of a process, its living children and those that have ended. */
export async function measured<T>(
  watched: Watched,
  work: () => Promise<T>,
): Promise<{ value: T; cpu: Cpu }> {
  const before = snapshot(watched);
  const value = await work();
  const after = snapshot(watched);
  const cpu: Cpu = {};
  let own = 0;
  for (const name of Object.keys(watched)) {
    cpu[name] = (after.each.get(name) ?? 0) - (before.each.get(name) ?? 0);
    own += cpu[name];
  }
  cpu["others"] = Math.max(0, after.machine - before.machine - own);
  return { value, cpu };
}

function snapshot(watched: Watched): { each: Map<string, number>; machine: number } {
  const others = new Set(Object.values(watched));
  const each = new Map(Object.entries(watched).map(([name, pid]) => [name, cpuOf(pid, others)]));
  return { each, machine: busySeconds() };
}

/** A connection to Postgres is a child of the server, and soon gone: the ended ones count too. */
function cpuOf(pid: number, others: ReadonlySet<number>): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
    const children = childrenOf(pid).filter((child) => !others.has(child));
    return children.reduce((sum, child) => sum + cpuOf(child, others), own / ticksPerSecond);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

function busySeconds(): number {
  const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = fields.map(Number);
  return (user + nice + system + irq + softIrq) / ticksPerSecond;
}

/** Resident memory in MB. */
export function memoryOf(pid: number): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1024;
}

/** The highest resident memory of a process while `work` ran, in MB. */
export async function peakMemory(pid: number, work: () => Promise<unknown>): Promise<number> {
  let peak = memoryOf(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, memoryOf(pid));
  }, 20);
  try {
    await work();
    return Math.max(peak, memoryOf(pid));
  } finally {
    clearInterval(timer);
  }
}
