import { type Command, Option } from "commander";
import { list, number, type Run } from "./arguments.ts";
import { keys, makeKey, revokeKey } from "./commands/keys.ts";
import { clean, queue, retry } from "./commands/queue.ts";
import { addSchedule, schedules, switchSchedule } from "./commands/schedules.ts";

/** The commands that have commands of their own; by itself each one lists. */
export function addGroups(program: Command, run: Run): void {
  addQueue(program.command("queue").description("what is on its way to the providers"), run);
  addSchedules(
    program.command("schedules").description("when connections sync by themselves"),
    run,
  );
  addKeys(program.command("keys").description("API keys of the company"), run);
}

function addQueue(group: Command, run: Run): void {
  group
    .command("show", { isDefault: true })
    .description("counts, and how old the oldest is")
    .action(run((context) => queue(context)));
  group
    .command("retry")
    .description("try everything that is pending or has failed, now")
    .action(run((context) => retry(context)));
  group
    .command("clean")
    .description("forget what is finished")
    .option("--older-than <days>", "only what is older", number)
    .action(run(clean));
}

function addSchedules(group: Command, run: Run): void {
  group
    .command("list [name]", { isDefault: true })
    .description("those there are")
    .action(run((context, name?: string) => schedules(context, name)));
  group
    .command("add <name>")
    .description("make one for a connection")
    .option("--every <time>", "such as 30m or 4h")
    .option("--daily <times>", "such as 08:00,12:30", list)
    .option("--cron <cron>", "five fields")
    .option("--zone <zone>", "IANA zone (UTC)")
    .option("--streams <a,b>", "read these alone", list)
    .action(run(addSchedule));
  group
    .command("pause <id>")
    .description("pause one, until it is resumed")
    .requiredOption("--reason <reason>", "why")
    .action(
      run((context, id: string, { reason }: { reason: string }) =>
        switchSchedule(context, id, { enabled: false, reason }),
      ),
    );
  group
    .command("resume <id>")
    .description("let it run again")
    .action(run((context, id: string) => switchSchedule(context, id, { enabled: true })));
}

function addKeys(group: Command, run: Run): void {
  group
    .command("list", { isDefault: true })
    .description("those there are")
    .action(run((context) => keys(context)));
  group
    .command("make <name>")
    .description("make one; it is shown once")
    .addOption(new Option("--role <role>").choices(["member", "admin", "owner"]).default("member"))
    .action(run(makeKey));
  group
    .command("revoke <id>")
    .description("end one, at once")
    .action(run((context, id: string) => revokeKey(context, id)));
}
