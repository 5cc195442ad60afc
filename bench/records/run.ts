import type { Options } from "../options.ts";
import type { Stage } from "../stage.ts";
import type { Place } from "./contestants.ts";
import { reportRecords } from "./report.ts";
import { measureRecordsFootprint, playRecords, type RecordsRound } from "./rounds.ts";
import { createShopControl } from "./shop.ts";

/** The rows of business data: products of a shop at the pretend KiotViet. */
export async function runRecords(
  stage: Stage,
  { products, rounds: wanted }: Options,
  say: (message: string) => void,
): Promise<string> {
  const shops = createShopControl(stage.sandbox.url);
  const retailers = { tenth: "bench-tenth", full: "bench-full" };
  const held = { [retailers.tenth]: Math.ceil(products / 10), [retailers.full]: products };
  await shops.makeShops(held);
  const tenth: Place = { stage, shops, retailer: retailers.tenth };
  const full: Place = { stage, shops, retailer: retailers.full };
  say("records: memory");
  const footprint = await measureRecordsFootprint(tenth, full);
  const rounds: RecordsRound[] = [];
  for (let round = 1; round <= wanted; round += 1) {
    say(`records: round ${round} of ${wanted}`);
    rounds.push(await playRecords(full));
  }
  return reportRecords({ products, rounds, footprint });
}
