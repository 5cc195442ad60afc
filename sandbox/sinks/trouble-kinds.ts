import type { SinkName } from "./arrivals.ts";

/** Where in the talk with a mail server a refusal comes (section 4). */
export type Stage = "CONN" | "AUTH" | "MAIL FROM" | "RCPT TO" | "DATA" | "AFTER DATA";

export interface Kind {
  readonly status: number;
  /** Discord's own number of the error (section 3). */
  readonly code?: number;
  readonly text?: string;
  readonly stage?: Stage;
}

/** Section 1: the name of an error is the whole body. */
const SLACK: Record<string, Kind> = {
  invalid_payload: { status: 400 },
  no_text: { status: 400 },
  invalid_blocks: { status: 400 },
  too_many_attachments: { status: 400 },
  user_not_found: { status: 400 },
  action_prohibited: { status: 403 },
  invalid_token: { status: 403 },
  team_disabled: { status: 403 },
  channel_not_found: { status: 404 },
  no_service: { status: 404 },
  no_team: { status: 404 },
  no_active_hooks: { status: 404 },
  channel_is_archived: { status: 410 },
  rate_limited: { status: 429 },
  rollup_error: { status: 500 },
};

/** Section 3. The names are ours, the numbers and texts are Discord's; a number serves as a name too. */
const DISCORD: Record<string, Kind> = {
  invalid_form_body: { status: 400, code: 50035, text: "Invalid Form Body" },
  empty_message: { status: 400, code: 50006, text: "Cannot send an empty message" },
  forum_thread_missing: {
    status: 400,
    code: 220001,
    text: "Webhooks posted to forum channels must have a thread_name or thread_id",
  },
  bad_json: { status: 400, code: 50109, text: "The request body contains invalid JSON." },
  blocked_link: { status: 400, code: 240000, text: "Message contains a blocked URL" },
  invalid_webhook_token: { status: 401, code: 50027, text: "Invalid Webhook Token" },
  unknown_webhook: { status: 404, code: 10015, text: "Unknown Webhook" },
  rate_limited: { status: 429 },
  /** The address is blocked at the edge: HTML instead of JSON. The status is assumed. */
  blocked_at_edge: { status: 429 },
  /** Not saved: silent without `wait`, a real error with it. */
  lost: { status: 500 },
};

/** Section 4, with the enhanced codes of RFC 3463 in front of the text. */
const SMTP: Record<string, Kind> = {
  no_greeting: { status: 0, stage: "CONN" },
  wrong_password: { status: 535, stage: "AUTH", text: "5.7.8 Invalid username or password" },
  sender_refused: { status: 421, stage: "MAIL FROM", text: "4.3.2 Try again later" },
  greylisted: { status: 451, stage: "RCPT TO", text: "4.7.1 Greylisted, try again later" },
  unknown_recipient: { status: 550, stage: "RCPT TO", text: "5.1.1 No such mailbox" },
  too_large: { status: 552, stage: "DATA", text: "5.3.4 Message too large" },
  drop_after_data: { status: 0, stage: "AFTER DATA" },
  no_answer_after_data: { status: 0, stage: "AFTER DATA" },
};

const WEBHOOK: Record<string, Kind> = {
  gone: { status: 410 },
  rate_limited: { status: 429 },
  unavailable: { status: 503 },
};

const KINDS: Record<SinkName, Record<string, Kind>> = {
  slack: SLACK,
  discord: DISCORD,
  smtp: SMTP,
  webhook: WEBHOOK,
};

export function kindNames(sink: SinkName): string[] {
  return Object.keys(KINDS[sink]);
}

/** The kind of that name or, as for Discord, of that number. */
export function findKind(sink: SinkName, name: string): [string, Kind] | undefined {
  return Object.entries(KINDS[sink]).find(
    ([known, { code }]) => known === name || (code !== undefined && String(code) === name),
  );
}

const STAGES: Record<number, Stage> = { 421: "MAIL FROM", 535: "AUTH", 552: "DATA", 554: "DATA" };

/** What a bare status means: at a mail server it has a stage where it usually comes. */
export function kindOfStatus(sink: SinkName, status: number): Kind {
  if (sink !== "smtp") return { status };
  const known = Object.values(SMTP).find((kind) => kind.status === status);
  const text = `${status < 500 ? "4" : "5"}.0.0 Refused`;
  return known ?? { status, stage: STAGES[status] ?? "RCPT TO", text };
}
