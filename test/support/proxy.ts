import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Something between a program and the server that it uses, which can be cut and mended. */
export interface Proxy {
  readonly port: number;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Takes a port and passes on what arrives there; nobody listens until it is mended. */
export async function proxyTo(host: string, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  const listen = async (at: number): Promise<number> => {
    server = createServer((near) => {
      const far = connect(port, host);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("error", () => to.destroy()).on("close", () => sockets.delete(from));
        from.pipe(to);
      }
    }).listen(at, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const cut = async (): Promise<void> => {
    const closing = server;
    server = null;
    if (!closing) return;
    closing.close();
    for (const socket of sockets) socket.destroy();
    await once(closing, "close");
  };
  const own = await listen(0);
  await cut();
  return { port: own, cut, mend: async () => void (await listen(own)) };
}
