import type { Clock } from "../clock.ts";
import { Arrivals } from "./arrivals.ts";
import { MailServer } from "./mail-server.ts";
import { SlackCommands } from "./slack-commands.ts";
import { Troubles } from "./troubles.ts";

/** Where alerts go in the sandbox: chat, mail and webhooks that show what arrived. */
export class Sinks {
  readonly clock: Clock;
  readonly arrivals: Arrivals;
  readonly troubles: Troubles;
  readonly commands: SlackCommands;
  readonly mail: MailServer;
  /** Secrets of the generic webhooks, by their names. */
  readonly webhookSecrets = new Map<string, string>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.arrivals = new Arrivals(clock);
    this.troubles = new Troubles(clock);
    this.commands = new SlackCommands(clock);
    this.mail = new MailServer(this.arrivals, this.troubles);
  }

  reset(): void {
    this.arrivals.clear();
    this.troubles.clear();
    this.commands.clear();
    this.webhookSecrets.clear();
  }
}
