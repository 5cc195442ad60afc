import { cpus } from "node:os";
import type { Contest } from "./imports.ts";
import type { Cpu } from "./measure.ts";
import { median } from "./statistics.ts";

export const none = "–";
const head = ["", "Syncline", "script", "ceiling", "faster than the script", "of the ceiling"];

/** One Markdown table, under a line of what it was measured on. */
export function tableOf(what: string, contests: readonly Contest[], rows: string[][]): string {
  const all = [head, head.map(() => "---"), ...rows];
  const table = all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}`;
  return `${what} on ${machine}; ${foreignLoad(contests)}\n\n${table}\n`;
}

/** The processes that took part, dearest first. */
export function cpuText(each: readonly Cpu[]): string {
  const names = Object.keys(each[0] ?? {});
  return names
    .map((name) => ({ name, value: median(each.map((cpu) => cpu[name] ?? 0)) }))
    .filter(({ value }) => value >= 0.05)
    .sort((a, b) => b.value - a.value)
    .map(({ name, value }) => `${name} ${value.toFixed(1)}`)
    .join(", ");
}

export const ms = (value: number) => `${Math.round(value)} ms`;
export const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
export const count = (value: number) => Math.round(value).toLocaleString("en-GB");

/** What is none of ours and kept the machine busy while imports were timed. */
function foreignLoad(contests: readonly Contest[]): string {
  const cores = contests.map(({ cpu, ms: took }) => (cpu["others"] ?? 0) / (took / 1000));
  const text = `other programs took ${median(cores).toFixed(1)} cores (${Math.max(...cores).toFixed(1)} at most)`;
  return median(cores) > 0.5 ? `${text}: better repeated on a quieter machine` : text;
}
