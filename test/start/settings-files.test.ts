import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { describe, expect, test } from "vitest";
import { settings } from "../../config.ts";
import { envExample } from "../../start/env-example-text.ts";

const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: z.unknown().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const text = readFileSync(new URL("../../docker-compose.yml", import.meta.url), "utf8");
const services = z
  .object({ services: z.record(z.string(), service) })
  .parse(parse(text, { merge: true })).services;

function named(name: string): z.infer<typeof service> {
  const found = services[name];
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
}

describe("docker-compose.yml", () => {
  test("has the database, the server with its one-shot helpers, the UI, the API and the worker", () => {
    const images = Object.fromEntries(
      Object.entries(services).map(([name, { image }]) => [name, image]),
    );
    expect(images).toEqual({
      postgres: "postgres:17",
      "temporal-role": "postgres:17",
      "temporal-schema": "temporalio/admin-tools:1.31.2",
      temporal: "temporalio/server:1.31.2",
      "temporal-namespace": "temporalio/admin-tools:1.31.2",
      "temporal-ui": "temporalio/ui:2.52.0",
      migrate: "syncline:0.1.0",
      api: "syncline:0.1.0",
      worker: "syncline:0.1.0",
    });
  });

  test("every setting it hands to our parts exists", () => {
    for (const name of ["migrate", "api", "worker"]) {
      for (const setting of Object.keys(named(name).environment))
        expect(Object.keys(settings)).toContain(setting);
    }
  });

  test("hands every setting to the API and the worker, but for what is only for tests", () => {
    for (const [name, port] of [
      ["api", "WORKER_HEALTH_PORT"],
      ["worker", "METRICS_PORT"],
    ] as const) {
      const lacking = Object.keys(settings).filter(
        (setting) => !(setting in named(name).environment),
      );
      expect(lacking.filter((setting) => ![port, "PORT", "CRASH_AT"].includes(setting))).toEqual(
        [],
      );
    }
  });

  test("publishes the API and the Web UI only, on this machine only", () => {
    const published = Object.entries(services).flatMap(([name, { ports }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual(["temporal-ui 127.0.0.1:8080:8080", "api 127.0.0.1:3000:3000"]);
  });

  test("holds no secret: each comes from the environment", () => {
    for (const [name, { environment }] of Object.entries(services)) {
      const secrets = Object.entries(environment).filter(([key]) =>
        /PASSWORD|PWD|SECRET|KEY/u.test(key),
      );
      for (const [key, value] of secrets)
        expect(`${name} ${key} ${value}`).toMatch(/\$\{[A-Z_]+:[?-]/u);
    }
  });

  test("what others wait for as healthy has a health check", () => {
    const waits = Object.values(services).flatMap((entry) => Object.entries(entry.depends_on));
    for (const [name, { condition }] of waits) {
      expect(
        condition === "service_healthy" && named(name).healthcheck === undefined ? name : "",
      ).toBe("");
    }
    for (const name of ["api", "worker"]) expect(named(name).healthcheck).toBeDefined();
  });
});

test("the example of the environment explains every setting and shows its default", () => {
  const example = envExample({
    PORT: { description: "Port of the API.", default: 3000 },
    KEY: { description: "A key." },
    LIST: { description: "Some.", default: ["a", "b"] },
  });
  expect(example).toContain("# Port of the API.\n# PORT=3000\n");
  expect(example).toContain("# A key.\n# KEY=\n");
  expect(example).toContain("# LIST=a,b\n");
});

test(".env.example is the one that the schema makes", () => {
  const file = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
  expect(file, 'run "npm run docs:env"').toBe(envExample(settings));
});
