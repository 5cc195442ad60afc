import { newId } from "./ids.ts";
import type { Notion } from "./notion.ts";
import type { Actor } from "./objects.ts";
import type { SchemaChange } from "./schema-writes.ts";
import { secret } from "./bots.ts";
import { eventBody, parentOf, type Signal } from "./webhook-event.ts";
import { post } from "./webhook-post.ts";
import type { JsonObject } from "../json.ts";

export interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly verificationToken: string;
}

interface WebhookMode {
  mode: "normal" | "drop" | "duplicate" | "hold" | "wrongSignature";
  delayMs?: number | undefined;
  /** How many events the mode is for; without it, until changed. */
  times?: number | undefined;
}

interface What {
  readonly properties?: readonly string[];
  readonly schema?: readonly SchemaChange[];
}

interface Delivery {
  readonly subscription: Subscription;
  readonly body: JsonObject;
}

/** Webhook subscriptions: signed signals that really call back. */
export class Webhooks {
  readonly subscriptions = new Map<string, Subscription>();
  mode: WebhookMode = { mode: "normal" };
  readonly #notion: Notion;
  readonly #due = new Map<string, { signal: Signal; timer: NodeJS.Timeout }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: Delivery[] = [];

  constructor(notion: Notion) {
    this.#notion = notion;
  }

  /** The address is sent the token with which its events will be signed; the answer's status is told, if there was one. */
  async subscribe(
    url: string,
    types: readonly string[],
  ): Promise<{ subscription: Subscription; status: number | undefined }> {
    const subscription = { id: newId(), url, types, verificationToken: secret("secret_sandbox") };
    this.subscriptions.set(subscription.id, subscription);
    this.#notion.changed();
    const body = { verification_token: subscription.verificationToken };
    return {
      subscription,
      status: await post(subscription.url, body, subscription.verificationToken),
    };
  }

  unsubscribe(id: string): void {
    this.subscriptions.delete(id);
    this.#notion.changed();
  }

  /** Something happened: subscribers are told soon, once for many changes of one kind to one object. */
  signal(type: string, entityId: string, actor: Actor, what: What = {}): void {
    if (![...this.subscriptions.values()].some(({ types }) => wants(types, type))) return;
    const key = `${type} ${entityId}`;
    const due = this.#due.get(key) ?? this.#open(key, type, entityId);
    due.signal.authors.set(actor.id, actor);
    for (const id of what.properties ?? []) due.signal.properties.add(id);
    due.signal.schema.push(...(what.schema ?? []));
  }

  /** Sends what was held back, the last first, and returns to normal. */
  release(): number {
    const held = this.#held.toReversed();
    this.#held = [];
    this.mode = { mode: "normal" };
    for (const delivery of held) void this.#send(delivery, 1);
    return held.length;
  }

  clear(): void {
    for (const { timer } of this.#due.values()) clearTimeout(timer);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#due.clear();
    this.#timers.clear();
    this.subscriptions.clear();
    this.#held = [];
    this.mode = { mode: "normal" };
  }

  #open(key: string, type: string, entityId: string): { signal: Signal; timer: NodeJS.Timeout } {
    const parent = parentOf(this.#notion, entityId);
    const signal: Signal = {
      type,
      entityId,
      parent,
      authors: new Map(),
      properties: new Set(),
      schema: [],
    };
    const timer = setTimeout(() => {
      this.#due.delete(key);
      this.#tell(signal);
    }, this.#notion.settings.webhookDelayMs);
    const due = { signal, timer };
    this.#due.set(key, due);
    return due;
  }

  #tell(signal: Signal): void {
    for (const subscription of this.subscriptions.values()) {
      if (!wants(subscription.types, signal.type)) continue;
      this.#deliver({ subscription, body: eventBody(this.#notion, subscription.id, signal) });
    }
  }

  #deliver(delivery: Delivery): void {
    const { mode, delayMs } = this.#takeMode();
    if (mode === "hold") this.#held.push(delivery);
    if (mode === "hold" || mode === "drop") return;
    const key = mode === "wrongSignature" ? "another key" : delivery.subscription.verificationToken;
    const send = (): void => {
      void this.#send(delivery, 1, key);
      if (mode === "duplicate") void this.#send(delivery, 1, key);
    };
    if (delayMs === undefined) send();
    else this.#later(send, delayMs);
  }

  #takeMode(): WebhookMode {
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

  async #send(
    delivery: Delivery,
    attempt: number,
    key = delivery.subscription.verificationToken,
  ): Promise<void> {
    const { subscription, body } = delivery;
    this.#notion.counters.add("notificationsSent");
    const status = await post(subscription.url, { ...body, attempt_number: attempt }, key);
    const { webhookAttempts, webhookRetryMs } = this.#notion.settings;
    if (status !== undefined && status < 300) return;
    if (attempt >= webhookAttempts) return;
    this.#later(
      () => {
        if (this.subscriptions.has(subscription.id)) void this.#send(delivery, attempt + 1, key);
      },
      webhookRetryMs * 2 ** (attempt - 1),
    );
  }
}

function wants(types: readonly string[], type: string): boolean {
  return types.length === 0 || types.includes(type);
}
