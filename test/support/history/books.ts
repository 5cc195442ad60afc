/** The books of one history: what people wrote, what they saw and replaced, what they deleted. */
export interface Marker {
  item: number;
  text: string;
  op: string;
}

export class Books {
  readonly written: Marker[] = [];
  /** Texts that a person saw and replaced, or deleted together with their event. */
  readonly replaced = new Set<string>();
  /** Items that a person deleted, and items an occurrence of which a person cancelled. */
  readonly deleted = new Set<number>();
  readonly cancelled = new Set<number>();

  wrote(item: number, text: string, op: string): void {
    this.written.push({ item, text, op });
  }

  /** Somebody acted on these values, having them before their eyes. */
  saw(...values: unknown[]): void {
    const seen = values.map((value) => JSON.stringify(value) ?? "").join("\n");
    for (const { text } of this.written) if (seen.includes(text)) this.replaced.add(text);
  }

  /** What is neither in place, nor replaced by one who saw it, nor kept as a conflict's loser. */
  lost(inPlace: string, inConflicts: string): Marker[] {
    return this.written.filter(
      ({ text }) =>
        !inPlace.includes(text) && !this.replaced.has(text) && !inConflicts.includes(text),
    );
  }

  /** Whether somebody edited an item that was deleted without the deleter having seen the edit. */
  editedUnseen(item: number): boolean {
    const unseen = this.written.some(
      (marker) => marker.item === item && !this.replaced.has(marker.text),
    );
    return unseen || this.cancelled.has(item);
  }
}
