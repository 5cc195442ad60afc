/** How many deletions pass unasked: so many, or such a share of all links, whichever is more. */
export interface BrakeLimit {
  count: number;
  share: number;
}

export interface Deletions {
  /** Those that this session would make. */
  deletions: number;
  /** Those made in the 24 hours before, so that a slow leak is seen as well. */
  recent: number;
  /** All links of the connection. */
  links: number;
  limit: BrakeLimit;
  /** Whether the provider returned a complete list with nothing in it. */
  emptySnapshot: boolean;
}

/**
 * Whether the deletions of a session may be made, or wait for a person. An empty list where there
 * was much is a provider's accident more often than a person's wish, so it holds whatever the share.
 */
export function brake(input: Deletions): "go" | "hold" {
  const { deletions, recent, links, limit, emptySnapshot } = input;
  if (deletions === 0) return "go";
  if (emptySnapshot && links > limit.count) return "hold";
  return deletions + recent > Math.max(limit.count, limit.share * links) ? "hold" : "go";
}
