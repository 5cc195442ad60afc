import { proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Trying again mends a provider, a database or a network; a defect of ours is shown at once. */
const nonRetryableErrorTypes = ["TypeError", "ReferenceError", "RangeError", "SyntaxError"];

/** Steps that may take long: they report every few seconds, and a dead worker is noticed by the silence. */
export const steps = proxyActivities<Activities>({
  startToCloseTimeout: "3 minutes",
  heartbeatTimeout: "15 seconds",
  retry: {
    initialInterval: "1 second",
    backoffCoefficient: 2,
    maximumInterval: "30 seconds",
    maximumAttempts: 40,
    nonRetryableErrorTypes,
  },
});

/** Steps of one long transaction, which has to be begun again from its start: a few times and no more. */
export const whole = proxyActivities<Activities>({
  startToCloseTimeout: "6 minutes",
  heartbeatTimeout: "15 seconds",
  retry: {
    initialInterval: "1 second",
    backoffCoefficient: 2,
    maximumInterval: "30 seconds",
    maximumAttempts: 6,
    nonRetryableErrorTypes,
  },
});

/** Steps of one short transaction: as local activities they cost one event each and no queue. */
export const brief = proxyLocalActivities<Activities>({
  startToCloseTimeout: "10 seconds",
  retry: {
    initialInterval: "200 milliseconds",
    backoffCoefficient: 2,
    maximumInterval: "10 seconds",
    maximumAttempts: 40,
    nonRetryableErrorTypes,
  },
});

/** The quick form of a step: tried once, and whatever does not fit is left to the full form. */
export const quick = proxyLocalActivities<Activities>({
  startToCloseTimeout: "8 seconds",
  retry: { maximumAttempts: 1 },
});
