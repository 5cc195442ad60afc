import type { Grant, OpenConnection } from "../../../connectors/connector.ts";
import { createKiotviet, type KiotvietConfig } from "../../../connectors/kiotviet/index.ts";
import { createSandbox, listen } from "../../../sandbox/app.ts";
import type { RecordsRig } from "../records-contract.ts";
import { never } from "../scripted.ts";

/** The sandbox's KiotViet over real HTTP, with one empty shop. */
export interface ShopRig extends RecordsRig {
  /** Asks the control API of the sandbox for something. */
  control<T = unknown>(path: string, body?: object, method?: string): Promise<T>;
  /** What people do in the shop, in this order; answers the ids it was done to. */
  act(...changes: object[]): Promise<number[]>;
  connection: OpenConnection & { spent: number[]; renewals: number };
  grant(): Promise<Grant>;
}

export const demo = { retailer: "demo-shop", clientId: "demo-client", clientSecret: "demo-secret" };

const minute = 60_000;

export async function openShop(
  stream: "categories" | "products" = "products",
  config: Partial<KiotvietConfig> = {},
): Promise<ShopRig> {
  const server = await listen(createSandbox());
  const control = async <T>(path: string, body?: object, method = body ? "POST" : "GET") => {
    const response = await fetch(`${server.url}/sandbox${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  let offset = 0;
  const now = () => Date.now() + offset;
  const connector = createKiotviet({
    apiUrl: `${server.url}/kiotviet`,
    tokenUrl: `${server.url}/kiotviet/connect/token`,
    timeoutMs: 5_000,
    pageSize: 2,
    now,
    ...config,
  });
  const grant = async () => {
    if (!connector.entry) throw new Error("credentials are entered");
    return connector.entry.grant(demo, never);
  };
  let held = await grant();
  const connection = {
    settings: connector.checkSettings(demo),
    spent: [] as number[],
    renewals: 0,
    now,
    grant: async () => held,
    renewed: async () => {
      connection.renewals++;
      return (held = await grant());
    },
    spend: async (units: number) => void connection.spent.push(units),
  };
  const act = async (...changes: object[]) =>
    (await control<{ ids: number[] }>("/kiotviet/changes", changes)).ids;
  const isProducts = stream === "products";
  const put = async (given: object) => {
    const [id] = await act(
      isProducts ? { do: "putProduct", product: given } : { do: "putCategory", category: given },
    );
    return String(id);
  };
  const nameField = isProducts ? "name" : "categoryName";
  return {
    connector,
    connection,
    control,
    act,
    grant,
    stream,
    nameField: "name",
    neverWasHere: "424242",
    open: () => connector.open(connection),
    person: {
      add: (name) => put({ [nameField]: name }),
      rename: async (id, name) => void (await put({ id: Number(id), [nameField]: name })),
      remove: async (id) =>
        void (await act({ do: isProducts ? "deleteProduct" : "deleteCategory", id: Number(id) })),
    },
    later: async () => {
      offset += 10 * minute;
      await control("/clock", { offsetMs: offset });
    },
    close: () => server.close(),
  };
}
