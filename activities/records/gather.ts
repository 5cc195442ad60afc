interface Paged {
  changes: readonly unknown[];
}

/** So long a page waits for others: a transaction costs as much as storing a hundred items. */
const lingerMs = 100;

/**
 * Fetches while the caller stores, and hands over all that has come meanwhile: where the provider is
 * slow, page by page, and where it is quick, many pages in one transaction. No more than `most` items
 * wait, so that memory stays flat. No page is asked for once `wanted` says no, and none that has come is
 * lost. An error of the source is thrown when what came before it has been taken.
 */
export async function* gather<Page extends Paged>(
  source: AsyncIterable<Page>,
  { most, wanted }: { most: number; wanted: () => boolean },
): AsyncGenerator<Page[]> {
  const pages = source[Symbol.asyncIterator]();
  const ahead = new Ahead<Page>(most);
  void fetchInto(ahead, pages, wanted);
  try {
    for (let taken = await ahead.take(); taken.length > 0; taken = await ahead.take()) yield taken;
  } finally {
    ahead.end();
    // Not waited for: a page that is still on its way would hold up whoever leaves.
    pages.return?.().catch(() => undefined);
  }
}

async function fetchInto<Page extends Paged>(
  ahead: Ahead<Page>,
  pages: AsyncIterator<Page>,
  wanted: () => boolean,
): Promise<void> {
  try {
    do {
      const { done, value } = await pages.next();
      if (done) break;
      await ahead.add(value);
    } while (!ahead.isEnded() && wanted());
    ahead.end();
  } catch (error) {
    ahead.end(error);
  }
}

/** Pages that have come and that nobody has taken yet. */
class Ahead<Page extends Paged> {
  #pages: Page[] = [];
  #items = 0;
  #ended = false;
  #failure: { error: unknown } | null = null;
  #came = (): void => undefined;
  #full = (): void => undefined;
  #taken = (): void => undefined;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room for another. */
  async add(page: Page): Promise<void> {
    this.#pages.push(page);
    this.#items += page.changes.length;
    this.#came();
    if (this.#items >= this.#most) this.#full();
    if (this.#items >= this.#most && !this.#ended)
      await new Promise<void>((resolve) => (this.#taken = resolve));
  }

  /** All there are, soon after there are some; none when no more will come. @throws what the source threw */
  async take(): Promise<Page[]> {
    if (this.#pages.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => (this.#came = resolve));
    if (this.#items < this.#most && !this.#ended) await this.#linger();
    const taken = this.#pages;
    if (taken.length === 0 && this.#failure) throw this.#failure.error;
    this.#pages = [];
    this.#items = 0;
    this.#taken();
    return taken;
  }

  /** Until as many have come as are taken at once, no more will come, or the time is up. */
  async #linger(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#full = resolve;
      timer = setTimeout(resolve, lingerMs);
    });
    clearTimeout(timer);
  }

  end(error?: unknown): void {
    if (error !== undefined && !this.#ended) this.#failure = { error };
    this.#ended = true;
    this.#came();
    this.#full();
    this.#taken();
  }

  isEnded(): boolean {
    return this.#ended;
  }
}
