import { randomUUID } from "node:crypto";
import { Deliveries } from "./deliveries.ts";
import { Disorder } from "./disorder.ts";
import type { KiotViet } from "./kiotviet.ts";
import { Outbox } from "./outbox.ts";
import type { Registration, WebhookType } from "./registrations.ts";
import type { Change, Shop } from "./shop.ts";
import { entryOf, isDeletion, typeOf } from "./webhook-body.ts";
import { post } from "./webhook-post.ts";
import type { Json, JsonObject } from "../json.ts";

/** An endpoint that gives one of these answers is sent nothing more. */
const FINAL = new Set([400, 401, 403, 404, 405]);
const AT_ONCE = 8;

interface Message {
  readonly id: string;
  readonly registration: Registration;
  readonly key: string | null;
  readonly body: JsonObject;
}

interface Attempt {
  readonly message: Message;
  readonly number: number;
}

/** Tells those who registered what has changed, as it really calls back. */
export class Webhooks {
  readonly deliveries = new Deliveries();
  readonly disorder = new Disorder<Message>();
  readonly #kiotViet: KiotViet;
  /** Changes that wait to be told together. */
  readonly #due = new Map<string, { shop: Shop; type: WebhookType; changes: Change[] }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #outbox = new Outbox<Attempt>(AT_ONCE, (attempt) => this.#send(attempt));

  constructor(kiotViet: KiotViet) {
    this.#kiotViet = kiotViet;
  }

  hear(shop: Shop, change: Change): void {
    const type = typeOf(change);
    const { registrations, settings } = this.#kiotViet;
    if (type === undefined) return;
    if (registrations.wanting(shop.credentials.retailer, type).length === 0) return;
    const key = `${type} ${shop.credentials.retailer}`;
    const due = this.#due.get(key) ?? { shop, type, changes: [] };
    if (due.changes.length === 0) this.#later(() => this.#tell(key), settings.webhookDelayMs);
    this.#due.set(key, due);
    due.changes.push(change);
  }

  /** Sends what was held back, the last first. */
  release(): number {
    const held = this.disorder.release();
    for (const message of held) this.#outbox.add({ message, number: 1 });
    return held.length;
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#due.clear();
    this.#outbox.clear();
    this.disorder.clear();
    this.deliveries.clear();
  }

  #later(act: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }

  #tell(key: string): void {
    const due = this.#due.get(key);
    this.#due.delete(key);
    if (due === undefined) return;
    const { shop, type, changes } = due;
    const { registrations, settings } = this.#kiotViet;
    for (let at = 0; at < changes.length; at += settings.webhookBatch) {
      const entries = changes
        .slice(at, at + settings.webhookBatch)
        .map((change) => entryOf({ shop, settings }, change));
      for (const registration of registrations.wanting(shop.credentials.retailer, type))
        this.#give(registration, this.#body(shop, type, entries));
    }
  }

  /** What a message says beside its id and attempt. The guide's deletions have neither of the two. */
  #body(shop: Shop, type: WebhookType, Data: Json[]): JsonObject {
    const guide = this.#kiotViet.settings.deletionShape === "removeId";
    if (isDeletion(type) && guide) return { RemoveId: Data };
    const Action = `${type}.${shop.credentials.retailerId}`;
    return { Notifications: [{ Action, Data }] };
  }

  #give(registration: Registration, body: JsonObject): void {
    const right = { id: randomUUID(), registration, key: registration.secret, body };
    const { message, copies, delayMs } = this.disorder.treat(right, () => ({
      ...right,
      key: "another key",
    }));
    for (let copy = 0; copy < copies; copy += 1) {
      if (delayMs === 0) this.#outbox.add({ message, number: 1 });
      else this.#later(() => this.#outbox.add({ message, number: 1 }), delayMs);
    }
  }

  async #send({ message, number }: Attempt): Promise<void> {
    const { id, registration, key, body } = message;
    const { registrations, settings, counters, clock } = this.#kiotViet;
    if (registrations.get(registration.id)?.isActive !== true) return;
    const { type, url } = registration;
    const named = "RemoveId" in body ? body : { Id: id, Attempt: number, ...body };
    const text = JSON.stringify(named);
    const at = new Date(clock.now()).toISOString();
    const about = { messageId: id, registration: registration.id, type, url, attempt: number };
    const delivery = this.deliveries.add({ at, ...about, body: text });
    counters.add("notificationsSent");
    const status = await post({ id, url, type, text, key }, settings);
    delivery.status = status ?? null;
    this.#judge({ message, number }, status);
  }

  #judge({ message, number }: Attempt, status: number | undefined): void {
    if (status !== undefined && status < 300) return;
    if (status !== undefined && FINAL.has(status)) {
      this.#stop(message.registration);
      return;
    }
    const { webhookAttempts, webhookRetryMs } = this.#kiotViet.settings;
    if (number >= webhookAttempts) return;
    const again = (): void => this.#outbox.add({ message, number: number + 1 });
    this.#later(again, webhookRetryMs * 2 ** (number - 1));
  }

  /** For good, and for everything that goes to this address. */
  #stop({ retailer, url }: Registration): void {
    for (const one of this.#kiotViet.registrations.of(retailer)) {
      if (one.url !== url || !one.isActive) continue;
      one.isActive = false;
      one.modifiedAt = this.#kiotViet.clock.now();
    }
    this.#kiotViet.changed();
  }
}
