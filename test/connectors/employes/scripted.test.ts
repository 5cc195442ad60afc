import { describe, expect, test } from "vitest";
import { createEmployes } from "../../../connectors/employes/index.ts";
import * as errors from "../../../connectors/errors.ts";
import { collect, connection, json, never, type Reply, scripted } from "../scripted.ts";
import { company, embedded, employmentRow, idOf, person } from "./people.ts";

/** Answers that no well-behaved Employes gives. */
const refusal = (status: number, message = "SECRET", headers: Record<string, string> = {}) =>
  json({ message }, status, headers);
const page = (data: unknown, more: object = {}) => json({ data, total: 1, pages: 1, ...more });

async function employes(...replies: Reply[]) {
  const { address, seen } = await scripted(...replies);
  const own = connection({ companyId: company } as unknown as { calendarId: string });
  const remote = createEmployes({ apiUrl: `${address}/v4/`, timeoutMs: 1_000, pageSize: 2 }).open(
    own,
  );
  const pull = (cursor: Record<string, string> | null = null) =>
    collect(remote.pull("employees", cursor, never));
  const ids = async (cursor: Record<string, string> | null = null) =>
    (await pull(cursor)).flatMap(({ changes }) => changes.map(({ remoteId }) => remoteId));
  const read = (id = idOf(1)) => remote.read("employees", id, never);
  const details = async (id = idOf(1)) => remote.details?.("employees", id, never);
  const failure = (call: Promise<unknown>) => call.catch((error: unknown) => error);
  return { seen, own, remote, pull, ids, read, details, failure };
}

describe("a request", () => {
  test("bears the token, asks for a page of people, and spends one", async () => {
    const { seen, own, pull } = await employes(page([person(1)]));
    await pull();
    const [{ method, url, headers, body }] = seen as [(typeof seen)[number]];
    expect([method, url.pathname, url.search, body]).toEqual([
      "GET",
      `/v4/${company}/employees`,
      "?page=1&per_page=2",
      "",
    ]);
    expect(headers).toMatchObject({ accept: "application/json", authorization: "Bearer token-1" });
    expect(own.spent).toEqual([1]);
  });

  test("that is refused with 401 is made once more with a newer token (F20)", async () => {
    const { seen, own, pull } = await employes(refusal(401), page([person(1)]));
    expect(await pull()).toHaveLength(1);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-1",
      "Bearer token-2",
    ]);
    expect([own.spent, own.refused]).toEqual([[1, 1], ["token-1"]]);
  });

  test("that is refused with 401 again needs a person (F21)", async () => {
    const { seen, pull, failure } = await employes(refusal(401));
    expect(await failure(pull())).toBeInstanceOf(errors.Unauthenticated);
    expect(seen).toHaveLength(2);
  });

  test.each([
    [403, "Forbidden", errors.Forbidden],
    [404, "Not Found", errors.CollectionMissing],
    [422, "SECRET", errors.Rejected],
    [429, "Too Many Requests", errors.RateLimited],
    [500, "Internal server error", errors.Unavailable],
    [504, "Endpoint request timed out", errors.Unavailable],
  ])(
    "for the list that is refused with %i ends the pull, and is made once",
    async (status, message, kind) => {
      const { seen, pull, failure } = await employes(refusal(status, message));
      const error = await failure(pull());
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).not.toMatch(/SECRET|token-1/);
      expect(seen).toHaveLength(1);
    },
  );
});

describe("a listing that cannot be believed is none (F34)", () => {
  test.each([
    ["HTML with 200", json("<html>SECRET</html>")],
    ["cut short", json('{"data":[{"id":"SECRET')],
    ["null", json("null")],
    ["a text", json('"SECRET"')],
    ["without data", json({ total: 0, pages: 0 })],
    ["with null for data", page(null)],
    ["with an object for data", page({ id: "SECRET" })],
    ["an error with 200", json({ message: "SECRET" })],
    ["of what nobody can name", page(["SECRET", null, { id: "SECRET" }])],
  ])("%s", async (_what, reply) => {
    const { pull, failure } = await employes(reply);
    const error = await failure(pull());
    expect(error).toBeInstanceOf(errors.InvalidResponse);
    expect(String(error)).not.toContain("SECRET");
  });

  test("not even where its first page was well", async () => {
    const { remote } = await employes(page([person(1)], { pages: 2 }), json("<html>"));
    const pages = remote.pull("employees", null, never)[Symbol.asyncIterator]();
    expect((await pages.next()).value).toMatchObject({ last: false });
    await expect(pages.next()).rejects.toThrow(errors.InvalidResponse);
  });

  test("nor one that never ends", async () => {
    const { pull, failure } = await employes(page([person(1)], { pages: 1e9 }));
    const cursor = { company, snapshotId: "s", pageToken: "10000", size: "2", seen: "" };
    expect(await failure(pull(cursor))).toBeInstanceOf(errors.InvalidResponse);
  });
});

describe("pages", () => {
  test("end with the last that the answer counts, and no other is asked for", async () => {
    const { ids, seen } = await employes(
      page([person(1), person(2)], { total: 3, pages: 2, page: 1, per_page: 2 }),
      page([person(3)], { total: 3, pages: 2 }),
    );
    expect(await ids()).toEqual([1, 2, 3].map(idOf));
    expect(seen.map(({ url }) => url.searchParams.get("page"))).toEqual(["1", "2"]);
  });

  test("end where one is empty, whatever the count says", async () => {
    const { pull, seen } = await employes(
      page([person(1), person(2)], { total: 9, pages: 5 }),
      page([], { total: 9, pages: 5 }),
    );
    expect((await pull()).map(({ last, total }) => [last, total])).toEqual([
      [false, 9],
      [true, 9],
    ]);
    expect(seen).toHaveLength(2);
  });

  test("as bare arrays go on until one is empty, for a short one need not be the last", async () => {
    const { ids } = await employes(json([person(1)]), json([person(2)]), json([]));
    expect(await ids()).toEqual([1, 2].map(idOf));
  });

  test("of a bare array that has none are one, though it comes again", async () => {
    const { pull, seen } = await employes(json([person(1), person(2), person(3)]));
    const pages = await pull();
    expect(pages.map(({ changes, last, total }) => [changes.length, last, total])).toEqual([
      [3, false, undefined],
      [0, true, undefined],
    ]);
    expect(seen).toHaveLength(2);
  });

  test("without a count are told without one", async () => {
    const { pull } = await employes(
      page([person(1)], { total: "SECRET", pages: null }),
      page([], { total: null }),
    );
    expect((await pull()).every((one) => !("total" in one))).toBe(true);
  });

  test("under way are of one company and one size", async () => {
    const { pull } = await employes(page([person(1), person(2)], { pages: 2 }));
    const cursor = { company, snapshotId: "s", pageToken: "2", size: "2", seen: "" };
    expect((await pull(cursor))[0]).toMatchObject({ snapshotId: "s", last: true });
    for (const other of [{ company: "other" }, { size: "3" }, { pageToken: "0" }, { more: "x" }])
      await expect(pull({ ...cursor, ...other })).rejects.toThrow(errors.CursorExpired);
    await expect(pull({ company: "other" })).rejects.toThrow(errors.CursorExpired);
  });
});

describe("on a page", () => {
  test("who has no id is set aside, and nobody else", async () => {
    const odd = { ...person(9), id: "12/../SECRET" };
    const { pull } = await employes(page([person(1), odd, null, person(2)], { total: 4 }));
    expect((await pull())[0]?.changes.map(({ remoteId, state }) => [remoteId, state])).toEqual([
      [idOf(1), "living"],
      ["without-id-1-2", "set-aside"],
      ["without-id-1-3", "set-aside"],
      [idOf(2), "living"],
    ]);
  });

  test("who stands twice counts as they stand last (F35)", async () => {
    const { pull } = await employes(page([person(1), person(1, { surname: "Proef" })]));
    const [{ changes }] = (await pull()) as [Awaited<ReturnType<typeof pull>>[number]];
    expect(changes).toMatchObject([{ item: { content: { surname: "Proef" } } }]);
  });

  test("ids have one spelling", async () => {
    const { ids } = await employes(page([{ ...person(1), id: idOf(1).toUpperCase() }]));
    expect(await ids()).toEqual([idOf(1)]);
  });

  test("the embedded employment of some tells whether their history has moved", async () => {
    const { pull } = await employes(page([person(1, { employment: embedded }), person(2)]));
    const [{ changes }] = (await pull()) as [Awaited<ReturnType<typeof pull>>[number]];
    const hints = changes.map((one) => (one.state === "living" ? one.item.hint : ""));
    expect(hints).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), undefined]);
  });
});

describe("one person", () => {
  test("whom Employes denies is deleted, and has no details (F24)", async () => {
    const { read, details, failure } = await employes(refusal(404, "Not Found"));
    expect(await read()).toMatchObject({ remoteId: idOf(1), state: "deleted" });
    expect(await failure(details())).toBeInstanceOf(errors.Gone);
  });

  test("is not deleted by a page of somebody else's with 404", async () => {
    const { read, details, failure } = await employes(json("<html>", 404));
    expect(await failure(read())).toBeInstanceOf(errors.Unavailable);
    expect(await failure(details())).toBeInstanceOf(errors.Unavailable);
  });

  test("who has no id of Employes is asked for nowhere", async () => {
    const { read, details, failure, seen } = await employes(page([]));
    for (const id of ["without-id-1-2", "../companies", ""]) {
      expect(await read(id)).toMatchObject({ remoteId: id, state: "deleted" });
      expect(await failure(details(id))).toBeInstanceOf(errors.Gone);
    }
    expect(seen).toHaveLength(0);
  });

  test.each([
    ["a 500, which may last", refusal(500, "Internal server error"), errors.Unavailable],
    ["a refusal of the id", refusal(422), errors.Unavailable],
    ["somebody else", json(person(2)), errors.InvalidResponse],
    ["nothing", json("null"), errors.InvalidResponse],
    ["the list", page([person(1)]), errors.InvalidResponse],
  ])("answered with %s keeps the last state", async (_what, reply, kind) => {
    const { read, details, failure } = await employes(reply);
    expect(await failure(read())).toBeInstanceOf(kind);
    expect(await failure(details())).toBeInstanceOf(kind);
  });

  test("may come as data, and so may the employments", async () => {
    const { details } = await employes(json({ data: person(1) }), page([employmentRow()]));
    const bare = await employes(json(person(1)), json([employmentRow()]));
    expect(await details()).toEqual(await bare.details());
  });

  test("without employments has none, and that is no failure", async () => {
    const { details, own } = await employes(json(person(1)), refusal(404, "Not Found"));
    const found = await details();
    expect(found?.["details"]).toHaveLength(1);
    expect(found?.["employments"]).toEqual([]);
    expect(own.spent).toEqual([1, 1]);
  });

  test.each([
    ["a page of somebody else's with 404", json("<html>", 404), errors.Unavailable],
    ["a 500", refusal(500), errors.Unavailable],
    ["an object", json({ message: "SECRET" }), errors.InvalidResponse],
    ["what cannot be named", json([{ id: "e", start_date: "SECRET" }]), errors.InvalidResponse],
  ])("whose employments are %s has not lost any", async (_what, reply, kind) => {
    const { details, failure } = await employes(json(person(1)), reply);
    expect(await failure(details())).toBeInstanceOf(kind);
  });

  test("has details in no other stream", async () => {
    const { remote } = await employes(page([]));
    await expect(remote.details?.("hours", idOf(1), never)).rejects.toThrow(errors.Rejected);
  });
});

describe("companies", () => {
  const collections = async (...replies: Reply[]) => {
    const { remote, seen } = await employes(...replies);
    return { found: await remote.collections?.(never), seen };
  };
  const one = { id: company, name: "Voorbeeld B.V.", zone: "Europe/Amsterdam", writable: false };
  const two = { id: idOf(2), name: "" };

  test("are what the token reaches; one that is alone is the one that is meant", async () => {
    const { found, seen } = await collections(page([one]));
    expect(found).toEqual([{ ...one, primary: true }]);
    expect(seen.map(({ url }) => url.pathname + url.search)).toEqual(["/v4/companies"]);
  });

  test("of several none is meant, and one without a name is named by its id", async () => {
    const { found } = await collections(json([one, two, null, { id: 7, name: "SECRET" }]));
    expect(found).toEqual([
      { ...one, primary: false },
      { ...one, id: idOf(2), name: idOf(2), primary: false },
    ]);
  });

  test("on more pages than one are asked for", async () => {
    const { found } = await collections(page([one], { pages: 2 }), page([two], { pages: 2 }));
    expect(found).toHaveLength(2);
  });

  test.each([
    ["denied", refusal(404, "Not Found"), errors.Rejected],
    ["forbidden", refusal(403, "Forbidden"), errors.Rejected],
    ["not to be had now", refusal(503), errors.Unavailable],
    ["another one", json({ id: idOf(2) }), errors.InvalidResponse],
  ])("one that is %s is not taken into the settings", async (_what, reply, kind) => {
    const { remote, failure } = await employes(reply);
    const error = await failure(remote.prepare?.(never) ?? Promise.resolve());
    expect(error).toBeInstanceOf(kind);
  });

  test("one that answers stays in the settings as it is", async () => {
    const { remote, seen } = await employes(json({ id: company, name: "Voorbeeld B.V." }));
    expect(await remote.prepare?.(never)).toEqual({ companyId: company });
    expect(seen[0]?.url.pathname).toBe(`/v4/${company}`);
  });
});
