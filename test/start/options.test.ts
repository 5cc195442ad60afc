import { expect, test } from "vitest";
import { parseOptions, UsageError } from "../../start/options.ts";

test("without flags everything is made on the development server", () => {
  expect(parseOptions([])).toEqual({ cluster: false, demo: true, help: false, port: undefined });
});

test("flags are understood", () => {
  expect(parseOptions(["--cluster", "--port", "4000", "--no-demo"])).toEqual({
    cluster: true,
    demo: false,
    help: false,
    port: 4000,
  });
});

test.each([
  ["--clutser"],
  ["extra"],
  ["--port"],
  ["--port", "x"],
  ["--port", "0"],
  ["--port", "70000"],
])("%s %s is refused", (...args) => {
  expect(() => parseOptions(args.filter((arg) => arg !== undefined))).toThrow(UsageError);
});
