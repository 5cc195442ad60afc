import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFiles } from "../../start/try/files.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "syncline-files-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const event = "BEGIN:VEVENT\r\nDTSTART:20260301T100000Z\r\nEND:VEVENT\r\n";
const calendar = (...lines: string[]): string =>
  `BEGIN:VCALENDAR\r\n${lines.join("\r\n")}${event}END:VCALENDAR\r\n`;

test("a file is read with its name, its number of events and its zone", () => {
  const path = write("good.ics", calendar("X-WR-TIMEZONE:Asia/Tokyo", ""));
  expect(readFiles([path])).toEqual([
    expect.objectContaining({ name: "good.ics", events: 1, zone: "Asia/Tokyo" }),
  ]);
});

test("a byte order mark, blank lines and other line ends are no fault", () => {
  const path = write("odd.ics", `\uFEFF\n\n${calendar().replaceAll("\r\n", "\r")}`);
  expect(readFiles([path])).toEqual([expect.objectContaining({ events: 1 })]);
});

test("the zone of the first event stands in where the calendar names none", () => {
  const zoned = event.replace(
    "DTSTART:20260301T100000Z",
    "DTSTART;TZID=Europe/Kiev:20260301T100000",
  );
  const path = write("zoned.ics", `BEGIN:VCALENDAR\r\n${zoned}END:VCALENDAR\r\n`);
  expect(readFiles([path])).toEqual([expect.objectContaining({ zone: "Europe/Kiev" })]);
});

test("a folder stands for the calendars in it, and an empty one is told", () => {
  mkdirSync(join(dir, "folder"));
  mkdirSync(join(dir, "empty"));
  write("folder/b.ics", calendar());
  write("folder/a.ICS", calendar());
  write("folder/notes.txt", "nothing");
  const found = readFiles([join(dir, "folder"), join(dir, "empty")]);
  expect(found.map(({ name }) => name)).toEqual(["a.ICS", "b.ics", "empty"]);
  expect(found[2]).toEqual({ name: "empty", problem: "the folder holds no .ics file" });
});

test("files of the same name are told apart by their paths", () => {
  mkdirSync(join(dir, "one"));
  const paths = [write("one/same.ics", calendar()), write("same.ics", calendar())];
  expect(readFiles(paths).map(({ name }) => name)).toEqual(paths);
});

test.each([
  ["that is not there", undefined, "there is no such file"],
  ["of another kind", "hello", "it does not begin with BEGIN:VCALENDAR"],
  ["that is empty", "", "it does not begin with BEGIN:VCALENDAR"],
  ["without events", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "it holds no events"],
  [
    "that was cut off",
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUM",
    "BEGIN:VEVENT of line 2 is never ended: it may have been cut off",
  ],
  [
    "with a wrong end",
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
    "line 3 has END:VCALENDAR where BEGIN:VEVENT of line 2 is still open",
  ],
  [
    "with an end too many",
    "BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
    "line 3 has END:VCALENDAR where nothing is open",
  ],
  [
    "in another encoding",
    Buffer.from("BEGIN:VCALENDAR\nSUMMARY:Caf\xe9\n", "latin1"),
    "it is not UTF-8 text",
  ],
])("a file %s is named with what is wrong", (_what, content, problem) => {
  const path = content === undefined ? join(dir, "none.ics") : write("bad.ics", content);
  expect(readFiles([path])).toEqual([
    { name: content === undefined ? "none.ics" : "bad.ics", problem },
  ]);
});

test.skipIf(process.getuid?.() === 0)("a file that may not be read is named", () => {
  const path = write("secret.ics", calendar());
  chmodSync(path, 0);
  expect(readFiles([path])).toEqual([{ name: "secret.ics", problem: "it may not be read" }]);
});
