import { describe, expect, test } from "vitest";
import { folded } from "../../../connectors/kiotviet/keys.ts";
import { toCategory, toInventory, toProduct } from "../../../connectors/kiotviet/mapping.ts";
import { instantOf, isMeant, localOf } from "../../../connectors/kiotviet/times.ts";
import type { Row } from "../../../connectors/kiotviet/api.ts";

const row = (value: unknown) => folded(value) as Row;

/** The product of section 4 of the reference. */
const tea = {
  id: 9001,
  code: "SP000001",
  barCode: "8930000000001",
  retailerId: 500,
  name: "Trà sen",
  fullName: "Trà sen (hộp)",
  description: "",
  categoryId: 12,
  categoryName: "Trà",
  tradeMarkId: 3,
  tradeMarkName: "Ví Dụ",
  allowsSale: true,
  isActive: true,
  hasVariants: false,
  type: 2,
  unit: "hộp",
  masterUnitId: null,
  masterProductId: null,
  conversionValue: 1,
  units: [],
  attributes: [],
  basePrice: 120000,
  weight: 200,
  images: [{ Image: "https://img.example.test/9001.jpg" }],
  inventories: [{ productId: 9001, branchId: 1, onHand: 40, cost: 80000, reserved: 2 }],
  createdDate: "2026-01-05T09:10:00",
  modifiedDate: "2026-03-02T10:00:00",
};

const teaContent = {
  code: "SP000001",
  barCode: "8930000000001",
  name: "Trà sen",
  fullName: "Trà sen (hộp)",
  description: "",
  categoryId: 12,
  tradeMarkId: 3,
  tradeMarkName: "Ví Dụ",
  allowsSale: true,
  isActive: true,
  hasVariants: false,
  type: 2,
  unit: "hộp",
  masterUnitId: null,
  masterProductId: null,
  conversionValue: 1,
  basePrice: 120000,
  weight: 200,
  taxType: null,
  taxRate: null,
  attributes: [],
  images: ["https://img.example.test/9001.jpg"],
};

describe("a product", () => {
  test("has its business fields, and bears when it was changed", () => {
    expect(toProduct(row(tea))).toEqual({
      remoteId: "9001",
      version: "2026-03-02T03:00:00.000Z",
      updatedAt: Date.UTC(2026, 2, 2, 3),
      state: "living",
      item: { content: teaContent },
    });
  });

  test("that was never changed was changed when it was made", () => {
    const { modifiedDate: _, ...never } = tea;
    for (const one of [never, { ...tea, modifiedDate: null }])
      expect(toProduct(row(one))).toMatchObject({ updatedAt: Date.UTC(2026, 0, 5, 2, 10) });
  });

  test.each([
    ["images as texts", { images: ["https://img.example.test/9001.jpg"] }],
    ["keys in other letters", { BARCODE: "8930000000001", barCode: undefined }],
    ["fields that nobody knows", { somethingNew: { deep: [1] } }],
    ["other stock", { inventories: [{ branchId: 7, onHand: 0 }] }],
    ["another time of change", { modifiedDate: "2026-03-05T10:00:00.1234567" }],
    ["a missing key for null", { masterUnitId: undefined, taxType: undefined }],
    ["no list for an empty one", { attributes: null }],
  ])("with %s is the same product", (_what, other) => {
    const one = toProduct(row(JSON.parse(JSON.stringify({ ...tea, ...other }))));
    expect(one).toMatchObject({ item: { content: teaContent } });
    expect(one.state === "living" && one.item.content).toEqual(teaContent);
  });

  test("keeps the attributes of a variant, and a tax rate in either shape", () => {
    const variant = {
      ...tea,
      attributes: [{ productId: 9001, attributeName: "Vị", attributeValue: "Sen" }],
    };
    expect(toProduct(row({ ...variant, taxRate: 8 }))).toMatchObject({
      item: {
        content: { taxRate: 8, attributes: [{ attributeName: "Vị", attributeValue: "Sen" }] },
      },
    });
    expect(toProduct(row({ ...tea, taxRate: "KCT" }))).toMatchObject({
      item: { content: { taxRate: "KCT" } },
    });
  });

  test("holds no text that Postgres would refuse (F34)", () => {
    expect(toProduct(row({ ...tea, name: "a\0b\uD800c" }))).toMatchObject({
      item: { content: { name: "a\uFFFDb\uFFFDc" } },
    });
  });

  test.each([
    ["name", 7],
    ["basePrice", "SECRET"],
    ["basePrice", Infinity],
    ["isActive", "SECRET"],
    ["categoryId", "SECRET"],
    ["categoryId", 1.5],
    ["images", "SECRET"],
    ["images", [{ Url: "SECRET" }]],
    ["images", [7]],
    ["attributes", {}],
    ["description", "SECRET".repeat(200_000)],
    ["modifiedDate", "SECRET"],
    ["createdDate", 7],
  ])(
    "whose %s is of another shape is set aside, and the reason tells no content (I15)",
    (field, value) => {
      const one = toProduct(row({ ...tea, modifiedDate: null, [field]: value }));
      expect(one).toMatchObject({ remoteId: "9001", state: "set-aside", version: null });
      const reason = one.state === "set-aside" ? one.reason : "";
      expect(reason).toContain(field);
      expect(reason).not.toContain("SECRET");
    },
  );
});

describe("a category", () => {
  const drinks = {
    categoryId: 11,
    parentId: null,
    categoryName: "Đồ uống",
    retailerId: 500,
    hasChild: true,
    createdDate: "2026-01-05T09:00:00",
  };

  test("has a name and a parent; what is below it, others say", () => {
    expect(toCategory(row(drinks))).toEqual({
      remoteId: "11",
      version: "2026-01-05T02:00:00.000Z",
      updatedAt: Date.UTC(2026, 0, 5, 2),
      state: "living",
      item: {
        content: {
          name: "Đồ uống",
          parentId: null,
          createdDate: "2026-01-05T02:00:00Z",
        },
      },
    });
  });

  test("is set aside where its parent is none", () => {
    expect(toCategory(row({ ...drinks, parentId: {} }))).toMatchObject({
      remoteId: "11",
      state: "set-aside",
      reason: "parentId is no id",
    });
  });
});

describe("stock", () => {
  test.each([
    [
      "of the list",
      {
        id: 9001,
        modifiedDate: "2026-03-02T10:01:00",
        inventories: [{ branchId: 1, onhand: 40, reserved: 2 }],
      },
    ],
    ["of the product", tea],
    [
      "in the letters of a message",
      { Id: 9001, Inventories: [{ BranchId: 1, OnHand: 40, Reserved: 2 }] },
    ],
    [
      "under the key of a write's answer",
      { id: 9001, inventory: [{ branchId: 1, onHand: 40, reserved: 2 }] },
    ],
  ])(
    "%s is the same in each spelling, and has no version that sales would not move",
    (_what, given) => {
      expect(toInventory(row(given))).toEqual([
        {
          remoteId: "9001:1",
          version: null,
          updatedAt: null,
          state: "living",
          item: {
            content: { productId: 9001, branchId: 1, onHand: 40, reserved: 2 },
            parentId: "9001",
          },
        },
      ]);
    },
  );

  test("may be a fraction, below nothing, or unknown", () => {
    const inventories = [{ branchId: 1, onhand: -0.5, reserved: -0 }, { branchId: 2 }];
    const contents = toInventory(row({ id: 1, inventories })).map(
      (one) => one.state === "living" && one.item.content,
    );
    expect(contents).toEqual([
      { productId: 1, branchId: 1, onHand: -0.5, reserved: 0 },
      { productId: 1, branchId: 2, onHand: null, reserved: null },
    ]);
  });

  test("that cannot be read in one branch is set aside there, and in no other (I15)", () => {
    const inventories = [
      { branchId: 1, onHand: "SECRET" },
      { branchId: "SECRET", onHand: 1 },
      { branchId: 2, onHand: 1 },
      { branchId: -1, onHand: 1 },
      null,
    ];
    const found = toInventory(row({ id: 9001, inventories }));
    expect(found.map(({ remoteId, state }) => [remoteId, state])).toEqual([
      ["9001:1", "set-aside"],
      ["9001", "set-aside"],
      ["9001:2", "living"],
    ]);
    expect(JSON.stringify(found)).not.toContain("SECRET");
    expect(toInventory(row({ id: 9001, inventories: "SECRET" }))).toMatchObject([
      { remoteId: "9001", state: "set-aside" },
    ]);
  });

  test("of a product that has none is none", () => {
    expect(toInventory(row({ id: 9001, inventories: null }))).toEqual([]);
  });
});

describe("times", () => {
  test.each([
    ["2026-03-02T15:04:05", Date.UTC(2026, 2, 2, 8, 4, 5)],
    ["2026-03-02T15:04", Date.UTC(2026, 2, 2, 8, 4)],
    ["2026-03-02T15:04:05.1234567", Date.UTC(2026, 2, 2, 8, 4, 5, 123)],
    ["2026-03-02T15:04:05.1", Date.UTC(2026, 2, 2, 8, 4, 5, 100)],
    ["2026-03-02T00:30:00", Date.UTC(2026, 2, 1, 17, 30)],
    ["2026-03-02T15:04:05Z", Date.UTC(2026, 2, 2, 15, 4, 5)],
    ["2026-03-02T15:04:05.1234567+07:00", Date.UTC(2026, 2, 2, 8, 4, 5, 123)],
  ])("%s is Vietnam's unless it says otherwise", (text, instant) => {
    expect(instantOf(text)).toBe(instant);
  });

  test("are asked for as Vietnam writes them, and never later than meant", () => {
    expect(localOf(Date.UTC(2026, 2, 1, 17, 30, 0, 999))).toBe("2026-03-02T00:30:00");
  });

  test("that are none are known as such", () => {
    for (const text of [
      "",
      "yesterday",
      "2026-13-02T15:04:05",
      "/Date(1772438400000)/",
      "2026-03-02",
    ])
      expect(instantOf(text)).toBeNull();
    expect(isMeant(instantOf("0001-01-01T00:00:00") ?? 0)).toBe(false);
  });
});
