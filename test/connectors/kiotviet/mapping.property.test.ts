import fc from "fast-check";
import { expect, test } from "vitest";
import { folded } from "../../../connectors/kiotviet/keys.ts";
import { toCategory, toInventory, toProduct } from "../../../connectors/kiotviet/mapping.ts";
import { instantOf, localOf } from "../../../connectors/kiotviet/times.ts";
import type { Row } from "../../../connectors/kiotviet/api.ts";

const price = fc.double({ noNaN: true, noDefaultInfinity: true });
const id = fc.integer({ min: 1, max: 2 ** 40 });
const orNone = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });

const product = fc.record(
  {
    id,
    code: fc.string(),
    name: orNone(fc.string({ unit: "binary" })),
    categoryId: orNone(id),
    isActive: orNone(fc.boolean()),
    basePrice: orNone(price),
    images: orNone(fc.array(fc.webUrl(), { maxLength: 3 })),
    inventories: orNone(
      fc.array(fc.record({ branchId: id, onHand: price, reserved: price }), { maxLength: 3 }),
    ),
  },
  { requiredKeys: ["id"] },
);

/** Another spelling of the same: letters of keys, null for nothing, the shape of images. */
const spelling = fc.record({
  letters: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
  objects: fc.boolean(),
});

function respelt(value: unknown, letters: readonly boolean[]): unknown {
  if (Array.isArray(value)) return value.map((entry) => respelt(entry, letters));
  if (typeof value !== "object" || value === null) return value;
  const key = (name: string) =>
    [...name].map((one, at) => (letters[at % letters.length] ? one.toUpperCase() : one)).join("");
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [key(name), respelt(entry, letters)]),
  );
}

test("a product is the same however KiotViet spells it", () => {
  fc.assert(
    fc.property(product, spelling, (one, { letters, objects }) => {
      const images = one.images?.map((image) => (objects ? { Image: image } : image));
      const other = respelt({ ...one, ...(images && { images }) }, letters);
      expect(toProduct(folded(other) as Row)).toEqual(toProduct(folded(one) as Row));
      expect(toInventory(folded(other) as Row)).toEqual(toInventory(folded(one) as Row));
    }),
  );
});

test("a content is plain JSON that no way through Postgres changes", () => {
  fc.assert(
    fc.property(product, (one) => {
      const row = folded(one) as Row;
      for (const change of [toProduct(row), ...toInventory(row)]) {
        expect(change.state).toBe("living");
        const content = change.state === "living" ? change.item.content : {};
        expect(JSON.parse(JSON.stringify(content))).toStrictEqual(content);
        expect(JSON.stringify(content)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
      }
    }),
  );
});

test("whatever a row holds, it is living or set aside, and nothing is thrown (F34)", () => {
  fc.assert(
    fc.property(
      fc.object({
        key: fc.constantFrom(
          "name",
          "categoryName",
          "images",
          "inventories",
          "branchId",
          "modifiedDate",
          "onHand",
          "attributes",
          "weight",
        ),
        withNullPrototype: true,
      }),
      (fields) => {
        const row = folded({ ...fields, id: 9001, categoryId: 11 }) as Row;
        for (const change of [toProduct(row), toCategory(row), ...toInventory(row)])
          expect(["living", "set-aside"]).toContain(change.state);
      },
    ),
    { numRuns: 500 },
  );
});

test("a time that is written and read again is the same to the second", () => {
  const second = fc.integer({ min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
  fc.assert(
    fc.property(second, fc.nat(999), (seconds, milliseconds) => {
      expect(instantOf(localOf(seconds * 1000 + milliseconds))).toBe(seconds * 1000);
    }),
  );
});
