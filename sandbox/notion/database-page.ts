import { type DatabaseView, tableAddress, tablesOf } from "./database-view.ts";
import type { Notion } from "./notion.ts";
import type { Page } from "./objects.ts";
import { editedColumns, fieldsOf } from "./page-fields.ts";
import { pageForm } from "./page-form.ts";
import type { Property } from "./property.ts";
import { titleText } from "./schema-writes.ts";
import { titleOf } from "./views.ts";
import { type Html, html, page } from "../html.ts";

const MOST_ROWS = 200;

export function databasesPage(notion: Notion): string {
  const tables = tablesOf(notion);
  const list = html`<ul>
    ${tables.map(({ database, dataSource }) => {
      const title = titleText(database);
      const label = title === dataSource.name ? title : `${title}: ${dataSource.name}`;
      return html`<li><a href="${tableAddress(dataSource)}">${label}</a></li>`;
    })}
  </ul>`;
  const none = html`<p>
    There are no databases yet. Create one with <code>POST /sandbox/notion/databases</code>.
  </p>`;
  return page(
    "Databases (pretend Notion)",
    html`<main class="narrow card">
      <p class="eyebrow">Pretend Notion</p>
      <h1>Databases of ${notion.workspaceName}</h1>
      ${tables.length > 0 ? list : none}
    </main>`,
  );
}

function cellText(notion: Notion, row: Page, column: Property): string {
  const fields = fieldsOf(notion, row, column);
  if (column.type === "checkbox") return Object.keys(fields).length > 0 ? "yes" : "";
  if (column.type !== "date") return fields[column.id] ?? "";
  const [day, time, last, until] = Object.values(fields);
  const end = [last === day ? "" : last, until].filter((text) => text !== "" && text !== undefined);
  return [`${day} ${time}`.trim(), end.join(" ")].filter((text) => text !== "").join(" → ");
}

function rowLine({ notion, dataSource }: DatabaseView, row: Page): Html {
  const address = `${tableAddress(dataSource)}?edit=${row.id}`;
  return html`<tr data-key="${row.id}" data-etag="${row.editedAt}">
    ${editedColumns(dataSource).map((column) => html`<td>${cellText(notion, row, column)}</td>`)}
    <td><a href="${address}" aria-label="Edit ${titleOf(row)}">Edit</a></td>
  </tr>`;
}

/** The part of the page that is renewed while it is open. */
export function rowsFragment(view: DatabaseView): Html {
  const { notion, dataSource } = view;
  const rows = [...notion.rows(dataSource.id)].filter(({ inTrash }) => !inTrash).toReversed();
  if (rows.length === 0) return html`<p>There are no pages yet.</p>`;
  const more = rows.length - MOST_ROWS;
  return html`<table>
      <thead>
        <tr>
          ${editedColumns(dataSource).map(({ name }) => html`<th scope="col">${name}</th>`)}
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MOST_ROWS).map((row) => rowLine(view, row))}
      </tbody>
    </table>
    ${more > 0 && html`<p>And ${more} more.</p>`}`;
}

function trashList({ notion, dataSource }: DatabaseView): Html | undefined {
  const rows = [...notion.rows(dataSource.id)].filter(({ inTrash }) => inTrash).slice(-MOST_ROWS);
  if (rows.length === 0) return undefined;
  return html`<section class="card" aria-labelledby="trash-title">
    <h2 id="trash-title">Trash</h2>
    ${rows.map(
      (row) =>
        html`<form method="post" action="${tableAddress(dataSource)}/restore">
          <input type="hidden" name="page" value="${row.id}" />
          <div class="actions">
            <span class="title">${titleOf(row)}</span>
            <button class="quiet">Restore</button>
          </div>
        </form>`,
    )}
  </section>`;
}

export function databasePage(view: DatabaseView): string {
  const { dataSource } = view;
  return page(
    `${dataSource.name} (pretend Notion)`,
    html`<header>
        <div>
          <p class="eyebrow">Pretend Notion</p>
          <h1>${dataSource.name}</h1>
        </div>
        <a href="/notion">All databases</a>
      </header>
      <main class="columns">
        <section class="card table" aria-labelledby="list-title">
          <h2 id="list-title">Pages</h2>
          <p class="live">This list renews itself; what has changed lights up.</p>
          <div data-live="${tableAddress(dataSource)}/rows" aria-live="polite">
            ${rowsFragment(view)}
          </div>
        </section>
        <div>${pageForm(view)}${trashList(view)}</div>
      </main>`,
    "live.js",
  );
}
