/** What the rules of the trail mean, in words; docs/sync.md has the table behind them. */
const words: readonly [pattern: RegExp, meaning: string][] = [
  [/^edited here$/, "It was edited on our side: through the API, or in the database."],
  [/^write local$/, "Only the provider's side had changed: it was taken over."],
  [/^write remote$/, "Only our side had changed: it was sent."],
  [/^delete local \(approved\)$/, "The provider deleted it, and a person approved the deletions."],
  [/^delete local \(with its series\)$/, "The provider deleted the series that it belongs to."],
  [
    /^delete local \(by a rule\)$/,
    "Its booking rule wants it no longer: the rule has changed or ended, or something else is there.",
  ],
  [/^delete remote \(by a rule\)$/, "Its booking rule wants it no longer, so it went here too."],
  [/^delete local$/, "The provider deleted it, and our side had not changed."],
  [/^delete remote \(approved\)$/, "Our side deleted it, and a person approved the deletions."],
  [/^delete remote$/, "Our side deleted it, and the provider's side had not changed."],
  [/^resolve: newest$/, "Both sides had changed the field: the later edit won, the other is kept."],
  [/^resolve: ours$/, "Both sides had changed the field: ours won, the other is kept."],
  [/^resolve: theirs$/, "Both sides had changed the field: theirs won, the other is kept."],
  [/^resolve: owner$/, "The side that owns the item put the other's edit back."],
  [/^resolve: ask$/, "Both sides had changed the field: a person is asked."],
  [/^resolve$/, "Both sides had changed, in different fields: they were merged."],
  [/^conflict: local$/, "A person chose our value."],
  [/^conflict: remote$/, "A person chose the provider's value."],
  [/^conflict: merge$/, "A person made a value of both."],
  [/^conflict: both$/, "A person kept both, as two events."],
  [/comes back with its series/, "Its series came back, and it came along."],
  [/^undo of session /, "A person took back what a session had done."],
];

export function wordsOf(rule: string): string {
  return words.find(([pattern]) => pattern.test(rule))?.[1] ?? "Decided by this rule.";
}
