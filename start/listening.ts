import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Wanted {
  /** `host:port`. */
  readonly address: string;
  /** Where the address comes from. */
  readonly setting: string;
  readonly say: (message: string) => void;
  readonly withinMs?: number;
}

/** Waits a while for a server that may be starting, too. @throws naming address and setting */
export async function untilListening(wanted: Wanted): Promise<void> {
  const { address, setting, say, withinMs = 10_000 } = wanted;
  const deadline = Date.now() + withinMs;
  for (let tries = 0; ; tries += 1) {
    const problem = await tryConnect(address);
    if (problem === undefined) return;
    if (Date.now() > deadline)
      throw new Error(`nothing answers at ${address}, where ${setting} says (${problem})`);
    if (tries === 0) say(`nothing answers at ${address} yet; it is tried for a while`);
    await sleep(250);
  }
}

function tryConnect(address: string): Promise<string | undefined> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 2_000 });
    const end = (problem?: string): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end("no answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
