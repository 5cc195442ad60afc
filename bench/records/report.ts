import { count, cpuText, ms, none, seconds, tableOf } from "../figures.ts";
import { median, ratios } from "../statistics.ts";
import { type RecordsFootprint, type RecordsRound, touchedProducts } from "./rounds.ts";

export interface RecordsResults {
  products: number;
  rounds: readonly RecordsRound[];
  footprint: RecordsFootprint;
}

/** Times are medians, ratios are medians of each round's own with min–max. */
export function reportRecords(results: RecordsResults): string {
  const { rounds, products } = results;
  const contests = rounds.flatMap(({ syncline, script, ceiling }) => [
    syncline.first,
    script.first,
    ceiling.first,
  ]);
  const what = `${rounds.length} rounds of ${count(products)} products`;
  return tableOf(what, contests, [...first(results), ...changed(results), ...rest(results)]);
}

const alone = (name: string, value: string) => [name, value, none, none, none, none];

function first({ rounds, products }: RecordsResults): string[][] {
  const of = (who: "syncline" | "script" | "ceiling") => rounds.map((round) => round[who].first.ms);
  const [ours, script, ceiling] = [of("syncline"), of("script"), of("ceiling")];
  const time = (each: number[]) =>
    `${seconds(median(each))} (${count(products / (median(each) / 1000))}/s)`;
  const cpu = (who: "syncline" | "script" | "ceiling") =>
    cpuText(rounds.map((round) => round[who].first.cpu));
  return [
    [
      `first run over ${count(products)} products`,
      time(ours),
      time(script),
      time(ceiling),
      ratios(script, ours),
      ratios(ceiling, ours),
    ],
    ["its CPU, in seconds", cpu("syncline"), cpu("script"), cpu("ceiling"), none, none],
    alone("merely reading its pages", seconds(median(rounds.map(({ reading }) => reading.all)))),
  ];
}

function changed({ rounds }: RecordsResults): string[][] {
  const delta = rounds.map(({ syncline }) => syncline.delta.ms);
  const script = rounds.map((round) => round.script.delta);
  const calls = Math.max(...rounds.map(({ syncline }) => syncline.delta.providerCalls));
  const storedFirst = rounds.map(({ syncline, reading }) => syncline.first.ms - reading.all);
  const storedDelta = rounds.map(({ syncline, reading }) => syncline.delta.ms - reading.touched);
  const text = `${ms(median(storedDelta))} against ${seconds(median(storedFirst))}: ${ratios(storedFirst, storedDelta)} faster`;
  const name = `${count(touchedProducts)} changed`;
  return [
    [
      name,
      `${ms(median(delta))}, ${calls} calls`,
      ms(median(script)),
      none,
      ratios(script, delta),
      none,
    ],
    alone(`storing them, against storing the first run`, text),
  ];
}

function rest({ rounds, footprint, products }: RecordsResults): string[][] {
  const { idle, tenth, full } = footprint;
  const found = (which: "unchanged" | "relisted") => {
    const each = rounds.map(({ syncline }) => syncline[which]);
    const calls = Math.max(...each.map(({ providerCalls }) => providerCalls));
    const written = Math.max(...each.map((session) => session.written));
    const took = median(each.map((session) => session.ms));
    return `${took < 1000 ? ms(took) : seconds(took)}, ${count(calls)} ${calls === 1 ? "call" : "calls"}, ${written} rows written`;
  };
  const memory = (peak: number) => `${Math.round(peak)} MB (idle + ${Math.round(peak - idle)})`;
  const longest = Math.max(...rounds.map(({ syncline }) => syncline.history));
  return [
    alone("nothing changed", found("unchanged")),
    alone("everything listed again, nothing changed", found("relisted")),
    alone("history of the first run", `${longest} events`),
    alone(`worker memory, peak at ${count(products / 10)} products`, memory(tenth)),
    alone(`worker memory, peak at ${count(products)} products`, memory(full)),
  ];
}
