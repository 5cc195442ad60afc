import fc from "fast-check";
import type { Message } from "../../notifiers/message.ts";

export const aMessage = (more: Partial<Message> = {}): Message => ({
  id: "0b9c6f0e-0000-4000-8000-000000000001",
  severity: "error",
  title: "google-calendar 1a2b3c4d: sync fails",
  at: "2026-03-02T09:15:00.000Z",
  notices: [
    {
      id: 12,
      kind: "failed",
      severity: "error",
      at: "2026-03-02T09:15:00.000Z",
      text: "it fails for good (forbidden)",
      connectionId: "1a2b3c4d-0000-4000-8000-000000000001",
      about: "Team",
    },
  ],
  more: 0,
  ...more,
});

/** Text as anybody may have written it: markup, mentions, halves of characters, turned directions, any length. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 6_000 }),
  fc
    .array(
      fc.constantFrom(
        "&",
        "<",
        ">",
        "<!channel>",
        "@everyone",
        "*",
        "_",
        "`",
        "👩‍👩‍👧",
        "é",
        "\ud800",
        "\u202e",
        "\n",
        "\0",
        "a",
      ),
      {
        maxLength: 5_000,
      },
    )
    .map((parts) => parts.join("")),
);

export const messages: fc.Arbitrary<Message> = fc
  .record({
    title: hostile,
    severity: fc.constantFrom("info" as const, "warn" as const, "error" as const),
    more: fc.nat(100),
    lines: fc.array(fc.record({ text: hostile, about: fc.option(hostile) }), {
      minLength: 1,
      maxLength: 100,
    }),
  })
  .map(({ lines, ...rest }) =>
    aMessage({
      ...rest,
      notices: lines.map(({ text, about }, at) => ({
        ...aMessage().notices[0]!,
        id: at + 1,
        text,
        about,
      })),
    }),
  );
