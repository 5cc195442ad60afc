import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AddressRefused, acceptAddress } from "../../notifiers/address.ts";
import { Permanent, Retry } from "../../notifiers/errors.ts";
import { pinnedLookup, post } from "../../notifiers/post.ts";
import { isPublic, vetted } from "../../notifiers/vet.ts";

describe("an address outside the open internet is refused", () => {
  test.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "4000::1",
    "localhost",
    "",
    "8.8.8.8.8",
    "0x7f.1",
    "2130706433",
  ])("%s", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each([
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "9.255.255.255",
    "11.0.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "2001:4860:4860::8888",
  ])("%s is not", (address) => expect(isPublic(address)).toBe(true));

  test("in every writing that an address of the web may have", () => {
    const hosts = [
      "0x7f.1",
      "2130706433",
      "0177.0.0.1",
      "127.1",
      "[::ffff:127.0.0.1]",
      "[0:0:0:0:0:0:0:1]",
      "①②⑦.0.0.1",
      "127。0。0。1",
    ];
    for (const host of hosts) {
      const { hostname } = new URL(`https://${host}/`);
      expect(isPublic(hostname.replace(/^\[|\]$/g, ""))).toBe(false);
    }
  });

  test("random private ones, mapped ones among them", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.constantFrom("10", "127"), byte, byte, byte, (first, a, b, c) => {
        const four = `${first}.${a}.${b}.${c}`;
        for (const form of [four, `::ffff:${four}`, `::${four}`, `64:ff9b::${four}`])
          expect(isPublic(form)).toBe(false);
      }),
    );
  });
});

describe("a name", () => {
  const to =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

  test("is refused where any of its addresses is", async () => {
    await expect(vetted("evil.test", to("8.8.8.8", "127.0.0.1"))).rejects.toThrow(Permanent);
    await expect(vetted("evil.test", to("2606:4700::1", "::1"))).rejects.toThrow(Permanent);
    await expect(vetted("evil.test", to())).rejects.toThrow(Retry);
    await expect(vetted("[::1]", to("8.8.8.8"))).rejects.toThrow(Permanent);
    expect(await vetted("good.test", to("8.8.8.8"))).toEqual({ address: "8.8.8.8", family: 4 });
  });

  test("that cannot be resolved may be tried a few times", async () => {
    const failing = () => Promise.reject(new Error("ENOTFOUND"));
    await expect(vetted("gone.test", failing)).rejects.toMatchObject({ mostTries: 5 });
  });
});

describe("one post", () => {
  let server: Server;
  let port = 0;
  let asked: string[] = [];
  const answers: Record<string, (response: ServerResponse) => void> = {
    "/redirect": (response) =>
      void response.writeHead(302, { location: `http://127.0.0.1:${port}/ok` }).end(),
    "/ok": (response) => void response.end("ok"),
    "/endless": (response) => {
      const more = setInterval(() => response.write("x".repeat(10_000)), 1);
      response.on("close", () => clearInterval(more));
    },
    "/silent": () => undefined,
    "/slow-body": (response) => void response.write("half"),
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      request.resume().on("end", () => answers[request.url ?? ""]?.(response));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const sending = { headers: { "content-type": "application/json" }, body: "{}" };
  const at = (path: string, more: { timeoutMs?: number; allowed?: string[] } = {}) =>
    post(new URL(`http://127.0.0.1:${port}${path}`), sending, {
      timeoutMs: more.timeoutMs ?? 5_000,
      maxBytes: 64 * 1024,
      allowed: new Set(more.allowed ?? [`127.0.0.1:${port}`]),
      resolve: async () => [],
    });

  test("follows no redirect", async () => {
    asked = [];
    expect(await at("/redirect")).toMatchObject({ status: 302 });
    expect(asked).toEqual(["/redirect"]);
  });

  test("reads no more than it wants, and waits no longer than it wants", async () => {
    expect((await at("/endless")).text).toHaveLength(64 * 1024);
    await expect(at("/silent", { timeoutMs: 100 })).rejects.toMatchObject({ maybeTaken: true });
    expect(await at("/slow-body", { timeoutMs: 100 })).toMatchObject({ status: 200, text: "half" });
  });

  test("goes nowhere that the operator has not vouched for, and says nothing of the address", async () => {
    asked = [];
    await expect(at("/ok", { allowed: [] })).rejects.toThrow(Permanent);
    await expect(at("/ok", { allowed: ["127.0.0.1:1"] })).rejects.toThrow(Permanent);
    const inside = post(new URL("https://127.0.0.1:8443/secret-path"), sending, {
      timeoutMs: 1_000,
      maxBytes: 1,
      allowed: new Set(),
      resolve: async () => [],
    });
    await expect(inside).rejects.toThrow(
      /^the target's address does not lie in the open internet$/,
    );
    expect(asked).toEqual([]);
  });

  test("connects to the address that was looked at, whatever the name resolves to by then", async () => {
    const lookup = pinnedLookup({ address: "198.51.100.7", family: 4 });
    const answered: unknown[] = [];
    lookup("rebind.test", { all: true }, (...given) => void answered.push(given));
    lookup("rebind.test", { all: false }, (...given) => void answered.push(given));
    expect(answered).toEqual([
      [null, [{ address: "198.51.100.7", family: 4 }]],
      [null, "198.51.100.7", 4],
    ]);
    let looks = 0;
    const resolve = async () => {
      looks += 1;
      return [{ address: looks === 1 ? "127.0.0.1" : "8.8.8.8", family: 4 }];
    };
    const limits = { timeoutMs: 300, maxBytes: 1, allowed: new Set<string>(), resolve };
    await expect(post(new URL("https://rebind.test/"), sending, limits)).rejects.toThrow(Permanent);
    expect(looks).toBe(1);
  });
});

describe("addresses that people enter", () => {
  const none = new Set<string>();
  test.each([
    ["slack", "https://hooks.slack.com/services/T0/B0/xyz"],
    ["slack", "https://hooks.slack-gov.com/services/T0/B0/xyz"],
    ["discord", "https://discord.com/api/webhooks/123/token_-x"],
    ["discord", "https://ptb.discord.com/api/v10/webhooks/123/token"],
    ["discord", "https://canary.discord.com/api/webhooks/123/token"],
    ["discord", "https://discordapp.com/api/webhooks/123/token"],
    ["webhook", "https://example.test:8443/hook?x=1"],
    ["email", "ops+alerts@example.test"],
  ] as const)("%s: %s is taken", (kind, address) => {
    const { address: kept, tail } = acceptAddress(kind, address, none);
    expect(kept).toBe(address);
    expect(tail).not.toContain("token");
    expect(tail).not.toContain("ops+");
  });

  test.each([
    ["slack", "https://hooks.slack.com"],
    ["slack", "https://hooks.slack.com:8443/services/x"],
    ["slack", "https://hooks.slack.com.evil.test/services/x"],
    ["slack", "https://evil.test/hooks.slack.com/services/x"],
    ["slack", "https://hooks.slack.com@evil.test/services/x"],
    ["discord", "https://discord.com/api/webhooks/123"],
    ["discord", "https://discord.com/api/webhooks/../users/@me/x"],
    ["webhook", "http://example.test/"],
    ["webhook", "https://example.test:5432/"],
    ["webhook", "file:///etc/passwd"],
    ["email", "a@b"],
    ["email", "a@example.test, b@example.test"],
    ["email", "a@example.test\r\nBcc: x@y.test"],
    ["email", "Ops <a@example.test>"],
  ] as const)("%s: %s is refused", (kind, address) => {
    expect(() => acceptAddress(kind, address, none)).toThrow(AddressRefused);
  });

  test("the operator's list lets in what it names, for every kind, and not its neighbours", () => {
    const allowed = new Set(["127.0.0.1:4010"]);
    for (const kind of ["slack", "discord", "webhook"] as const) {
      expect(acceptAddress(kind, "http://127.0.0.1:4010/x", allowed).address).toContain("4010");
      expect(() => acceptAddress(kind, "http://127.0.0.1:4011/x", allowed)).toThrow(AddressRefused);
      expect(() => acceptAddress(kind, "http://localhost:4010/x", allowed)).toThrow(AddressRefused);
    }
  });
});
