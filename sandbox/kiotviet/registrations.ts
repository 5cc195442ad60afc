export const WEBHOOK_TYPES = [
  "customer.update",
  "customer.delete",
  "product.update",
  "product.delete",
  "stock.update",
  "order.update",
  "invoice.update",
  "pricebook.update",
  "pricebook.delete",
  "pricebookdetail.update",
  "pricebookdetail.delete",
  "category.update",
  "category.delete",
  "branch.update",
  "branch.delete",
] as const;

export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** One type of message that goes to one address. */
export interface Registration {
  readonly id: number;
  readonly retailer: string;
  readonly type: WebhookType;
  readonly url: string;
  isActive: boolean;
  readonly description: string;
  /** The text with which messages are signed, exactly as it was given. */
  readonly secret: string | null;
  modifiedAt: number;
}

export function isWebhookType(text: string): text is WebhookType {
  return (WEBHOOK_TYPES as readonly string[]).includes(text);
}

/** Who wants to be told of what. */
export class Registrations {
  readonly #held = new Map<number, Registration>();
  #last = 76;

  add(wanted: Omit<Registration, "id">): Registration {
    const made = { id: (this.#last += 1), ...wanted };
    this.#held.set(made.id, made);
    return made;
  }

  get(id: number): Registration | undefined {
    return this.#held.get(id);
  }

  of(retailer: string): Registration[] {
    return this.all().filter((one) => one.retailer === retailer);
  }

  all(): Registration[] {
    return [...this.#held.values()];
  }

  wanting(retailer: string, type: WebhookType): Registration[] {
    if (this.#held.size === 0) return [];
    return this.of(retailer).filter((one) => one.isActive && one.type === type);
  }

  remove(id: number): void {
    this.#held.delete(id);
  }

  clear(): void {
    this.#held.clear();
  }

  load(saved: readonly Registration[]): void {
    for (const one of saved) {
      this.#held.set(one.id, one);
      this.#last = Math.max(this.#last, one.id);
    }
  }
}
