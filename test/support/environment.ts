import type { TestProject } from "vitest/node";
import { startTestEnvironment } from "../../start/environment.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    temporalAddress: string;
  }
}

/** Postgres and Temporal for the tests of a project, shared with whoever else runs tests now. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = await startTestEnvironment();
  project.provide("databaseUrl", environment.databaseUrl);
  project.provide("temporalAddress", environment.temporalAddress);
  return () => environment.stop();
}
