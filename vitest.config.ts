import { defineConfig } from "vitest/config";

/** The suffix of a test says what it needs; each need is a project of its own. */
const needs = {
  /** Nothing but time. */
  unit: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.{pg,temporal,e2e}.test.ts"],
    timeout: 60_000,
  },
  /** Postgres. */
  pg: { include: ["test/**/*.pg.test.ts"], timeout: 60_000 },
  /** A Temporal server, and Postgres. */
  temporal: { include: ["test/**/*.temporal.test.ts"], timeout: 120_000 },
  /** Everything, as processes. */
  e2e: { include: ["test/**/*.e2e.test.ts"], timeout: 600_000 },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: Object.entries(needs).map(([name, { timeout, ...files }]) => ({
      test: {
        name,
        ...files,
        testTimeout: timeout,
        hookTimeout: 600_000,
        fileParallelism: name === "unit" || name === "pg",
        ...(name !== "unit" && { globalSetup: ["test/support/environment.ts"] }),
      },
    })),
  },
});
