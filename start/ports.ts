import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { choosing, claim, giveUp, isClaimed } from "./port-claims.ts";

/** Ports this process has handed out and whose owner may not have bound them yet. */
const handedOut = new Set<number>();

/** Tries to listen on the loopback address; 0 asks the system for any free port. Answers the port, or undefined when it is taken. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}

export async function isPortFree(port: number): Promise<boolean> {
  return !handedOut.has(port) && (await tryListen(port)) !== undefined;
}

/**
 * A port nobody listens on: the preferred one, else the next free one above it,
 * so that addresses stay easy to guess. Without a preference, any free port.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && preferred !== 0) {
    const near = await choosing(() => nextFree(preferred));
    if (near !== undefined) return near;
  }
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = await tryListen(0);
    if (port !== undefined && !handedOut.has(port)) return handOut(port);
  }
  throw new Error("No free port was found on 127.0.0.1.");
}

async function nextFree(preferred: number): Promise<number | undefined> {
  for (let port = preferred; port < Math.min(preferred + 200, 65_536); port += 1) {
    if (isClaimed(port) || !(await isPortFree(port))) continue;
    claim(port);
    return handOut(port);
  }
  return undefined;
}

/** The port that a file remembers from the last start: addresses that others hold stay right. */
export function rememberedPort(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const port = Number(readFileSync(file, "utf8"));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

function handOut(port: number): number {
  handedOut.add(port);
  return port;
}

/** Lets a port be handed out again, once whoever used it has ended. */
export function releasePort(port: number): void {
  handedOut.delete(port);
  giveUp(port);
}
