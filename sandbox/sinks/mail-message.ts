import type { JsonObject } from "../json.ts";

interface Part {
  /** By their names in small letters; of several with one name the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a person reads in a mail, and the headers that a program looks at. */
export interface Mail extends JsonObject {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Record<string, string>;
}

/** Takes a mail apart, as far as one needs it that is made of text and HTML. */
export function readMail(raw: Buffer): Mail {
  // One letter for each byte, so that parts can be decoded by their own character sets.
  const whole = split(raw.toString("latin1"));
  const parts = leaves(whole);
  const ofType = (type: string): string => {
    const part = parts.find(({ headers }) =>
      (headers["content-type"] ?? "text/plain").toLowerCase().startsWith(type),
    );
    return part === undefined ? "" : decodeBody(part).replaceAll("\r\n", "\n").replace(/\n$/, "");
  };
  const headers = Object.fromEntries(
    Object.entries(whole.headers).map(([name, value]) => [name, decodeWords(value)]),
  );
  return {
    subject: headers["subject"] ?? "",
    text: ofType("text/plain"),
    html: ofType("text/html"),
    messageId: headers["message-id"] ?? "",
    headers,
  };
}

function split(text: string): Part {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? "" : text.slice(end.index + end[0].length);
  const headers: Record<string, string> = {};
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body };
}

/** The parts that hold something themselves, in order. */
function leaves(part: Part): Part[] {
  const type = part.headers["content-type"] ?? "";
  const boundary = parameter(type, "boundary");
  if (!type.toLowerCase().startsWith("multipart/") || boundary === undefined) return [part];
  const [, ...pieces] = `\r\n${part.body}`.split(`\n--${boundary}`);
  return pieces
    .filter((piece) => !piece.startsWith("--"))
    .flatMap((piece) => leaves(split(piece.replace(/^[ \t]*\r?\n/, "").replace(/\r$/, ""))));
}

function parameter(value: string, name: string): string | undefined {
  const found = new RegExp(`${name}="?([^";]+)`, "i").exec(value);
  return found?.[1];
}

function decodeBody({ headers, body }: Part): string {
  const encoding = (headers["content-transfer-encoding"] ?? "7bit").toLowerCase();
  const charset = parameter(headers["content-type"] ?? "", "charset") ?? "utf-8";
  if (encoding === "base64") return decode(Buffer.from(body, "base64"), charset);
  if (encoding !== "quoted-printable") return decode(Buffer.from(body, "latin1"), charset);
  return decode(unquote(body.replaceAll(/=[ \t]*\r?\n/g, "")), charset);
}

/** `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=` in a header; the space between two of them is not meant. */
function decodeWords(value: string): string {
  const utf8 = decode(Buffer.from(value, "latin1"), "utf-8");
  const joined = utf8.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(
    /=\?([^?]+)\?([QB])\?([^?]*)\?=/gi,
    (_whole, charset: string, way: string, text: string) =>
      decode(
        way.toUpperCase() === "B"
          ? Buffer.from(text, "base64")
          : unquote(text.replaceAll("_", " ")),
        charset,
      ),
  );
}

function unquote(text: string): Buffer {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/gi, (_whole, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, "latin1");
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString();
  }
}
