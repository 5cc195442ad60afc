import type { OpenConnection } from "../../../connectors/connector.ts";
import { createEmployes, type EmployesConfig } from "../../../connectors/employes/index.ts";
import { createSandbox, listen } from "../../../sandbox/app.ts";
import type { RecordsRig } from "../records-contract.ts";

/** The sandbox's Employes over real HTTP, with one company without people. */
export interface CompanyRig extends RecordsRig {
  /** Asks the control API of the sandbox for something. */
  control<T = unknown>(path: string, body?: object): Promise<T>;
  /** What a person does in Employes. */
  act<T = { id: string }>(name: string, body: object): Promise<T>;
  connection: OpenConnection & { spent: number[]; refused: string[]; token: string };
  company: string;
}

export const nobody = "3f0c0000-0000-4000-8000-00000000dead";

export async function openCompany(config: Partial<EmployesConfig> = {}): Promise<CompanyRig> {
  const server = await listen(createSandbox());
  const control = async <T>(path: string, body?: object) => {
    const response = await fetch(`${server.url}/sandbox${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { token, companyId, path } = await control<Record<string, string>>("/employes/token");
  await control("/employes/settings", { rateLimit: null });
  const connector = createEmployes({
    apiUrl: `${server.url}${path}`,
    timeoutMs: 5_000,
    pageSize: 2,
    ...config,
  });
  const connection = {
    settings: connector.checkSettings({ companyId }),
    spent: [] as number[],
    refused: [] as string[],
    token: token ?? "",
    now: () => Date.now(),
    grant: async () => ({ accessToken: connection.token, expiresAt: null }),
    renewed: async (refused: string) => {
      connection.refused.push(refused);
      return connection.grant();
    },
    spend: async (units: number) => void connection.spent.push(units),
  };
  const act = <T = { id: string }>(name: string, body: object) =>
    control<T>(`/employes/${name}`, body);
  return {
    connector,
    connection,
    control,
    act,
    company: companyId ?? "",
    stream: "employees",
    nameField: "surname",
    neverWasHere: nobody,
    open: () => connector.open(connection),
    person: {
      add: async (surname) => (await act("hire", { first_name: "Sanne", surname })).id,
      rename: async (id, surname) => void (await act("upsert", { employee: { id, surname } })),
      remove: async (id) => void (await act("delete", { employee: id })),
    },
    close: () => server.close(),
  };
}
