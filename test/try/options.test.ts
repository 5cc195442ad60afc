import { expect, test } from "vitest";
import { parseTryOptions } from "../../start/try/options.ts";

test("files and folders are taken in order, with the usual zone", () => {
  expect(parseTryOptions(["b.ics", "folder", "--json"])).toEqual({
    paths: ["b.ics", "folder"],
    json: true,
    keep: false,
    help: false,
    zone: "Europe/Amsterdam",
  });
});

test.each([
  [[], /at least one/],
  [["--jsn", "a.ics"], /--jsn/],
  [["a.ics", "--zone", "Mars"], /"Mars" is no time zone/],
])("%j is refused with a reason", (args, reason) => {
  expect(() => parseTryOptions(args)).toThrow(reason);
});
