import { createServer, type Server } from "node:http";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

export interface Metrics {
  /** One answered request; `path` is the route's pattern, never an address with ids. */
  observe(request: { method: string; path: string; status: number; seconds: number }): void;
  /** Serves `/metrics` on a port of its own. */
  listen(port: number, host: string): Server;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: "syncline_api_request_seconds",
    help: "How long requests took, until the answer was handed over",
    labelNames: ["method", "path", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observe: ({ method, path, status, seconds: took }) =>
      seconds.observe({ method, path, status: String(status) }, took),
    listen: (port, host) =>
      createServer((request, response) => {
        if (request.url !== "/metrics") return void response.writeHead(404).end();
        void registry
          .metrics()
          .then((text) =>
            response.writeHead(200, { "content-type": registry.contentType }).end(text),
          );
      }).listen(port, host),
  };
}
