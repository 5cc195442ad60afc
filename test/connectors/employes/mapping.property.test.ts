import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHistory } from "../../../connectors/employes/employments.ts";
import { createEmployes } from "../../../connectors/employes/index.ts";
import { detail, employee, employment, slices } from "../../../connectors/employes/mapping.ts";
import { toDetail, toEmployee } from "../../../connectors/employes/people.ts";
import { InvalidResponse } from "../../../connectors/errors.ts";
import { contract, employmentRow, hours, idOf, person, salary, tax } from "./people.ts";

const { shapes } = createEmployes({ apiUrl: "" });
const id = idOf(1);
const shapesOf = [employee, detail, employment, ...Object.values(slices)];
const names = [
  ...shapesOf.flatMap(({ content, sensitive }) =>
    [...Object.values(content), ...Object.values(sensitive)].map(([name]) => name),
  ),
  "id",
  "employment",
  "dt_update",
  "contracts",
  "hours",
  "salary",
  "tax_details",
  "__proto__",
  "constructor",
];
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\u0000", "\ud800", "0001-01-01T00:00:00", "9999-99-99", "2025-02-30", -0, 1e308),
);
const rows = fc.dictionary(fc.constantFrom(...names), hostile, { maxKeys: 20 });

describe("whatever comes", () => {
  test("a person is living or set aside, in plain JSON, and nothing is thrown", () => {
    fc.assert(
      fc.property(rows, (more) => {
        for (const change of [
          toEmployee(id, { ...person(1), ...more }, "key"),
          toDetail(id, more),
        ]) {
          expect(["living", "set-aside"]).toContain(change.state);
          expect(JSON.parse(JSON.stringify(change))).toEqual(change);
        }
      }),
    );
  });

  test("a history is understood or not believed, and every record has a name of its own", () => {
    const parts = { contracts: contract, hours, salary, tax_details: tax };
    const lists = Object.entries(parts).map(([name, slice]) => {
      const mixed = rows.map((more) => ({ ...slice, ...more }));
      return [name, fc.array(fc.oneof(fc.constant(slice), mixed), { maxLength: 3 })] as const;
    });
    const employments = fc.array(
      fc.record(Object.fromEntries(lists)).map((held) => employmentRow(held)),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(employments, (all) => {
        let found;
        try {
          found = toHistory(id, all);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidResponse);
          return;
        }
        for (const changes of Object.values(found)) {
          const ids = changes.map(({ remoteId }) => remoteId);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.every((one) => one.length < 500)).toBe(true);
        }
      }),
    );
  });
});

test("a history is the same in whatever order it comes", () => {
  const slice = fc.record({
    start_date: fc.constantFrom("2025-01-01T00:00:00", "2025-06-01", undefined),
    hours_per_week: fc.constantFrom(24, 36, "40", null),
    month_wage: fc.constantFrom(3_000, 3_100),
  });
  const list = fc.array(slice, { maxLength: 4 });
  const one = fc.record({
    id: fc.constantFrom("e1", "e2", undefined),
    start_date: fc.constantFrom("2025-01-01", "2024-01-01"),
    hours: list,
    salary: list,
  });
  const shuffled = fc
    .array(one, { maxLength: 4 })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
  fc.assert(
    fc.property(shuffled, ([all, others]) => {
      const turned = others.map((one) => ({ ...one, hours: one.hours.toReversed() }));
      expect(toHistory(id, turned)).toEqual(toHistory(id, all));
    }),
  );
});

test("what is sensitive never stands in the content, whatever it is", () => {
  const marks = { iban: "NL00TEST-mark", personal_identification_number: "000000000-mark" };
  const money = fc.integer({ min: 1_000_000_001, max: 2_000_000_000 });
  fc.assert(
    fc.property(money, rows, (amount, more) => {
      const secret = { ...marks, date_of_birth: "1971-02-03", yearly_wage: amount };
      const pay = { ...salary, hour_wage: amount, month_wage: amount, yearly_wage: amount };
      const seen = [
        toEmployee(id, { ...person(1), ...more, ...secret }, "key"),
        toDetail(id, { ...person(1), ...secret }),
        ...Object.values(toHistory(id, [employmentRow({ salary: [pay] })])).flat(),
      ];
      for (const change of seen) {
        const shown = JSON.stringify(change.state === "living" ? change.item.content : change);
        expect(shown).not.toMatch(new RegExp(`-mark|1971-02-03|${amount}`));
      }
    }),
  );
});

test("every sensitive field is declared in its stream, and no other is", () => {
  const found = {
    employees: [toEmployee(id, person(1), "key")],
    details: [toDetail(id, person(1))],
    ...toHistory(id, [employmentRow()]),
  };
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(shapes).toSorted());
  for (const [stream, changes] of Object.entries(found))
    for (const change of changes) {
      const held = change.state === "living" ? Object.keys(change.item.sensitive ?? {}) : [];
      expect(held.toSorted()).toEqual([...(shapes[stream]?.sensitive ?? [])].toSorted());
    }
});
