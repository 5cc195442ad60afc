import { cpus } from "node:os";
import type { Footprint, Histories, Round } from "./imports.ts";
import type { Latency } from "./latency.ts";
import type { Cpu } from "./measure.ts";
import type { Options } from "./options.ts";
import { median, ratios } from "./statistics.ts";

export interface Results {
  options: Options;
  rounds: readonly Round[];
  footprint: Footprint;
  latency: { toGoogle: Latency; toRow: Latency };
}

const none = "–";
const head = ["", "Syncline", "script", "ceiling", "faster than the script", "of the ceiling"];

/** One Markdown table; times are medians, ratios are medians of each round's own with min–max. */
export function report(results: Results): string {
  const rows = [
    head,
    head.map(() => "---"),
    ...imports(results),
    ...sessions(results),
    ...rest(results),
  ];
  const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const { rounds, options } = results;
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}`;
  const foreign = foreignLoad(rounds);
  return `${rounds.length} rounds of ${count(options.events)} events on ${machine}; ${foreign}\n\n${table}\n`;
}

function imports({ rounds, options: { events } }: Results): string[][] {
  const of = (who: keyof Round) => rounds.map((round) => round[who].first.ms);
  const [ours, script, ceiling] = [of("syncline"), of("script"), of("ceiling")];
  const time = (each: number[]) =>
    `${seconds(median(each))} (${count(events / (median(each) / 1000))}/s)`;
  const cpu = (who: keyof Round) => cpuText(rounds.map((round) => round[who].first.cpu));
  return [
    [
      `first import of ${count(events)} events`,
      time(ours),
      time(script),
      time(ceiling),
      ratios(script, ours),
      ratios(ceiling, ours),
    ],
    ["its CPU, in seconds", cpu("syncline"), cpu("script"), cpu("ceiling"), none, none],
  ];
}

function sessions({ rounds }: Results): string[][] {
  const delta = rounds.map(({ syncline }) => syncline.delta.ms);
  const scriptDelta = rounds.map(({ script }) => script.delta);
  const unchanged = rounds.map(({ syncline }) => syncline.unchanged.ms);
  const scriptUnchanged = rounds.map(({ script }) => script.unchanged);
  const most = (of: (round: Round) => number) => Math.max(...rounds.map(of));
  const calls = `${most((round) => round.syncline.unchanged.providerCalls)} call, ${most((round) => round.syncline.written)} rows written`;
  const millis = (each: number[]) => ms(median(each));
  return [
    ["1 % changed", millis(delta), millis(scriptDelta), none, ratios(scriptDelta, delta), none],
    [
      "nothing changed",
      `${millis(unchanged)}, ${calls}`,
      millis(scriptUnchanged),
      none,
      ratios(scriptUnchanged, unchanged),
      none,
    ],
  ];
}

function rest({ rounds, footprint, latency, options: { events } }: Results): string[][] {
  const { idle, tenth, full } = footprint;
  const longest = (which: keyof Histories) =>
    Math.max(...rounds.map(({ syncline }) => syncline.histories[which]));
  const alone = (name: string, value: string) => [name, value, none, none, none, none];
  const memory = (peak: number) => `${Math.round(peak)} MB (idle + ${Math.round(peak - idle)})`;
  return [
    alone(
      `history of a session: ${count(events)} events / nothing changed`,
      `${longest("first")} / ${longest("unchanged")} events`,
    ),
    alone("commit to Google, p50 / p99", latencyText(latency.toGoogle)),
    alone("notification to row, p50 / p99", latencyText(latency.toRow)),
    alone(`worker memory, peak at ${count(events / 10)} events`, memory(tenth)),
    alone(`worker memory, peak at ${count(events)} events`, memory(full)),
  ];
}

function latencyText({ p50, p99, temporal }: Latency): string {
  return `${ms(p50)} / ${ms(p99)}, Temporal ${Math.round(temporal * 100)} %`;
}

/** The processes that took part, dearest first. */
function cpuText(each: readonly Cpu[]): string {
  const names = Object.keys(each[0] ?? {});
  return names
    .map((name) => ({ name, value: median(each.map((cpu) => cpu[name] ?? 0)) }))
    .filter(({ value }) => value >= 0.05)
    .sort((a, b) => b.value - a.value)
    .map(({ name, value }) => `${name} ${value.toFixed(1)}`)
    .join(", ");
}

const ms = (value: number) => `${Math.round(value)} ms`;
const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
const count = (value: number) => Math.round(value).toLocaleString("en-GB");

/** What is none of ours and kept the machine busy while imports were timed. */
function foreignLoad(rounds: readonly Round[]): string {
  const cores = rounds.flatMap(({ syncline, script, ceiling }) =>
    [syncline, script, ceiling].map(({ first }) => (first.cpu["others"] ?? 0) / (first.ms / 1000)),
  );
  const text = `other programs took ${median(cores).toFixed(1)} cores (${Math.max(...cores).toFixed(1)} at most)`;
  return median(cores) > 0.5 ? `${text}: better repeated on a quieter machine` : text;
}
