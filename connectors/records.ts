import type { Content } from "../sync/record.ts";
import type {
  ConnectorBase,
  Collection,
  Cursor,
  OpenConnection,
  Page,
  RemoteChange,
  Settings,
  Watch,
} from "./connector.ts";

export type { Content, Json } from "../sync/record.ts";

/**
 * The contract for business data: records that are only read, and of which every version is kept. What
 * `connector.ts` says of errors, retries and credentials holds here too.
 */
export interface RecordsConnector extends ConnectorBase {
  readonly kind: "records";
  /** Every stream there is, by name; `streams` are those that `pull` lists, in order. */
  readonly shapes: Readonly<Record<string, RecordStream>>;
  /** How old what is read item by item may grow before it is read again unasked; absent: for ever. */
  readonly detailsMaxAgeMs?: number;
  /** How often a connection syncs unless a person says otherwise, in hours. */
  readonly usualEveryHours: number;
  open(connection: OpenConnection): RecordsRemote;
  readonly signals?: Signals;
  readonly timeline?: Timeline;
}

export interface RecordStream {
  /**
   * The stream that each item of this one belongs to an item of (`parentId`). Such items can be read
   * parent by parent, with `details`.
   */
  of?: string;
  /**
   * How many complete listings in a row must lack an item, and the provider deny it when asked for the
   * item itself, before it counts as deleted.
   */
  absences: number;
  /** Fields that only owners and admins may read. They come in `sensitive`, never in `content`. */
  sensitive: readonly string[];
}

/** An item as it is kept. Whatever differs from one reading to the next by itself must not be in it. */
export interface RecordItem {
  content: Content;
  sensitive?: Content;
  parentId?: string;
  /**
   * Moves when what `details` reads for this item may have changed. Absent where this reading says
   * nothing of it.
   */
  hint?: string;
}

export type RecordChange = RemoteChange<RecordItem>;
export type RecordPage = Page<RecordItem>;

/**
 * A delta names deletions one by one. An item that a page names as deleted and another page of the same
 * pull shows alive is alive: ids are used again.
 */
export interface RecordsRemote {
  /** As `Remote.pull`: `stream` is one of the connector's `streams`. */
  pull(stream: string, cursor: Cursor | null, signal: AbortSignal): AsyncIterable<RecordPage>;
  /** Asks for one item of a listed stream as it is now; one that the provider denies answers `deleted`. */
  read(stream: string, remoteId: string, signal: AbortSignal): Promise<RecordChange>;
  /** Reads what belongs to one item of `stream`, whole. @throws Gone when the item is not there */
  details?(stream: string, remoteId: string, signal: AbortSignal): Promise<Details>;
  readonly watch?: RecordsWatch;
  /** Checks at the provider what the settings name, and answers them as they are to be stored. @throws Rejected */
  prepare?(signal: AbortSignal): Promise<Settings>;
  /** What this grant can reach, for a person to choose from. */
  collections?(signal: AbortSignal): Promise<Collection[]>;
}

/** By stream, everything there is of one parent: what is missing from a stream is not there. */
export type Details = Readonly<Record<string, readonly RecordChange[]>>;

export interface RecordsWatch extends Watch {
  /** Whether the provider still sends to this channel. */
  isAlive(channel: { id: string; resourceId: string }, signal: AbortSignal): Promise<boolean>;
}

/** Messages that a provider signs with a secret of ours and sends to an address of one connection. */
export interface Signals {
  /** Whether the message bears a signature made with the secret; false too for what is misshapen. */
  isSigned(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
    secret: string,
  ): boolean;
  /** What a believed message is about. Never throws: what cannot be read names nothing. */
  read(body: Buffer): Heard;
}

export interface Heard {
  /** The provider's own id of this message: the same again when it is repeated. */
  id: string | null;
  /** The streams that have news. */
  streams: readonly string[];
  /** Items whose details have changed without any listing telling. */
  items: readonly { stream: string; remoteId: string }[];
}

/** What has become of one item and all that belongs to it, over time. Pure. */
export interface Timeline {
  /** The stream whose items have a timeline. */
  readonly of: string;
  tell(history: readonly RecordHistory[]): TimelineEntry[];
}

/** One record with all its versions, oldest first. */
export interface RecordHistory {
  stream: string;
  remoteId: string;
  versions: readonly {
    version: number;
    /** Null where the version is the deletion. */
    content: Content | null;
    sensitive: Content;
    /** When we first saw it: milliseconds since the epoch. */
    firstSeenAt: number;
  }[];
}

export interface TimelineEntry {
  /** The date from which it holds, `YYYY-MM-DD`. */
  on: string;
  kind: string;
  detail: Content;
  sensitive: Content;
  /** When we first saw it: milliseconds since the epoch. */
  learnedAt: number;
  /** It corrects what we had already known to be otherwise on a day that was past. */
  retroactive: boolean;
}
