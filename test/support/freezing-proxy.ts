import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server on which everything can stop without a word, as it does when that server hangs. */
export interface FreezingProxy {
  port: number;
  freeze(): void;
  thaw(): void;
  close(): void;
}

export async function startFreezingProxy(to: {
  host: string;
  port: number;
}): Promise<FreezingProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const join = ([near, far]: readonly [Socket, Socket]) => void near.pipe(far).pipe(near);
  const server = createServer((near) => {
    const pair = [near, connect(to)] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    if (!frozen) join(pair);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs) join(pair);
    },
    close() {
      for (const socket of [...pairs].flat()) socket.destroy();
      server.close();
    },
  };
}
