import { describe, expect, test } from "vitest";
import { toHistory } from "../../../connectors/employes/employments.ts";
import { toDetail, toEmployee } from "../../../connectors/employes/people.ts";
import { InvalidResponse } from "../../../connectors/errors.ts";
import type { RecordChange } from "../../../connectors/records.ts";
import {
  contract,
  embedded,
  employmentId,
  employmentRow,
  hours,
  idOf,
  person,
  salary,
} from "./people.ts";

const id = idOf(1);
const living = (change: RecordChange | undefined) => {
  if (change?.state !== "living") throw new Error(`it is ${change?.state}`);
  return change.item;
};
const map = (more: object = {}, key = "key") => toEmployee(id, person(1, more), key);
const content = (more: object = {}) => living(map(more)).content;
const hintOf = (employment: unknown, key?: string) => living(map({ employment }, key)).hint;
const history = (...rows: unknown[]) => toHistory(id, rows);
const keys = (changes: readonly RecordChange[] = []) => changes.map(({ remoteId }) => remoteId);

describe("a person", () => {
  test("has our names, and what only few may read apart", () => {
    expect(map()).toEqual({
      remoteId: id,
      version: null,
      updatedAt: Date.parse("2026-03-02T09:00:00.123Z"),
      state: "living",
      item: {
        content: {
          employeeNumber: 12,
          typeId: "1",
          firstName: "Sanne",
          initials: "S.",
          surnamePrefix: "de",
          surname: "Vries",
          displayName: "Sanne de Vries",
          gender: "female",
          status: "active",
          department: "Planning",
          departmentId: "d0000000-0000-4000-8000-000000000001",
          location: "Utrecht",
          locationId: "7",
          position: null,
          jobTitle: null,
          email: "sanne@example.test",
          phone: "+31600000000",
          street: "Voorbeeldstraat",
          houseNumber: "1",
          houseNumberSuffix: null,
          postalCode: "1234AB",
          city: "Utrecht",
          countryCode: "NL",
          nationality: "NL",
        },
        sensitive: {
          nationalNumber: "000000000",
          iban: "NL00TEST0000000000",
          dateOfBirth: "1990-05-17",
          yearlyWage: 36_000,
        },
      },
    });
  });

  test.each([
    [{ surname_prefix: "" }, "Sanne Vries"],
    [{ surname_prefix: null, first_name: " " }, "Vries"],
    [{ first_name: null, surname_prefix: undefined, surname: "" }, ""],
  ])("named %j is shown as %j", (more, expected) => {
    expect(content(more)["displayName"]).toBe(expected);
  });

  test("is the same whether a value is absent, null or the empty text", () => {
    const [absent, none, empty] = [undefined, null, ""].map((nothing) =>
      map({ surname_prefix: nothing, department_id: nothing, phone_number: nothing }),
    );
    expect(none).toEqual(absent);
    expect(empty).toEqual(absent);
  });

  test("is the same in a house number of either type", () => {
    expect(content({ housenumber: 12 })).toEqual(content({ housenumber: "12" }));
  });

  test("is the same when only the time of the last change moves, or a field comes that nobody knows", () => {
    const more = { dt_update: "2026-04-02T10:00:00", secret_note: "SECRET", __proto__: { a: 1 } };
    expect(living(map(more))).toEqual(living(map()));
  });

  test.each([
    ["2026-03-02T10:00:00.123456", "2026-03-02T09:00:00.123Z"],
    ["2026-07-02T10:00:00", "2026-07-02T08:00:00.000Z"],
    ["2026-07-02T10:00:00Z", "2026-07-02T10:00:00.000Z"],
    ["0001-01-01T00:00:00", null],
    ["2026-13-02T10:00:00", null],
    ["yesterday", null],
    [7, null],
  ])("changed at %j was so at %j, by the clock of the Netherlands", (given, expected) => {
    const { updatedAt } = map({ dt_update: given });
    expect(updatedAt).toBe(expected === null ? null : Date.parse(expected));
  });

  test.each([
    ["1990-05-17T00:00:00", "1990-05-17"],
    ["1990-05-17", "1990-05-17"],
    ["1990-05-17T23:59:59.999999Z", "1990-05-17"],
    ["1990-05-17T00:00:00+14:00", "1990-05-17"],
    ["0001-01-01T00:00:00", null],
    ["", null],
    [null, null],
  ])("born on %j was so on %j, whatever the zone of this machine", (given, expected) => {
    expect(living(map({ date_of_birth: given })).sensitive?.["dateOfBirth"]).toBe(expected);
  });

  test.each([
    [{ date_of_birth: "1990-02-30T00:00:00" }, "date_of_birth is no date"],
    [{ date_of_birth: 19_900_517 }, "date_of_birth is no date"],
    [{ surname: { SECRET: 1 } }, "surname is no text"],
    [{ first_name: true }, "first_name is no text"],
    [{ employee_number: "SECRET" }, "employee_number is no number"],
    [{ yearly_wage: [36_000] }, "yearly_wage is no number"],
  ])("with %j is set aside, and nothing of it is repeated", (more, reason) => {
    expect(map(more)).toEqual({
      remoteId: id,
      version: null,
      updatedAt: null,
      state: "set-aside",
      reason,
    });
  });

  test.each([
    ["NUL", "a\u0000b"],
    ["half a character", "a\ud800b"],
    ["HTML", "<script>alert(1)</script>"],
    ["ten megabytes", "x".repeat(10_000_000)],
  ])("named with %s comes through as it is (F34)", (_what, surname) => {
    expect(content({ surname })["surname"]).toBe(surname);
  });

  test("in full has all that the list tells, and what the list does not need", () => {
    const detail = living(toDetail(id, person(1, { employment: embedded })));
    expect(detail.content).toEqual({
      ...content(),
      companyId: person(1).administration_id,
      createdOn: null,
    });
    expect(detail.sensitive).toEqual(living(map()).sensitive);
    expect(detail.parentId).toBe(id);
    expect(detail).not.toHaveProperty("hint");
  });
});

describe("the embedded employment", () => {
  test("is not content, and without it nothing is said of the history", () => {
    expect(content({ employment: embedded })).toEqual(content());
    for (const nothing of [undefined, null, [], "SECRET"]) expect(hintOf(nothing)).toBeUndefined();
    expect("hint" in living(map())).toBe(false);
  });

  test("moves the hint with whatever it tells, and with nothing else", () => {
    const hint = hintOf(embedded);
    const { contract, ...others } = embedded;
    expect(hint).toMatch(/^[0-9a-f]{32}$/);
    expect(hintOf({ ...others, contract, unknown: 7 })).toBe(hint);
    for (const other of [
      { ...embedded, end_date: "2026-06-30T00:00:00" },
      { ...embedded, contract: { ...contract, hours_per_week: 40 } },
      { ...embedded, salary: { ...salary, month_wage: 3_001 } },
      { ...embedded, tax_details: { is_reduction_applied: false } },
    ])
      expect(hintOf(other)).not.toBe(hint);
  });

  test("cannot be guessed from its hint without the key: it holds pay", () => {
    expect(hintOf(embedded, "another key")).not.toBe(hintOf(embedded));
  });

  test("that cannot be understood is in nobody's way", () => {
    const employment = { ...embedded, start_date: "SECRET" };
    expect(map({ employment })).toEqual(map());
  });
});

describe("the history of a person", () => {
  test("is a record for each employment and each slice, with pay apart", () => {
    const part = { parentId: id };
    const slice = { employmentId, startDate: "2025-01-01", endDate: null };
    const one = (remoteId: string, item: object) => [
      { remoteId, version: null, updatedAt: null, state: "living", item: { ...part, ...item } },
    ];
    const key = `${id}/2025-01-01/2025-01-01`;
    const wages = { hourWage: 19.23, monthWage: 3_000, yearlyWage: 36_000 };
    const week = { hoursPerWeek: 36, daysPerWeek: 4, minHours: null, maxHours: null };
    const signed = { isSigned: true, signDate: "2024-12-15" };
    const { employmentId: _, ...span } = slice;
    expect(history(employmentRow())).toEqual({
      employments: one(employmentId, { content: { ...span, isActive: true } }),
      contracts: one(key, {
        content: { ...slice, endDate: "2025-12-31", duration: "fixed", ...signed },
      }),
      hours: one(key, { content: { ...slice, ...week, employeeType: "parttime" } }),
      salaries: one(key, { content: slice, sensitive: wages }),
      "tax-details": one(key, { content: { ...slice, isReductionApplied: true } }),
    });
  });

  test("of nobody's employment is nothing in every stream", () => {
    const streams = ["employments", "contracts", "hours", "salaries", "tax-details"];
    expect(history()).toEqual(Object.fromEntries(streams.map((stream) => [stream, []])));
    const bare = history({ id: employmentId, start_date: "2025-01-01", salary: null });
    expect(Object.values(bare).flat()).toHaveLength(1);
  });

  test("numbers slices that begin on one day by what they hold, not by where they stand", () => {
    const two = [hours, { ...hours, hours_per_week: 24 }, { ...hours, hours_per_week: 40 }];
    const [one, other] = [two, two.toReversed()].map((all) =>
      history(employmentRow({ hours: all })),
    );
    const key = `${id}/2025-01-01/2025-01-01`;
    expect(keys(one?.["hours"])).toEqual([key, `${key}/2`, `${key}/3`]);
    expect(other).toEqual(one);
  });

  test("keeps the keys of the others when a slice is added before them", () => {
    const later = { ...salary, start_date: "2026-01-01" };
    const before = keys(history(employmentRow({ salary: [later] }))["salaries"]);
    const after = keys(history(employmentRow({ salary: [salary, later] }))["salaries"]);
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test("names an employment without an id by its start, and its slices after it", () => {
    const [first, second] = [{ hours: [hours] }, { hours: [], end_date: "2025-03-01" }].map(
      (more) => employmentRow({ ...more, id: undefined }),
    );
    const found = history(first, second);
    const base = `${id}/2025-01-01`;
    expect(keys(found["employments"])).toEqual([base, `${base}/2`]);
    expect(history(second, first)).toEqual(found);
    const owner = living(found["hours"]?.[0]).content["employmentId"];
    expect(
      living(found["employments"]?.find((one) => one.remoteId === owner)).content,
    ).toMatchObject({ endDate: null });
  });

  test("takes one slice that comes by itself for a list of one", () => {
    expect(history(employmentRow({ tax_details: employmentRow().tax_details[0] }))).toEqual(
      history(employmentRow()),
    );
  });

  test("sets a slice that cannot be understood aside under its own name, and no other", () => {
    const broken = { ...contract, is_signed: "SECRET" };
    const next = { ...contract, start_date: "2026-01-01" };
    const { contracts = [], hours: others } = history(employmentRow({ contracts: [broken, next] }));
    expect(contracts[0]).toEqual({
      remoteId: `${id}/2025-01-01/2025-01-01`,
      version: null,
      updatedAt: null,
      state: "set-aside",
      reason: "is_signed is neither true nor false",
    });
    expect([contracts[1]?.state, others?.[0]?.state]).toEqual(["living", "living"]);
  });

  test.each([
    ["an employment is null", [null]],
    ["an employment is a list", [[]]],
    ["an employment begins on no date", [employmentRow({ start_date: "SECRET" })]],
    ["a slice is a text", [employmentRow({ hours: ["SECRET"] })]],
    ["slices are a number", [employmentRow({ salary: 7 })]],
    ["a slice begins on no date", [employmentRow({ hours: [{ ...hours, start_date: "SECRET" }] })]],
  ])("is not believed where %s: what cannot be named would look deleted", (_what, rows) => {
    const error = (() => {
      try {
        return history(...rows);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(InvalidResponse);
    expect(String(error)).not.toContain("SECRET");
  });
});
