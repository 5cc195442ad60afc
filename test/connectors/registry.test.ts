import { expect, test } from "vitest";
import { Rejected } from "../../connectors/errors.ts";
import { createMemory } from "../../connectors/memory/index.ts";
import { createConnectors, createRegistry } from "../../connectors/registry.ts";

const googleCalendar = {
  apiUrl: "https://www.googleapis.com",
  authUrl: "https://accounts.google.com/o/oauth2/v2/auth",
  tokenUrl: "https://oauth2.googleapis.com/token",
  revokeUrl: "https://oauth2.googleapis.com/revoke",
  clientId: "client",
  clientSecret: "secret",
  redirectUri: "https://app.example.test/callback",
};

test("a connector is found by its provider", () => {
  const memory = createMemory();
  const registry = createRegistry([memory]);
  expect(registry.get("memory")).toBe(memory);
  expect(registry.list()).toEqual([memory]);
});

test("a provider that nobody knows is refused with those there are", () => {
  const registry = createConnectors({
    googleCalendar,
    notion: { apiUrl: "https://api.notion.com" },
    kiotviet: {
      apiUrl: "https://public.kiotapi.com",
      tokenUrl: "https://id.kiotviet.vn/connect/token",
    },
    employes: { apiUrl: "https://connect.employes.nl/v4" },
    systemBookings: { wanted: async () => [], intervalMs: 1_000 },
  });
  expect(() => registry.get("outlook")).toThrow(Rejected);
  expect(() => registry.get("outlook")).toThrow(
    "expected one of google-calendar, notion, kiotviet, employes, system-bookings",
  );
});

test("two connectors of one provider are a mistake", () => {
  expect(() => createRegistry([createMemory(), createMemory()])).toThrow("same provider");
});
