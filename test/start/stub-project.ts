import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const server = (portName: string): string => `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(3);
  response.end(JSON.stringify({ id: 'id-1', state: 'idle', lastCompletePassAt: '2026-01-01T00:00:00Z',
    accessToken: 'a', refreshToken: 'r', expiresAt: 1, token: 't', companyId: 'c', address: 'http://127.0.0.1:1/secret', subscriptions: [],
    environment: { notion: process.env.NOTION_API_URL, google: process.env.GOOGLE_API_URL, public: process.env.PUBLIC_URL } }));
});
server.listen(Number(process.env.${portName}), '127.0.0.1', () => console.log(JSON.stringify({ listening: true })));
process.on('SIGTERM', () => process.exit(0));
`;

/** The start folder as it is, among parts that only say that they are ready. */
export class StubProject {
  readonly dir = mkdtempSync(join(tmpdir(), "syncline-stub-"));
  readonly #started: ChildProcess[] = [];

  constructor() {
    chmodSync(this.dir, 0o755);
    cpSync(join(root, "start"), join(this.dir, "start"), { recursive: true });
    for (const file of ["config.ts", "settings.ts", "log.ts", "package.json"])
      cpSync(join(root, file), join(this.dir, file));
    symlinkSync(join(root, "node_modules"), join(this.dir, "node_modules"));
    this.write("db/migrate.ts", "export async function migrate(_url: string): Promise<void> {}");
    this.write("sandbox/main.ts", server("SANDBOX_PORT"));
    this.write("api/main.ts", server("PORT"));
    this.write("worker/main.ts", server("WORKER_HEALTH_PORT"));
  }

  write(file: string, text: string): void {
    mkdirSync(join(this.dir, file, ".."), { recursive: true });
    writeFileSync(join(this.dir, file), text);
  }

  state(file: string): string {
    return readFileSync(join(this.dir, ".syncline", file), "utf8");
  }

  run(script: string, args: readonly string[] = [], env: Record<string, string> = {}): Run {
    const node = ["--import", "tsx", `start/${script}.ts`, ...args];
    return this.#spawn(process.execPath, node, env);
  }

  /** As a person runs it: npm starts a shell, which starts the script. */
  npm(...args: string[]): Run {
    return this.#spawn("npm", args, {});
  }

  #spawn(command: string, args: readonly string[], env: Record<string, string>): Run {
    const child = spawn(command, args, {
      cwd: this.dir,
      env: { ...withoutSettings(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#started.push(child);
    return new Run(child);
  }

  async remove(): Promise<void> {
    for (const child of this.#started.filter(
      (started) => started.exitCode === null && started.signalCode === null,
    )) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Run {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output = "";

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.exit = new Promise((resolve) => child.once("close", (code) => resolve(code)));
  }

  /** Waits until this text was written. */
  async says(text: string | RegExp, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(typeof text === "string" ? this.output.includes(text) : text.test(this.output))) {
      if (Date.now() > deadline || this.child.exitCode !== null)
        throw new Error(`never said ${String(text)}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  address(row: string): string {
    const line = this.output.split("\n").find((candidate) => candidate.startsWith(`  ${row} `));
    return (
      line
        ?.slice(row.length + 2)
        .trim()
        .split(/\s+/u)[0] ?? ""
    );
  }
}

/** What the tests themselves were started with must not decide what is found or started. */
function withoutSettings(): NodeJS.ProcessEnv {
  const settings =
    /^(DATABASE_|TEMPORAL_|GOOGLE_|NOTION_|PUBLIC_URL|WEBHOOK_|ENCRYPTION_|BOOTSTRAP_|SYNCLINE_STATE|SANDBOX_|PORT$)/u;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}
