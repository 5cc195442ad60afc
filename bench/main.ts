import { measureFootprint, playRound, type Round } from "./imports.ts";
import { latencyCalendars, measureLatency } from "./latency.ts";
import { type Options, type Part, readOptions } from "./options.ts";
import { runRecords } from "./records/run.ts";
import { report } from "./report.ts";
import { onStage, type Stage } from "./stage.ts";

const began = Date.now();
const say = (message: string): void =>
  console.error(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${message}`);

const options = readOptions(process.argv.slice(2));
const run: Record<Part, typeof runCalendars> = { calendars: runCalendars, records: runRecords };

// Each part on a stage of its own: neither pays for what the other has left in the worker's memory.
for (const part of options.parts) {
  await onStage(say, async (stage) => console.log(await run[part](stage, options, say)));
}

async function runCalendars(
  stage: Stage,
  { events, rounds: wanted, ...rest }: Options,
  tell: (message: string) => void,
): Promise<string> {
  const calendars = { tenth: "tenth@example.test", full: "full@example.test" };
  await stage.sandbox.makeAccount([...Object.values(calendars), ...latencyCalendars]);
  await stage.sandbox.fill(calendars.tenth, Math.ceil(events / 10));
  await stage.sandbox.fill(calendars.full, events);
  tell("calendars: memory");
  const footprint = await measureFootprint(stage, calendars);
  const rounds: Round[] = [];
  for (let round = 1; round <= wanted; round += 1) {
    tell(`calendars: round ${round} of ${wanted}`);
    rounds.push(await playRound(stage, calendars.full));
  }
  tell("calendars: latency");
  const latency = await measureLatency(stage, rest.samples);
  return report({ options: { events, rounds: wanted, ...rest }, rounds, footprint, latency });
}
