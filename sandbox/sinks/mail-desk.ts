import type { JsonObject } from "../json.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Mail } from "./mail-message.ts";
import type { Stage } from "./trouble-kinds.ts";
import type { Trouble, Troubles } from "./troubles.ts";

/** What the server says; without a status it says nothing. */
export interface Reply {
  readonly status: number | null;
  readonly text: string;
}

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: Mail;
  readonly tooLarge: boolean;
}

const TOO_LARGE: Reply = { status: 552, text: "5.3.4 Message too large" };
const NO_PASSWORD: Reply = { status: 530, text: "5.7.0 Authentication required" };

/** Decides what becomes of mail, and writes it down (section 4). */
export class MailDesk {
  readonly #arrivals: Arrivals;
  readonly #troubles: Troubles;

  constructor(arrivals: Arrivals, troubles: Troubles) {
    this.#arrivals = arrivals;
    this.#troubles = troubles;
  }

  /** Why a sender or recipient or password is not taken, if so; `words` say it otherwise than usual. */
  refusal(stage: Stage, about: string, content: JsonObject, words?: Reply): Reply | undefined {
    const trouble = this.#troubles.take("smtp", about, ({ kind }) => kind.stage === stage);
    if (trouble === undefined) return undefined;
    const reply = words ?? replyOf(trouble);
    this.#tell(about, content, reply, false);
    return reply;
  }

  /** Who should have shown a right password and shows none is refused in other words. */
  senderRefusal(from: string, known: boolean): Reply | undefined {
    const content = { from, to: [] };
    const refusal = this.refusal("MAIL FROM", from, content);
    return refusal ?? (known ? undefined : this.refusal("AUTH", from, content, NO_PASSWORD));
  }

  /** The last word on a whole message, and whether the connection is dropped instead of it. */
  take({ from, to, mail, tooLarge }: Letter): Reply & { drop: boolean } {
    const address = to.join(", ");
    const content: JsonObject = { from, to: [...to], ...mail };
    const trouble = this.#troubles.take("smtp", address, isLate);
    // Then it is delivered, and the sender cannot know: this is how mails are doubled.
    const unsaid = trouble?.kind.stage === "AFTER DATA";
    const refusal = trouble === undefined ? tooLarge && TOO_LARGE : replyOf(trouble);
    const reply = refusal === false ? { status: 250, text: "Queued" } : refusal;
    const seq = this.#tell(address, content, reply, unsaid || refusal === false);
    const text = refusal === false ? `Queued as sim-${seq}` : reply.text;
    return { ...reply, text, drop: trouble?.name === "drop_after_data" };
  }

  #tell(address: string, content: JsonObject, said: Reply, accepted: boolean): number {
    const { status, text: answer } = said;
    const told = { sink: "smtp", via: "smtp", address, status, answer, accepted, content } as const;
    return this.#arrivals.add(told).seq;
  }
}

function replyOf({ kind: { status, text = "" } }: Trouble): Reply {
  return { status: status === 0 ? null : status, text };
}

function isLate({ kind: { stage } }: Trouble): boolean {
  return stage === "DATA" || stage === "AFTER DATA";
}
