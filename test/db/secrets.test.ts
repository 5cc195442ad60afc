import fc from "fast-check";
import { expect, test } from "vitest";
import {
  envelopeStart,
  openKeyRing,
  type Place,
  sameDigest,
  seal,
  SecretUnreadable,
  sha256,
  unseal,
} from "../../db/secrets.ts";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const old = openKeyRing([`old:${key(1)}`]);
const both = openKeyRing([`new:${key(2)}`, `old:${key(1)}`]);
const place: Place = { table: "connections", column: "credentials", companyId: "c", rowId: "r" };

test("what was sealed opens in its place, whatever it holds", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (text) => unseal(old, place, seal(old, place, text)) === text,
    ),
  );
});

test("two envelopes of one secret are different, and none holds it", () => {
  const [a, b] = [seal(old, place, "a secret"), seal(old, place, "a secret")];
  expect(a).not.toBe(b);
  expect(a).toMatch(/^v1\|old\|[\w-]{16}\|[\w-]+\|[\w-]{22}$/);
  expect(Buffer.from(a.split("|")[3] ?? "", "base64url").toString("latin1")).not.toContain(
    "secret",
  );
});

test.each(["table", "column", "companyId", "rowId"] as const)(
  "an envelope of another %s does not open",
  (part) => {
    const envelope = seal(old, place, "secret");
    expect(() => unseal(old, { ...place, [part]: "another" }, envelope)).toThrow(SecretUnreadable);
  },
);

test("an envelope that was changed anywhere does not open", () => {
  const envelope = seal(old, place, "secret");
  fc.assert(
    fc.property(
      fc.nat(envelope.length - 1),
      fc.constantFrom("A", "B", "|", "!", ""),
      (at, letter) => {
        const changed = envelope.slice(0, at) + letter + envelope.slice(at + 1);
        const bytes = (text: string) =>
          text
            .split("|")
            .map((part, index) =>
              index < 2 ? part : Buffer.from(part, "base64url").toString("hex"),
            )
            .join("|");
        fc.pre(bytes(changed) !== bytes(envelope));
        expect(() => unseal(old, place, changed)).toThrow(SecretUnreadable);
      },
    ),
  );
});

test("an unknown key is named, and plain text is no envelope", () => {
  expect(() => unseal(old, place, seal(both, place, "x"))).toThrow(/key new is not among/);
  expect(() => unseal(old, place, '{"accessToken":"plain"}')).toThrow(/not a v1 envelope/);
});

test("the first key seals, the others open", () => {
  expect(unseal(both, place, seal(old, place, "x"))).toBe("x");
  expect(seal(both, place, "x").startsWith(envelopeStart(both))).toBe(true);
});

test.each([[[]], [["a:short"]], [[`a:${key(1)}`, `a:${key(2)}`]]])(
  "keys that cannot be used are refused",
  (texts) => {
    expect(() => openKeyRing(texts)).toThrow(SecretUnreadable);
  },
);

test("digests of any lengths compare without an error", () => {
  for (const length of [0, 1, 31, 33, 64])
    expect(sameDigest(Buffer.alloc(length), sha256("x"))).toBe(false);
  expect(sameDigest(sha256("x"), sha256("x"))).toBe(true);
});
