import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ProductTask } from "./products.ts";

/** What a rival is asked to bring into the database. */
export interface Task {
  databaseUrl: string;
  apiUrl: string;
  remoteCalendarId: string;
  accessToken: string;
  /** Continues from here; without it everything is read. */
  syncToken?: string;
  /** Where the rows belong, for a rival that fills our own tables. */
  companyId: string;
  calendarId: string;
  connectionId: string;
}

export interface Outcome {
  ms: number;
  /** From where to go on: a sync token, or the time of the provider's first answer. */
  syncToken: string;
}

/** What each rival is given. */
export interface Tasks {
  script: Task;
  ceiling: Task;
  productScript: ProductTask;
  productCeiling: ProductTask;
  productReading: ProductTask;
}

export type RivalName = keyof Tasks;
export type Rivals = { [Name in RivalName]: (task: Tasks[Name]) => Promise<string> };

/** One call, as it is sent to the process of the rivals. */
export type Call = { [Name in RivalName]: { rival: Name; task: Tasks[Name] } }[RivalName];

export type Reply = { outcome: Outcome } | { problem: string };

export interface RivalProcess {
  readonly pid: number;
  run<Name extends RivalName>(rival: Name, task: Tasks[Name]): Promise<Outcome>;
  stop(): void;
}

/** A process of the rivals' own, kept through all rounds: warm, as our worker is. */
export function startRivals(): RivalProcess {
  const child = fork(fileURLToPath(new URL("host.ts", import.meta.url)), [], {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  return {
    pid: child.pid ?? -1,
    run: (rival, task) =>
      new Promise((resolve, reject) => {
        child.once("message", (reply: Reply) => {
          if ("outcome" in reply) resolve(reply.outcome);
          else reject(new Error(`${rival}: ${reply.problem}`));
        });
        child.send({ rival, task });
      }),
    stop: () => void child.kill(),
  };
}
