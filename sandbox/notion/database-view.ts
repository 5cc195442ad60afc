import type { Database, DataSource, Page } from "./objects.ts";
import type { Notion } from "./notion.ts";

/** What the page of a table shows. */
export interface DatabaseView {
  readonly notion: Notion;
  readonly dataSource: DataSource;
  readonly edited: Page | undefined;
  readonly problem: string | undefined;
}

/** The tables there are, with the database each belongs to. */
export function tablesOf(notion: Notion): { database: Database; dataSource: DataSource }[] {
  return [...notion.databases.values()]
    .filter(({ inTrash }) => !inTrash)
    .flatMap((database) =>
      database.dataSources.flatMap((id) => {
        const dataSource = notion.dataSources.get(id);
        return dataSource === undefined || dataSource.inTrash ? [] : [{ database, dataSource }];
      }),
    );
}

export function tableAddress({ id }: DataSource): string {
  return `/notion/${id}`;
}
