import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs every project of vitest, one after the other, and closes with one line that counts all of them.
 * `--long` runs the long suites in full; without it they run twenty fixed seeds.
 */
const projects = ["unit", "pg", "temporal", "e2e"];
const long = process.argv.includes("--long");
const folder = mkdtempSync(join(tmpdir(), "syncline-results-"));
const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;

for (const project of projects) {
  const file = join(folder, `${project}.json`);
  const run = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
      "--passWithNoTests",
    ],
    { stdio: "inherit", env: { ...process.env, ...(long && { SYNCLINE_LONG: "1" }) } },
  );
  const counted = count(file);
  if (counted) {
    total.passed += counted.numPassedTests;
    total.failed += counted.numFailedTests;
    total.skipped += counted.numPendingTests + counted.numTodoTests;
  }
  broken ||= run.status !== 0;
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(broken || total.failed > 0 || total.passed === 0 ? 1 : 0);

interface Counted {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

function count(file: string): Counted | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counted;
  } catch {
    return null;
  }
}
