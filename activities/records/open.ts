import { createHmac, hash, randomBytes } from "node:crypto";
import { Unauthenticated } from "../../connectors/errors.ts";
import type { RecordItem, RecordsConnector, RecordsRemote } from "../../connectors/records.ts";
import { claimHashKey } from "../../db/records.ts";
import { canonical } from "../../sync/record.ts";
import type { BrakeLimit } from "../../sync/plan.ts";
import type { ActivityDeps } from "../deps.ts";
import { type ConnectionRef, openProvider, type OpenOptions } from "../open-provider.ts";
import type { AttemptOn } from "../step.ts";

/** A connection with records, as activities work with it. Nothing of it may reach a history or a log. */
export interface OpenedRecords extends ConnectionRef {
  account: string;
  connector: RecordsConnector;
  remote: RecordsRemote;
  brake: BrakeLimit;
  identify(item: RecordItem): Identity;
  calls(): number;
}

/** What a reading is recognised by, and its content as the text that this was made of. */
export interface Identity {
  /** Keyed where there are sensitive values. */
  hash: string;
  text: string;
}

export type RecordsAttempt = AttemptOn<OpenedRecords>;

const hashLength = 32;

/** @throws Unauthenticated when the connection has no living grant, or no records */
export async function openRecords(
  deps: ActivityDeps,
  ref: ConnectionRef,
  options: OpenOptions = {},
): Promise<OpenedRecords> {
  const opened = await openProvider(deps, ref, { ...options, readsOnly: true });
  if (opened.kind !== "records") throw new Unauthenticated("the connection has no records");
  const { connector, remote, account, calls } = opened;
  const hasSecrets = Object.values(connector.shapes).some(({ sensitive }) => sensitive.length > 0);
  const key = hasSecrets
    ? await deps.db.withCompany(ref.companyId, (tx) =>
        claimHashKey(tx, deps.keys, ref, () => randomBytes(32)),
      )
    : null;
  return {
    ...ref,
    account,
    connector,
    remote,
    brake: { count: deps.config.BRAKE_COUNT, share: deps.config.BRAKE_SHARE },
    identify: (item) => identify(item, key),
    calls,
  };
}

function identify({ content, sensitive, parentId }: RecordItem, key: Buffer | null): Identity {
  const text = canonical(content);
  const whole = `${parentId ?? ""} ${text}`;
  const isSecret = sensitive !== undefined && Object.keys(sensitive).length > 0;
  const digest =
    isSecret && key
      ? createHmac("sha256", key)
          .update(`${whole} ${canonical(sensitive)}`)
          .digest("hex")
      : hash("sha256", whole, "hex");
  return { hash: digest.slice(0, hashLength), text };
}
