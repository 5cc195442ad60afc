import { measureFootprint, playRound, type Round } from "./imports.ts";
import { latencyCalendars, measureLatency } from "./latency.ts";
import { readOptions } from "./options.ts";
import { report } from "./report.ts";
import { onStage } from "./stage.ts";

const began = Date.now();
const say = (message: string): void =>
  console.error(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${message}`);

const options = readOptions(process.argv.slice(2));
const calendars = { tenth: "tenth@example.test", full: "full@example.test" };

await onStage(say, async (stage) => {
  await stage.sandbox.makeAccount([...Object.values(calendars), ...latencyCalendars]);
  await stage.sandbox.fill(calendars.tenth, Math.ceil(options.events / 10));
  await stage.sandbox.fill(calendars.full, options.events);
  say("memory");
  const footprint = await measureFootprint(stage, calendars);
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`round ${round} of ${options.rounds}`);
    rounds.push(await playRound(stage, calendars.full));
  }
  say("latency");
  const latency = await measureLatency(stage, options.samples);
  console.log(report({ options, rounds, footprint, latency }));
});
