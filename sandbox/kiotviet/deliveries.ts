/** One attempt to deliver a message, as the control API shows it. */
export interface Delivery {
  readonly seq: number;
  readonly at: string;
  readonly messageId: string;
  readonly registration: number;
  readonly type: string;
  readonly url: string;
  readonly attempt: number;
  readonly body: string;
  /** The status of the answer; null when nobody answered in time; absent while it is waited for. */
  status?: number | null;
}

const CAPACITY = 2000;

/** The last attempts. */
export class Deliveries {
  #entries: Delivery[] = [];
  #last = 0;

  add(attempt: Omit<Delivery, "seq">): Delivery {
    const entry = { seq: (this.#last += 1), ...attempt };
    this.#entries.push(entry);
    if (this.#entries.length > CAPACITY * 1.25) this.#entries = this.#entries.slice(-CAPACITY);
    return entry;
  }

  since(seq: number): Delivery[] {
    return this.#entries.slice(-CAPACITY).filter((entry) => entry.seq > seq);
  }

  clear(): void {
    this.#entries = [];
  }
}
