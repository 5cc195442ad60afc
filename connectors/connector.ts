import type { EventField, EventTime } from "../sync/event.ts";

/**
 * The contract between Syncline and a provider. What a provider cannot do is simply absent.
 * A connector knows neither database nor Temporal: credentials, metering and time are handed to it.
 * Every method may throw the errors of `errors.ts` and nothing else. No method retries by itself.
 */
export interface Connector<Item> extends ConnectorBase {
  readonly kind: "calendar";
  /** The fields of an item that this provider can hold at all; the others never reach it. */
  readonly fields: readonly EventField[];
  /** How often a connection is looked at for news, unless it says otherwise itself; the installation's own interval where absent. */
  readonly pollIntervalMs?: number;
  /** False where something else looks after its connections as often: no standing poll does. */
  readonly polled?: false;
  /** False where this company itself decides what is there: what it takes away needs nobody's consent. */
  readonly braked?: false;
  open(connection: OpenConnection): Remote<Item>;
  readonly webhook?: Webhook;
}

/** What all connectors have, whatever they connect (`records.ts` has the other kind). */
export interface ConnectorBase {
  /** Stable name, used in the database and in addresses: `google-calendar`. */
  readonly provider: string;
  /** What `pull` can be asked for, in the order in which a session pulls them. */
  readonly streams: readonly string[];
  /** What one account may spend, in the provider's own quota units. */
  readonly quota: Quota;
  /** Checks settings that a person gave. @throws Rejected naming the value, what was expected, what to do. */
  checkSettings(settings: unknown): Settings;
  readonly consent?: Consent;
  readonly entry?: Entry;
}

/** A connection's own choices at the provider, such as the remote calendar. Plain JSON. */
export type Settings = Readonly<Record<string, string>>;

export interface Quota {
  unitsPerSecond: number;
  burst: number;
}

/** What a pull needs to go on where it stopped. Opaque outside the connector's folder; plain JSON. */
export type Cursor = Readonly<Record<string, string>>;

/** An access token and what renews it. Never logged, never in a Temporal history. */
export interface Grant {
  accessToken: string;
  refreshToken?: string;
  /** Milliseconds since the epoch; null where only a refusal tells that it has ended. */
  expiresAt: number | null;
  /** The account that consented, where the provider names it with the grant. Opaque. */
  account?: string;
  scopes?: readonly string[];
  /** What a person has entered (see `Entry`), where it is needed again for the next grant. */
  entered?: Readonly<Record<string, string>>;
}

export interface OpenConnection {
  readonly settings: Settings;
  /** The current grant, renewed beforehand when it is about to end. @throws Unauthenticated */
  grant(): Promise<Grant>;
  /** Called after a 401 with the token that was refused: answers a newer grant, renewed in one flight. @throws Unauthenticated */
  renewed(refused: string): Promise<Grant>;
  /** Called before each request with its cost in the provider's own quota units. @throws RateLimited */
  spend(units: number): Promise<void>;
  /** Milliseconds since the epoch, by the injected clock. */
  now(): number;
}

export interface Remote<Item> {
  /**
   * Streams what has changed since `cursor` (everything, without one), page by page. Each page bears
   * the cursor that covers it: the caller stores both in one transaction. Pulling again from a cursor
   * may repeat items and never omits one. The last page has `last: true`; a stream that ends without
   * one was not read completely.
   * @throws CursorExpired when the provider no longer knows the cursor
   */
  pull(stream: string, cursor: Cursor | null, signal: AbortSignal): AsyncIterable<Page<Item>>;
  readonly write?: Write<Item>;
  readonly watch?: Watch;
  /** The fields that this connection holds, where its settings leave out some of the connector's. */
  readonly fields?: readonly EventField[];
  /**
   * Checks at the provider what the settings name, makes there what they allow to be made, and answers
   * them as they are to be stored: with ids that survive renames. `zone` is among the settings that are
   * prepared: that of our calendar, unless they name another. Repeating it changes nothing.
   * @throws Rejected naming everything that is missing or of the wrong type, and what to do
   */
  prepare?(signal: AbortSignal): Promise<Settings>;
  /** The collections that this grant can reach, for a person to choose from. */
  collections?(signal: AbortSignal): Promise<Collection[]>;
}

export interface Page<Item> {
  /** A snapshot speaks for everything there is; a delta for what has changed since its cursor. */
  extent: "delta" | "snapshot";
  /**
   * What it means that a complete snapshot does not hold a linked item: that it was deleted, unless the
   * provider also hides what was moved or is no longer shared. Then it means nothing (`unknown`), and
   * deletions are named one by one.
   */
  absence?: "deleted" | "unknown";
  /**
   * The time for which a snapshot speaks, in ms since the epoch; all of it where absent. What it does not
   * hold counts as absent only where it starts in this time (a date starts in UTC), `from` included.
   */
  window?: { from: number; to: number };
  /** Names the listing that this page belongs to; equal on all its pages, also after a resume. */
  snapshotId?: string;
  changes: RemoteChange<Item>[];
  cursor: Cursor;
  last: boolean;
  /** How many items there are by the provider's own count: a listing that has shown fewer was not complete. */
  total?: number;
  /** The provider's clock minus ours, in milliseconds, by its `Date` header. */
  clockOffset?: number;
}

export type RemoteChange<Item> = RemoteLiving<Item> | RemoteDeleted | RemoteSetAside;

interface RemoteBase {
  remoteId: string;
  /** Compared for equality only. */
  version: string | null;
  /** When the provider says the item was last changed: milliseconds since the epoch, its clock. */
  updatedAt: number | null;
}

export interface RemoteLiving<Item> extends RemoteBase {
  state: "living";
  /** In an event item, `master` is the master's remote id. */
  item: Item;
  /** The creation key that the item bears, only where it is not a copy of the one we made. */
  key?: string;
  /** The mark of our last write that the item bears, however often others have edited it since. */
  mark?: string;
}

export interface RemoteDeleted extends RemoteBase {
  state: "deleted";
}

/** An item that cannot be understood or held. Visible, and in the way of nothing else. */
export interface RemoteSetAside extends RemoteBase {
  state: "set-aside";
  reason: string;
}

/** What a write answers: the item exactly as the provider now holds it. */
export type Written<Item> = RemoteLiving<Item>;

export interface Write<Item> {
  /** What the provider would hold if it were given this item. Pure; applying it twice changes nothing. */
  normalise(item: Item): Item;
  /**
   * Why the provider cannot hold this item at all, in words for a person; null where it can. Pure. Such
   * an item is kept out, visibly, rather than flattened.
   */
  cannotHold?(item: Item): string | null;
  /** The smallest difference in time that the provider can express, in milliseconds. */
  readonly timeResolutionMs: number;
  /**
   * Creates an item. Repeated with the same key it creates nothing new and answers what is there.
   * An occurrence of a series is never created: it is asked for with `occurrence` and updated.
   * @throws KeyTaken when the key belongs to something dead or not ours
   */
  create(item: Item, key: string, mark: string, signal: AbortSignal): Promise<Written<Item>>;
  /**
   * Sends the named fields of `item` and leaves everything else as it is.
   * @throws PreconditionFailed when the remote is no longer at `version`; Gone when it is not there
   */
  update(
    remoteId: string,
    item: Item,
    fields: readonly EventField[],
    version: string | null,
    mark: string,
    signal: AbortSignal,
  ): Promise<Written<Item>>;
  /**
   * Deletes; what is gone already counts as deleted. A series goes with its exceptions, and a pull
   * afterwards need not mention them. @throws PreconditionFailed
   */
  delete(remoteId: string, version: string | null, signal: AbortSignal): Promise<void>;
  /**
   * Brings a deleted item back under its own id, as it was. @throws Gone where nothing is left of it
   */
  restore?(remoteId: string, mark: string, signal: AbortSignal): Promise<Written<Item>>;
  /** Reads one item as it is now; a deleted one answers `deleted`, and so does what went with its series. */
  read(remoteId: string, signal: AbortSignal): Promise<RemoteChange<Item>>;
  /**
   * One occurrence of a series as it is now, changed, cancelled or neither, found by the moment of its
   * original start; null where the series has none there. @throws Gone when the series is not there
   */
  occurrence?(
    masterRemoteId: string,
    originalStart: EventTime,
    signal: AbortSignal,
  ): Promise<RemoteChange<Item> | null>;
}

export interface Collection {
  id: string;
  name: string;
  zone: string | null;
  writable: boolean;
  primary: boolean;
}

/** A push channel as the provider knows it. `secret` is echoed in each message. */
export interface ChannelRequest {
  id: string;
  address: string;
  secret: string;
  /** Wished life in seconds; the provider may give less. */
  ttlSeconds: number;
}

export interface OpenedChannel {
  resourceId: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface Watch {
  /** Opens a channel. The first message may arrive before this answers. @throws WatchUnsupported */
  open(request: ChannelRequest, signal: AbortSignal): Promise<OpenedChannel>;
  /** Stops a channel; one that is gone already counts as stopped. */
  close(channel: { id: string; resourceId: string }, signal: AbortSignal): Promise<void>;
}

/** What a provider's notification says, before it is believed. */
export interface ChannelMessage {
  channelId: string;
  resourceId: string;
  secret: string;
  /** True for the message that only confirms that the channel is open. */
  handshake: boolean;
  messageNumber: number | null;
}

export interface Webhook {
  /** Reads a notification's headers. Answers null when a header is missing, doubled or misshapen. */
  read(headers: Readonly<Record<string, string | string[] | undefined>>): ChannelMessage | null;
}

/** OAuth 2.0, with PKCE (RFC 7636) where the provider knows it. All addresses come from the operator's configuration. */
export interface Consent {
  authorizeUrl(request: { state: string; codeChallenge: string; loginHint?: string }): string;
  /** @throws Rejected when the code is refused or a needed scope was not granted */
  exchange(code: string, codeVerifier: string, signal: AbortSignal): Promise<Grant>;
  /** The answer lacks `refreshToken` where the provider does not rotate it. @throws Unauthenticated */
  refresh(refreshToken: string, signal: AbortSignal): Promise<Grant>;
  /** Ends the grant at the provider; one that it does not know any more counts as ended. */
  revoke(grant: Grant, signal: AbortSignal): Promise<void>;
}

/** Credentials that a person enters, where the provider knows no consent. */
export interface Entry {
  /** What is to be entered, by name, in words for a person. */
  readonly fields: Readonly<Record<string, { label: string }>>;
  /**
   * Trades what was entered for a grant, for the first time and whenever the last one has ended. With
   * `entered` in its answer it can be asked again; without, only a person can.
   * @throws Rejected naming the value that cannot be right, Unauthenticated when the provider refuses it
   */
  grant(entered: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Grant>;
}
