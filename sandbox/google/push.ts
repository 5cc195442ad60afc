import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { GoogleSettings } from "./settings.ts";

export interface Channel {
  readonly id: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  /** Calendar, or account list, whose changes it reports. */
  readonly resource: string;
  readonly address: string;
  readonly token?: string;
  readonly email: string;
  readonly clientId: string;
  readonly expiration: number;
  messageNumber: number;
  stopped?: boolean;
}

interface NotificationMode {
  mode: "normal" | "drop" | "duplicate" | "hold";
  delayMs?: number | undefined;
  /** How many messages the mode is for; without it, until changed. */
  times?: number | undefined;
  /** How often a duplicated message is sent. */
  copies?: number | undefined;
}

interface PushSurroundings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly settings: () => GoogleSettings;
}

const RETRIED = new Set([500, 502, 503, 504]);
const ANSWER_TIMEOUT_MS = 10_000;

/** Push channels: real call-backs to the addresses that asked for them. */
export class Push {
  readonly channels = new Map<string, Channel>();
  mode: NotificationMode = { mode: "normal" };
  readonly #surroundings: PushSurroundings;
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: Channel[] = [];

  constructor(surroundings: PushSurroundings) {
    this.#surroundings = surroundings;
  }

  /** The `sync` message goes out before the watch call is answered. */
  async open(channel: Channel): Promise<void> {
    this.channels.set(channel.id, channel);
    await this.#send(channel, "sync", 1);
  }

  /** Something changed: the channels of the resource are told soon, once for many changes. */
  changed(resource: string): void {
    if (
      this.#due.has(resource) ||
      ![...this.channels.values()].some((channel) => channel.resource === resource)
    )
      return;
    const timer = setTimeout(() => {
      this.#due.delete(resource);
      for (const channel of this.channels.values())
        if (channel.resource === resource) this.#notify(channel);
    }, this.#surroundings.settings().pushDelayMs);
    this.#due.set(resource, timer);
  }

  /** Sends what was held back and returns to normal. */
  release(): number {
    const held = this.#held;
    this.#held = [];
    this.mode = { mode: "normal" };
    for (const channel of held) void this.#send(channel, "exists", 1);
    return held.length;
  }

  stop(id: string): void {
    this.channels.delete(id);
  }

  /** A message out of turn, such as a stray one after a stop. */
  async stray(channel: Channel, state: "exists" | "not_exists" = "exists"): Promise<void> {
    await this.#send(channel, state, 1);
  }

  clear(): void {
    for (const timer of [...this.#due.values(), ...this.#timers]) clearTimeout(timer);
    this.#due.clear();
    this.#timers.clear();
    this.channels.clear();
    this.#held = [];
    this.mode = { mode: "normal" };
  }

  #notify(channel: Channel): void {
    if (channel.expiration <= this.#surroundings.clock.now()) {
      this.channels.delete(channel.id);
      return;
    }
    const { mode, delayMs, copies } = this.#takeMode();
    if (mode === "hold") this.#held.push(channel);
    if (mode === "hold" || mode === "drop") return;
    const send = (): void => {
      for (let copy = 0; copy < (mode === "duplicate" ? (copies ?? 2) : 1); copy += 1)
        void this.#send(channel, "exists", 1);
    };
    if (delayMs === undefined) send();
    else this.#later(send, delayMs);
  }

  #takeMode(): NotificationMode {
    const current = this.mode;
    if (current.times === undefined) return current;
    const left = current.times - 1;
    this.mode = left > 0 ? { ...current, times: left } : { mode: "normal" };
    return current;
  }

  #later(act: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }

  async #send(channel: Channel, state: string, attempt: number, number?: number): Promise<void> {
    // Numbers rise, but not always by one.
    const messageNumber =
      number ??
      (channel.messageNumber += state === "sync" || channel.messageNumber % 3 !== 0 ? 1 : 2);
    this.#surroundings.counters.add("notificationsSent");
    const status = await post(channel, state, messageNumber);
    const { pushAttempts, pushRetryMs } = this.#surroundings.settings();
    if (status !== undefined && !RETRIED.has(status)) return;
    if (attempt >= pushAttempts) return;
    this.#later(
      () => {
        if (this.channels.get(channel.id) === channel)
          void this.#send(channel, state, attempt + 1, messageNumber);
      },
      pushRetryMs * 2 ** (attempt - 1),
    );
  }
}

/** Posts an empty message; undefined when nobody answered. */
async function post(
  channel: Channel,
  state: string,
  messageNumber: number,
): Promise<number | undefined> {
  const headers: Record<string, string> = {
    "Content-Type": "application/json; utf-8",
    "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
    "X-Goog-Channel-ID": channel.id,
    "X-Goog-Message-Number": String(messageNumber),
    "X-Goog-Resource-ID": channel.resourceId,
    "X-Goog-Resource-State": state,
    "X-Goog-Resource-URI": channel.resourceUri,
    "X-Goog-Channel-Expiration": new Date(channel.expiration).toUTCString(),
  };
  if (channel.token !== undefined) headers["X-Goog-Channel-Token"] = channel.token;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(channel.address, {
      method: "POST",
      headers,
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
