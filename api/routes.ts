import { analyticsRoutes } from "./analytics.ts";
import { bookingRuleRoutes } from "./booking-rules.ts";
import { bookingRunRoutes } from "./booking-runs.ts";
import { bookingRoutes } from "./bookings.ts";
import { calendarRoutes } from "./calendars.ts";
import { changeExportRoutes } from "./change-export.ts";
import { changeRoutes } from "./changes.ts";
import { conflictRoutes } from "./conflicts.ts";
import { connectRoutes } from "./connect.ts";
import { connectionActionRoutes } from "./connection-actions.ts";
import { connectionRoutes } from "./connections.ts";
import { consentRoutes } from "./consent.ts";
import { credentialRoutes } from "./credentials.ts";
import { duplicateRoutes } from "./duplicates.ts";
import { eventListRoutes } from "./event-list.ts";
import { eventRoutes } from "./events.ts";
import { googleWebhookRoutes } from "./google-webhook.ts";
import { operations } from "./health.ts";
import { holidayRoutes } from "./holidays.ts";
import { integrationRoutes } from "./integrations.ts";
import { keyRoutes } from "./keys.ts";
import { kiotvietWebhookRoutes } from "./kiotviet-webhook.ts";
import { manageRoutes } from "./manage.ts";
import { noticeRoutes } from "./notices.ts";
import { notificationTargetRoutes } from "./notification-targets.ts";
import { notionWebhookRoutes } from "./notion-webhook.ts";
import { proofRoutes } from "./proof.ts";
import { planActionRoutes } from "./plan-actions.ts";
import { planRoutes } from "./plans.ts";
import { queueRoutes } from "./queue.ts";
import { recordExportRoutes } from "./record-export.ts";
import { recordVersionRoutes } from "./record-versions.ts";
import { recordRoutes } from "./records.ts";
import type { Route } from "./route.ts";
import { scheduleRoutes } from "./schedules.ts";
import { sessionRoutes } from "./sessions.ts";
import { slackCommandRoutes } from "./slack-commands.ts";
import { slackTeamRoutes } from "./slack-teams.ts";
import { slotRoutes } from "./slots.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { syncNowRoutes } from "./sync-now.ts";
import { syncRoutes } from "./sync.ts";
import { timelineRoutes } from "./timeline.ts";
import { whyRoutes } from "./why.ts";
import { targetActionRoutes } from "./target-actions.ts";
import { undoRoutes } from "./undo.ts";

/** Every route there is: the app mounts these and no others, and the document is made from them. */
export const routes: readonly Route[] = [
  ...eventListRoutes,
  ...eventRoutes,
  ...calendarRoutes,
  ...bookingRuleRoutes,
  ...holidayRoutes,
  ...bookingRunRoutes,
  ...connectionRoutes,
  ...connectRoutes,
  ...syncNowRoutes,
  ...connectionActionRoutes,
  ...credentialRoutes,
  ...consentRoutes,
  ...syncRoutes,
  ...sessionRoutes,
  ...undoRoutes,
  ...scheduleRoutes,
  ...changeExportRoutes,
  ...changeRoutes,
  // Before the addresses of single records: `export` is no id.
  ...recordExportRoutes,
  ...recordRoutes,
  ...recordVersionRoutes,
  ...timelineRoutes,
  ...analyticsRoutes,
  ...whyRoutes,
  ...proofRoutes,
  ...conflictRoutes,
  ...noticeRoutes,
  ...notificationTargetRoutes,
  ...targetActionRoutes,
  ...planRoutes,
  ...planActionRoutes,
  ...keyRoutes,
  ...integrationRoutes,
  ...queueRoutes,
  ...duplicateRoutes,
  ...googleWebhookRoutes,
  ...notionWebhookRoutes,
  ...kiotvietWebhookRoutes,
  ...subscriptionRoutes,
  ...slackCommandRoutes,
  ...slackTeamRoutes,
  ...slotRoutes,
  // After the addresses of runs and reports, which are no ids.
  ...bookingRoutes,
  ...manageRoutes,
  ...operations(() => routes),
];
