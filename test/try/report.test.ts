import { expect, test } from "vitest";
import { isFine, reportJson, reportText } from "../../start/try/report.ts";
import type { Result } from "../../start/try/trial.ts";

const result: Result = {
  file: "club.ics",
  events: 12,
  loaded: 11,
  setAside: [{ what: "a@b", reason: "The event is cancelled" }],
  first: { items: 11, inStep: 11 },
  edits: { here: 7, google: 8 },
  after: { items: 13, inStep: 13 },
  writes: { here: 0, google: 0 },
  duplicates: 0,
  seconds: 1.234,
  problems: [],
};

test("a row per file, with what was set aside below", () => {
  const [head, rule, row, , title, file, reason] = reportText([result], []).split("\n");
  expect(head?.split(/ {2,}/)).toEqual([
    "file",
    "events",
    "loaded",
    "set aside",
    "in step",
    "edits here + Google",
    "in step after",
    "writes after",
    "duplicates",
    "seconds",
  ]);
  expect(rule).toMatch(/^-+$/);
  expect(row?.split(/ {2,}/)).toEqual([
    "club.ics",
    "12",
    "11",
    "1",
    "11/11",
    "7 + 8",
    "13/13",
    "0",
    "0",
    "1.2",
  ]);
  expect([title, file, reason]).toEqual([
    "Set aside:",
    "  club.ics",
    "    The event is cancelled: a@b",
  ]);
});

test("what is wrong, and files that were not taken, come last and are not fine", () => {
  const wrong = { ...result, setAside: [], problems: ["2 duplicates"] };
  const bad = [{ name: "x.ics", problem: "there is no such file" }];
  const text = reportText([wrong], bad);
  expect(text).toMatch(
    /Not as it should be:\n {2}club\.ics\n {4}2 duplicates\n\nNot taken:\n {2}x\.ics: there is no such file$/,
  );
  expect([isFine([result], []), isFine([wrong], []), isFine([result], bad)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a long list is cut in the text and whole in the JSON", () => {
  const problems = Array.from({ length: 50 }, (_none, at) => `problem ${at}`);
  expect(reportText([{ ...result, problems }], [])).toContain("… and 30 more");
  expect(JSON.parse(reportJson([{ ...result, problems }], []))).toMatchObject({
    ok: false,
    files: [{ problems }],
  });
});
