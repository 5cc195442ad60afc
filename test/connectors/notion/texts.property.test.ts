import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText, storable, toRuns, toText } from "../../../connectors/notion/texts.ts";
import { Unfit } from "../../../connectors/notion/unfit.ts";

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("a", "🙂", "é", "\u0001", '"', "中", "\uD800"),
);
/** Up to some 400,000 units, so that every limit is met now and then. */
const text = fc
  .tuple(fc.array(piece, { maxLength: 10 }), fc.integer({ min: 0, max: 20_000 }))
  .map(([pieces, times]) => pieces.join("").repeat(times));

test(
  "a text in runs is within Notion's limits and comes back as it went",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(text, (given) => {
        const cut = cutText(given.slice(0, 400_000));
        const runs = toRuns(cut);
        expect(runs.length).toBeLessThanOrEqual(100);
        expect(runs.every((run) => run.text.content.length <= 2_000)).toBe(true);
        expect(Buffer.byteLength(JSON.stringify(runs))).toBeLessThan(125_000);
        const shown = runs.map((run) => ({ plain_text: run.text.content }));
        expect(toText(shown, "notes")).toBe(cut);
        expect(runs.every((run) => storable(run.text.content) === run.text.content)).toBe(true);
      }),
      { numRuns: 200 },
    );
  },
);

test("cutting keeps a beginning, all of it where it fits, and cutting twice is cutting once", () => {
  fc.assert(
    fc.property(text, (given) => {
      const whole = storable(given);
      const cut = cutText(given);
      expect(whole.startsWith(cut)).toBe(true);
      expect(cutText(cut)).toBe(cut);
      if (whole.length <= 18_000) expect(cut).toBe(whole);
      else expect(cut.length).toBeGreaterThan(18_000);
    }),
    { numRuns: 200 },
  );
});

test("a text that is too long to be held is named without being repeated", () => {
  const runs = [{ plain_text: "SECRET".repeat(200_000) }];
  expect(() => toText(runs, "notes")).toThrow(Unfit);
  expect(() => toText(runs, "notes")).toThrow("the notes is longer than 1048576");
});
