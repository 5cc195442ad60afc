import { randomBytes } from "node:crypto";
import { type Accepted, AddressRefused } from "../notifiers/address.ts";
import type { Kind } from "../notifiers/message.ts";
import type { Deps } from "./deps.ts";
import { Problem } from "./problems.ts";

/** @throws Problem where nothing may be sent to the address, or nothing of this kind can be sent at all */
export function accepted(deps: Pick<Deps, "notifiers">, kind: Kind, address: string): Accepted {
  if (kind === "email" && !deps.notifiers.canMail)
    throw new Problem("mail_not_configured", "No mail server is configured.");
  try {
    return deps.notifiers.accept(kind, address);
  } catch (error) {
    if (!(error instanceof AddressRefused)) throw error;
    const message = `The address ${error.message}.`;
    throw new Problem("address_refused", message, {
      errors: [{ in: "body", pointer: "/address", message: error.message }],
    });
  }
}

/** As Standard Webhooks writes a secret: 256 random bits. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
