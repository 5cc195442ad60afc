import { createEmployes } from "../../connectors/employes/index.ts";
import { createKiotviet } from "../../connectors/kiotviet/index.ts";
import { createRegistry } from "../../connectors/registry.ts";
import { createSandbox, listen } from "../../sandbox/app.ts";
import { controlOf } from "../sandbox/sandbox-client.ts";
import { registry, startApi, type TestApi } from "./harness.ts";

export const shop = {
  retailer: "demo-shop",
  clientId: "demo-client",
  clientSecret: "demo-secret",
};

/** The API, with KiotViet and Employes as the sandbox pretends them, over real HTTP. */
export async function startWithProviders(): Promise<
  TestApi & { control: ReturnType<typeof controlOf> }
> {
  const server = await listen(createSandbox());
  const control = controlOf(server.url);
  await control("POST", "/employes/settings", { rateLimit: null });
  const timeoutMs = 5_000;
  const kiotviet = createKiotviet({
    apiUrl: `${server.url}/kiotviet`,
    tokenUrl: `${server.url}/kiotviet/connect/token`,
    timeoutMs,
  });
  const employes = createEmployes({ apiUrl: `${server.url}/employes/v4`, timeoutMs });
  const api = await startApi({
    registry: createRegistry([...registry().list(), kiotviet, employes]),
  });
  const stop = async () => {
    await api.stop();
    await server.close();
  };
  return { ...api, control, stop };
}
