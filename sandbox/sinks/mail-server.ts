import type { AddressInfo, Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import type { Arrivals } from "./arrivals.ts";
import { MailDesk, type Reply } from "./mail-desk.ts";
import { readMail } from "./mail-message.ts";
import type { Troubles } from "./troubles.ts";

const LARGEST = 1_000_000;

/** A mail server that takes everything for anybody and sends nothing on (section 4). */
export class MailServer {
  readonly #desk: MailDesk;
  readonly #sockets = new Map<number, Socket>();
  #server: SMTPServer | undefined;

  constructor(arrivals: Arrivals, troubles: Troubles) {
    this.#desk = new MailDesk(arrivals, troubles);
  }

  /** Undefined while it does not listen. */
  get port(): number | undefined {
    return (this.#server?.server.address() as AddressInfo | null | undefined)?.port;
  }

  async listen(port: number, host: string): Promise<number> {
    const server = new SMTPServer(this.#options());
    // Its connections report here when a client leaves in the middle, which is no failure of ours.
    server.on("error", () => undefined);
    server.server.on("connection", (socket) => this.#keep(socket));
    await new Promise<void>((resolve, reject) => {
      server.server.once("error", reject);
      server.listen(port, host, resolve);
    });
    this.#server = server;
    return (server.server.address() as AddressInfo).port;
  }

  /** Without waiting for those who are still talking, or who wait for a greeting. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(resolve));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    const { remotePort = 0 } = socket;
    this.#sockets.set(remotePort, socket);
    socket.once("close", () => this.#sockets.delete(remotePort));
  }

  #options(): SMTPServerOptions {
    return {
      authOptional: true,
      // Clients refuse the certificate that comes with the library.
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      logger: false,
      size: LARGEST,
      onConnect: (_session, done) => {
        // Who is not called back is never greeted.
        if (this.#desk.refusal("CONN", "", { from: "", to: [] }) === undefined) done();
      },
      onAuth: ({ username = "" }, _session, done) => {
        const refusal = this.#desk.refusal("AUTH", username, { user: username });
        if (refusal === undefined) done(null, { user: username });
        else done(errorOf(refusal));
      },
      onMailFrom: ({ address }, { user }, done) =>
        done(errorOf(this.#desk.senderRefusal(address, user !== undefined))),
      onRcptTo: ({ address }, session, done) => {
        const content = { from: senderOf(session), to: [address] };
        done(errorOf(this.#desk.refusal("RCPT TO", address, content)));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.once("end", () => this.#finish(stream.sizeExceeded, chunks, session, done));
      },
    };
  }

  #finish(tooLarge: boolean, chunks: Buffer[], session: SMTPServerSession, done: Done): void {
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const mail = readMail(Buffer.concat(chunks));
    const reply = this.#desk.take({ from: senderOf(session), to, mail, tooLarge });
    if (reply.status === 250) done(null, reply.text);
    else if (reply.status !== null) done(errorOf(reply) ?? null);
    else if (reply.drop) this.#sockets.get(session.remotePort)?.destroy();
  }
}

type Done = (error: Error | null, message?: string) => void;

function senderOf({ envelope: { mailFrom } }: SMTPServerSession): string {
  return mailFrom === false ? "" : mailFrom.address;
}

function errorOf(reply: Reply | undefined): Error | undefined {
  return reply === undefined
    ? undefined
    : Object.assign(new Error(reply.text), { responseCode: reply.status ?? 421 });
}
