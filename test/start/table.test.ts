import { expect, test } from "vitest";
import { closingText, formatTable, withoutPassword } from "../../start/table.ts";

test("columns line up", () => {
  const table = formatTable([
    { name: "API", address: "http://127.0.0.1:3000", state: "ready" },
    { name: "Temporal UI", address: "-", state: "not part of the real server" },
  ]);
  const lines = table.split("\n");
  expect(
    new Set(
      lines
        .filter((line) => !line.includes("---"))
        .map((line) => line.search(/ready|not part|state/u)),
    ).size,
  ).toBe(1);
});

test("the closing text holds the table, the notes and what to try", () => {
  const text = closingText({
    seconds: 4.26,
    rows: [{ name: "API", address: "a", state: "ready" }],
    notes: ["a note"],
    tries: [["Look", "curl a"]],
  });
  for (const part of ["after 4.3 s", "API", "a note", "Look", "curl a", "npm run reset"])
    expect(text).toContain(part);
});

test("a password is not shown", () => {
  expect(withoutPassword("postgres://me:secret@db:5432/x")).toBe("postgres://me@db:5432/x");
});
