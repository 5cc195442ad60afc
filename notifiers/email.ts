import { createTransport } from "nodemailer";
import { Permanent, Retry, TargetDead } from "./errors.ts";
import { footerOf, lineOf, type Message } from "./message.ts";
import { cut, inert, oneLine } from "./text.ts";

export interface MailOptions {
  /** `smtp://` or `smtps://`, with name and password where the server wants them. */
  url: string;
  from: string;
}

/** The mail without its recipient. Its Message-ID is that of every repeat. */
export function renderEmail(message: Message, from: string) {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? "syncline.invalid";
  const lines = message.notices.map(
    (notice) => `${notice.at}  ${cut(inert(lineOf(notice)), 1_000)}`,
  );
  const more = message.more > 0 ? [`and ${message.more} more`] : [];
  return {
    subject: cut(oneLine(`[${message.severity}] ${message.title}`), 200),
    text: [
      cut(oneLine(message.title), 1_000),
      "",
      ...lines,
      ...more,
      "",
      `-- \n${footerOf(message)}\n`,
    ].join("\n"),
    messageId: `<notice-${message.id}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** How to reach the server: with TLS, unless it is our own machine's or the operator has said otherwise. */
export function smtpOptions(url: string) {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const secure = protocol === "smtps:" || port === "465";
  const isOpen =
    /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname) || searchParams.get("tls") === "off";
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    ...(!secure && (isOpen ? { ignoreTLS: true } : { requireTLS: true })),
    ...(username && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** What the server called it. @throws Retry, Permanent, TargetDead */
export async function sendEmail(
  options: MailOptions,
  to: string,
  message: Message,
): Promise<string> {
  const transport = createTransport(smtpOptions(options.url));
  try {
    const sent = await transport.sendMail({
      from: options.from,
      to: { name: "", address: to },
      ...renderEmail(message, options.from),
    });
    if (sent.rejected.length > 0) throw new Permanent("the mail server refused the recipient");
    return sent.messageId;
  } catch (error) {
    throw error instanceof Permanent ? error : readMailError(error as MailError);
  } finally {
    transport.close();
  }
}

interface MailError extends Error {
  code?: string;
  responseCode?: number;
}

const tlsWords = /certificate|self[- ]signed|wrong version number|\bssl\b|\btls\b/i;
const beforeAnything = /greeting|connection timeout|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/i;

/** What a failure to send mail means: its code first, since one word of the library's stands for many things. */
export function readMailError(error: MailError): Retry | Permanent | TargetDead {
  const { code = "unknown", responseCode, message } = error;
  const said = `the mail server: ${code}${responseCode === undefined ? "" : ` ${responseCode}`}`;
  if (code === "ETLS") return new Permanent(said);
  if (responseCode === 535) return new TargetDead(said);
  if (responseCode !== undefined && responseCode >= 400)
    return responseCode < 500 ? new Retry(said) : new Permanent(said);
  if (code === "EDNS") return new Retry(said, { mostTries: 5 });
  if (code === "EENVELOPE" || code === "EMESSAGE" || code === "ENOAUTH") return new Permanent(said);
  if (code === "ESOCKET" && tlsWords.test(message)) return new Permanent(`${said} (TLS)`);
  // It says `CONN` even for a loss after the body was sent: it may have been taken.
  return new Retry(said, { maybeTaken: !beforeAnything.test(message) });
}
