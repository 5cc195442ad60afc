export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
};

/** `median (min–max)` of the ratios of each round: rounds differ, what happens in one round does not. */
export function ratios(over: readonly number[], under: readonly number[]): string {
  const each = over.map((value, round) => value / (under[round] ?? Number.NaN));
  const text = (value: number) => value.toFixed(value < 10 ? 2 : 1);
  return `${text(median(each))}× (${text(Math.min(...each))}–${text(Math.max(...each))})`;
}
