export interface ClusterPorts {
  readonly frontend: number;
  readonly frontendHttp: number;
  /** Seven: the inner services' own ports, then the ports the four find each other by. */
  readonly members: readonly number[];
}

export interface ClusterConfig {
  readonly postgresUrl: string;
  readonly ports: ClusterPorts;
  readonly dynamicFile: string;
}

/** Search attributes are registered at start and used at once: without this the server answers from a cache of a minute. */
export const dynamicConfig = `system.forceSearchAttributesCacheRefreshOnRead:
  - value: true
`;

function store(postgresUrl: string, databaseName: string, maxConns: number): unknown {
  const url = new URL(postgresUrl);
  return {
    sql: {
      pluginName: "postgres12_pgx",
      databaseName,
      connectAddr: `${url.hostname}:${url.port === "" ? "5432" : url.port}`,
      connectProtocol: "tcp",
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: "1h",
    },
  };
}

function service(grpcPort: number, membershipPort: number): { rpc: Record<string, unknown> } {
  return { rpc: { grpcPort, membershipPort, bindOnIP: "127.0.0.1" } };
}

/** The server's configuration. JSON is YAML too, so nothing has to be quoted by hand. */
export function clusterConfig({ postgresUrl, ports, dynamicFile }: ClusterConfig): string {
  const [history = 0, matching = 0, worker = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0] = ports.members;
  const frontend = service(ports.frontend, m1);
  return JSON.stringify(
    {
      log: { stdout: true, level: "warn" },
      persistence: {
        defaultStore: "default",
        visibilityStore: "visibility",
        numHistoryShards: 4,
        datastores: {
          default: store(postgresUrl, "temporal", 20),
          visibility: store(postgresUrl, "temporal_visibility", 10),
        },
      },
      global: { membership: { maxJoinDuration: "30s", broadcastAddress: "127.0.0.1" } },
      services: {
        frontend: { rpc: { ...frontend.rpc, httpPort: ports.frontendHttp } },
        history: service(history, m2),
        matching: service(matching, m3),
        worker: service(worker, m4),
      },
      clusterMetadata: {
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: "active",
        currentClusterName: "active",
        clusterInformation: {
          active: {
            enabled: true,
            initialFailoverVersion: 1,
            rpcName: "frontend",
            rpcAddress: `127.0.0.1:${ports.frontend}`,
          },
        },
      },
      dcRedirectionPolicy: { policy: "noop" },
      dynamicConfigClient: { filepath: dynamicFile, pollInterval: "60s" },
    },
    null,
    2,
  );
}
