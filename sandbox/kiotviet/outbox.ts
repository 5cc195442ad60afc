/** Work that is done a few at a time: a shop whose every price changes does not call a thousand times in one moment. */
export class Outbox<T> {
  readonly #work: (one: T) => Promise<void>;
  readonly #atOnce: number;
  #waiting: T[] = [];
  #busy = 0;

  constructor(atOnce: number, work: (one: T) => Promise<void>) {
    this.#atOnce = atOnce;
    this.#work = work;
  }

  add(one: T): void {
    this.#waiting.push(one);
    this.#next();
  }

  clear(): void {
    this.#waiting = [];
  }

  #next(): void {
    if (this.#busy >= this.#atOnce) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#busy += 1;
    void this.#work(next).finally(() => {
      this.#busy -= 1;
      this.#next();
    });
  }
}
