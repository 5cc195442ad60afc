import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Something between a program and the server that it uses. It listens until it is cut. */
export interface Proxy {
  readonly port: number;
  /** Ends every connection and takes no new one, as when the server is gone. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Everything stops without a word, as when the server hangs. */
  freeze(): void;
  thaw(): void;
}

type Pair = readonly [near: Socket, far: Socket];

export async function proxyTo(host: string, port: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  const sockets = (): Socket[] => [...pairs].flat();
  let server: Server | null = null;
  let frozen = false;
  const join = ([near, far]: Pair) => void near.pipe(far).pipe(near);
  const take = (near: Socket) => {
    const pair: Pair = [near, connect(port, host)];
    pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    if (!frozen) join(pair);
  };
  const listen = async (at: number): Promise<number> => {
    server = createServer(take).listen(at, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const own = await listen(0);
  return {
    port: own,
    async cut() {
      const closing = server;
      server = null;
      if (!closing) return;
      closing.close();
      for (const socket of sockets()) socket.destroy();
      await once(closing, "close");
    },
    mend: async () => void (await listen(own)),
    freeze() {
      frozen = true;
      for (const socket of sockets()) socket.unpipe().pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs) join(pair);
    },
  };
}
