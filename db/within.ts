import { type Database, setAll, settingsOf, type Tx } from "./client.ts";

const unset = { "app.origin": "", "app.source": "", "app.quiet": "", "app.purge": "" };

/**
 * A database whose transactions are all the caller's one, of that company: what is written for many
 * transactions happens in one, or not at all. Nothing is repeated after a lost race but by the caller.
 * @throws where another company is asked for, or none
 */
export function within(tx: Tx, companyId: string): Database {
  const refuse = () => Promise.reject(new Error("a transaction under way is of one company"));
  return {
    withCompany: async (asked, work, options = {}) => {
      if (asked !== companyId) return refuse();
      await tx.execute(setAll({ ...unset, ...settingsOf(options) }));
      return work(tx);
    },
    acrossCompanies: refuse,
    ping: refuse,
    close: refuse,
  };
}

class TakenBack extends Error {}

/** Answers what `work` answers, and takes back everything that it has done in the transaction. */
export async function takenBack<T>(tx: Tx, work: (nested: Tx) => Promise<T>): Promise<T> {
  let answered: { answer: T } | null = null;
  try {
    await tx.transaction(async (nested) => {
      answered = { answer: await work(nested) };
      throw new TakenBack();
    });
  } catch (error) {
    if (error instanceof TakenBack && answered !== null) return (answered as { answer: T }).answer;
    throw error;
  }
  throw new Error("a transaction was kept that was to be taken back");
}
