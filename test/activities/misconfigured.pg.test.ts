import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { Misconfigured } from "../../connectors/errors.ts";
import { type Engine, startEngine } from "../support/engine.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(inject("databaseUrl"));
});
afterAll(() => engine?.stop());

it("a property that is gone at the provider ends the session in words, and deletes nothing (I13)", async () => {
  let isGone = false;
  const team = await engine.connect({
    provider: (memory) => ({
      ...memory,
      open: (connection) => {
        const remote = memory.open(connection);
        const pull: typeof remote.pull = (...args) => {
          if (isGone) throw new Misconfigured('the property "Date" is not there any more');
          return remote.pull(...args);
        };
        return { ...remote, pull };
      },
    }),
  });
  team.put("r1", { title: "kept" });
  expect((await team.session()).closing).toMatchObject({ failed: false });
  isGone = true;
  const went = await team.session();
  expect(went.pulled).toMatchObject({ outcome: "stop", code: "misconfigured" });
  expect(
    await engine.psql("select last_error_code, last_error from connections where id = $1", [
      team.connectionId,
    ]),
  ).toEqual([
    {
      last_error_code: "misconfigured",
      last_error: 'the property "Date" is not there any more',
    },
  ]);
  expect(await team.here()).toEqual(["kept"]);
  isGone = false;
  expect((await team.session()).closing).toMatchObject({ failed: false });
});
