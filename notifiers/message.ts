export type Kind = "email" | "slack" | "discord" | "webhook";
export type Severity = "info" | "warn" | "error";

/** What people are told, in one message: one notice, or several in a digest. Nothing else is ever sent. */
export interface Message {
  /** The same whenever this message is sent again, so that a repeat can be told from news. */
  id: string;
  severity: Severity;
  /** One line. */
  title: string;
  /** ISO 8601. */
  at: string;
  notices: readonly NoticeLine[];
  /** Notices that are left out for length; whoever wants them asks the API. */
  more: number;
}

export interface NoticeLine {
  id: number;
  kind: string;
  severity: Severity;
  at: string;
  text: string;
  connectionId: string | null;
  /** What the connection is called; null where names may not be in it. */
  about: string | null;
}

/** The notice as one line for a person. */
export function lineOf({ about, text }: NoticeLine): string {
  return about === null ? text : `${about}: ${text}`;
}

export const footerOf = ({ id, notices, more }: Message): string => {
  const numbers = notices.slice(0, 5).map((notice) => `#${notice.id}`);
  const others = notices.length - numbers.length + more;
  return `Syncline · ${numbers.join(" ")}${others > 0 ? ` and ${others} more` : ""} · message ${id}`;
};
