import { Command, InvalidArgumentError, Option } from "commander";
import { changes } from "./commands/changes.ts";
import { conflicts, resolve } from "./commands/conflicts.ts";
import { apply, preview, undo } from "./commands/plans.ts";
import { proof } from "./commands/proof.ts";
import { records } from "./commands/records.ts";
import { sessions } from "./commands/sessions.ts";
import { status } from "./commands/status.ts";
import { sync } from "./commands/sync.ts";
import { why } from "./commands/why.ts";
import type { Context } from "./context.ts";
import { exitWords } from "./exits.ts";
import { addGroups } from "./groups.ts";
import { number, list, type Run } from "./arguments.ts";

const names = `NAME is the name of a calendar or a shop, a provider, an id or how it begins.`;

/** Every command there is. `run` is told what was asked for; a usage that is wrong throws commander's error. */
export function createProgram(run: Run, start: (options: string[]) => void): Command {
  const program = new Command("syncline")
    .description("Syncline from the command line: syncs, previews, conflicts, records.")
    .option("--json", "print what the API answers, for programs")
    .option("--api <address>", "the API (SYNCLINE_API_URL; else that of the running npm start)")
    .option("--key <key>", "its key (SYNCLINE_API_KEY; else that of the running npm start)")
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", `\n${names}\n\n${exitWords}\n\nExamples: docs/cli.md`);
  program
    .command("start")
    .description("start everything, as npm start does (its options: start --help)")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_options: unknown, command: Command) => start(command.args));
  addSyncing(program, run);
  addReading(program, run);
  addGroups(program, run);
  return program;
}

function addSyncing(program: Command, run: Run): void {
  program
    .command("status [name]")
    .description("how the connections stand")
    .action(run((context, name?: string) => status(context, name)));
  program
    .command("sync <name>")
    .description("sync a connection now")
    .option("--streams <a,b>", "read these alone", list)
    .option("--full", "read everything at the provider anew")
    .option("--follow", "tell what happens, and end as the session ends")
    .action(run(sync));
  program
    .command("preview <name>")
    .description("show what a sync would do, and do nothing")
    .action(run((context, name: string) => preview(context, name)));
  program
    .command("apply <plan>")
    .description("carry out exactly what a plan shows")
    .action(run((context, plan: string) => apply(context, plan)));
  program
    .command("undo <session>")
    .description("show what taking a session back would do")
    .option("--yes", "and do it")
    .action(run(undo));
}

function addReading(program: Command, run: Run): void {
  program
    .command("why <event>")
    .description("why an event is as it is, and why it is not in step")
    .action(run((context, event: string) => why(context, event)));
  program
    .command("proof <name>")
    .description("prove by a fresh look at the provider that a connection is in step")
    .action(run((context, name: string) => proof(context, name)));
  program
    .command("sessions")
    .description("sync sessions, newest first")
    .option("--connection <name>", "of one connection")
    .addOption(new Option("--status <status>").choices(["queued", "running", "completed", "error"]))
    .option("--trigger <trigger>", "manual, schedule, webhook, api, slack, page or follow-up")
    .option("--limit <n>", "how many at most", number, 20)
    .action(run(sessions));
  program
    .command("records <connection> <stream>")
    .description("business data of one stream")
    .option("--as-of <moment>", "as it was known then")
    .option("--state <state>", "live, deleted, set-aside or any")
    .option("--csv", "everything, as a file")
    .option("--limit <n>", "how many at most", number, 50)
    .action(
      run((context, name: string, stream: string, options: object) =>
        records(context, [name, stream], options),
      ),
    );
  program
    .command("changes")
    .description("what changed, and by which rule")
    .option("--connection <name>", "of one connection")
    .option("--since <moment>", "from then on")
    .option("--follow", "go on: a line a change, oldest first")
    .option("--interval <seconds>", "how often --follow asks", number, 2)
    .option("--limit <n>", "how many at most", number, 50)
    .action(run(changes));
  program
    .command("conflicts")
    .description("what both sides have changed")
    .addCommand(listConflicts(run), { isDefault: true })
    .addCommand(resolveConflict(run));
}

const listConflicts = (run: Run) =>
  new Command("list")
    .description("those that are open")
    .option("--connection <name>", "of one connection")
    .option("--all", "settled ones as well")
    .option("--limit <n>", "how many at most", number, 50)
    .action(run(conflicts));

const resolveConflict = (run: Run) =>
  new Command("resolve")
    .description("choose a side, a value made of both, or both")
    .argument("<id>", "of the conflict")
    .argument("<keep>", "ours, theirs, both or merge", oneSide)
    .option("--value <value>", "of merge: text, or JSON")
    .option("--always", "a standing answer for this field on this connection")
    .option("--force", "although the field has been edited since")
    .action(
      run((context: Context, id: string, keep: string, options: object) =>
        resolve(context, [id, keep], options),
      ),
    );

function oneSide(text: string): string {
  if (["ours", "theirs", "both", "merge", "local", "remote"].includes(text)) return text;
  throw new InvalidArgumentError("It is none of ours, theirs, both, merge.");
}
