/**
 * Why a message was not sent, named for what to do about it. Messages of these hold statuses and known
 * reasons: never an address, a secret or what the other side wrote.
 */
abstract class NotSent extends Error {
  /** The other side may have taken the message although it did not say so. */
  readonly maybeTaken: boolean;
  constructor(message: string, maybeTaken = false) {
    super(message);
    this.name = new.target.name;
    this.maybeTaken = maybeTaken;
  }
}

/** The target wants to be left alone for so long. */
export class Wait extends NotSent {
  readonly afterMs: number;
  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** Trying again may help. */
export class Retry extends NotSent {
  /** Tries after which it is given up, where that is soon. */
  readonly mostTries: number | null;
  constructor(message: string, options: { maybeTaken?: boolean; mostTries?: number } = {}) {
    super(message, options.maybeTaken ?? false);
    this.mostTries = options.mostTries ?? null;
  }
}

/** This message will never be taken. */
export class Permanent extends NotSent {}

/** Nothing will ever be taken at this target any more: it has to be switched off. */
export class TargetDead extends NotSent {}

export function isNotSent(error: unknown): error is Wait | Retry | Permanent | TargetDead {
  return error instanceof NotSent;
}
