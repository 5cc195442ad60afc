import { count, cpuText, ms, none, seconds, tableOf } from "./figures.ts";
import type { Footprint, Histories, Round } from "./imports.ts";
import type { Latency } from "./latency.ts";
import type { Options } from "./options.ts";
import { median, ratios } from "./statistics.ts";

export interface Results {
  options: Options;
  rounds: readonly Round[];
  footprint: Footprint;
  latency: { toGoogle: Latency; toRow: Latency };
}

/** Times are medians, ratios are medians of each round's own with min–max. */
export function report(results: Results): string {
  const { rounds, options } = results;
  const what = `${rounds.length} rounds of ${count(options.events)} events`;
  const contests = rounds.flatMap(({ syncline, script, ceiling }) =>
    [syncline, script, ceiling].map(({ first }) => first),
  );
  return tableOf(what, contests, [...imports(results), ...sessions(results), ...rest(results)]);
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
