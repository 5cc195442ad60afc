import { type Stack, startStack } from "../stack.ts";
import { controlOf } from "./side.ts";

const quick = {
  LINGER_MS: "500",
  SESSION_SPACING_MIN_MS: "10",
  SESSION_SPACING_MAX_MS: "50",
  RETRY_MAX_MS: "300",
  BRAKE_COUNT: "100000",
  REQUESTS_PER_MINUTE: "1000000",
  KIOTVIET_REQUESTS_PER_HOUR: "100000000",
  KIOTVIET_LIMIT_PAUSE_MS: "300",
  EMPLOYES_REQUESTS_PER_SECOND: "100000",
};

/** What one stack reads by changes alone, and by age, the other reads whole. */
const ways = {
  deltas: {
    KIOTVIET_OVERLAP_MS: "10",
    KIOTVIET_PAGE_SIZE: "3",
    EMPLOYES_PAGE_SIZE: "2",
    EMPLOYES_DETAILS_MAX_AGE_MS: "1",
  },
  snapshots: {
    KIOTVIET_SNAPSHOT_EVERY_MS: "1000",
    KIOTVIET_PAGE_SIZE: "2",
    EMPLOYES_PAGE_SIZE: "3",
    EMPLOYES_DETAILS_MAX_AGE_MS: "1",
  },
};

/** API, worker and sandbox, quick and with small pages; no rule of the providers' pace holds. */
export async function startRecordsStack(
  on: { databaseUrl: string; temporalAddress: string },
  way: keyof typeof ways,
): Promise<Stack> {
  const stack = await startStack({ ...on, api: true, env: { ...quick, ...ways[way] } });
  const { url } = stack.google;
  await controlOf(url, "kiotviet")("POST", "/settings", {
    getsPerHour: 100_000_000,
    // To the second, and many changes bear the same time. One shop's answers are all as exact.
    fraction: way === "deltas" ? "0" : "natural",
  });
  await controlOf(url, "employes")("POST", "/settings", {
    rateLimit: null,
    lists: way === "deltas" ? "wrapped" : "bare",
    withoutEmployment: "flicker",
  });
  return stack;
}
