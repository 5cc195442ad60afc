import { randomUUID } from "node:crypto";
import { z } from "zod";
import { createConnection } from "../../db/connections.ts";
import { storeGrant } from "../../db/grants.ts";
import { openKeyRing } from "../../db/secrets.ts";
import { callJson } from "../../start/http-json.ts";
import { spokeOf } from "./connected.ts";
import type { Parts } from "./stack.ts";

const company = z.object({ id: z.string() });
const token = z.object({ token: z.string() });

export type Staff = Awaited<ReturnType<typeof connectStaff>>;

/** A connection to people of a company of their own at the pretend Employes. */
export async function connectStaff(
  { db, google, sql, key, door, notion }: Parts,
  { companyId, employees }: { companyId: string; employees: number },
) {
  const control = (method: string, path: string, body: object) =>
    callJson(`${google.url}/sandbox/employes${path}`, { method, body });
  const { id: remoteCompany } = company.parse(
    await control("POST", "/companies", { name: "Crew", id: randomUUID() }),
  );
  await control("POST", "/seed", { employees, company: remoteCompany });
  const made = token.parse(await control("POST", "/tokens", { companies: [remoteCompany] }));
  const connectionId = randomUUID();
  await db.withCompany(companyId, async (tx) => {
    await createConnection(tx, {
      id: connectionId,
      companyId,
      calendarId: null,
      provider: "employes",
      settings: { companyId: remoteCompany },
      direction: "in",
    });
    const grant = { accessToken: made.token, expiresAt: null };
    await storeGrant(tx, openKeyRing([key]), connectionId, grant, 0);
  });
  const ref = { companyId, connectionId };
  return {
    ...spokeOf({ db, google, sql, key, door, notion }, ref),
    ...ref,
    remoteCompany,
    /** Ends its token, as a person does there. */
    revoke: () => control("POST", "/tokens/revoke", { token: made.token }),
  };
}
