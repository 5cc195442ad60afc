import { type DatabaseView, tableAddress } from "./database-view.ts";
import { editedColumns, fieldsOf, PEOPLE_ZONE } from "./page-fields.ts";
import type { Property } from "./property.ts";
import { type Html, html } from "../html.ts";

const INPUT_TYPES: Readonly<Record<string, string>> = {
  number: "number",
  url: "url",
  email: "email",
};

function dateInputs({ id, name }: Property, fields: Readonly<Record<string, string>>): Html {
  const input = (label: string, type: string, part: string): Html =>
    html`<label
      >${label} <input type="${type}" name="${id} ${part}" value="${fields[`${id} ${part}`]}"
    /></label>`;
  return html`<fieldset>
    <legend>${name}</legend>
    <div class="pair">
      ${input("First day", "date", "day")}${input("Starts at", "time", "time")}
    </div>
    <div class="pair">${input("Last day", "date", "last")}${input("Ends at", "time", "until")}</div>
    <p class="eyebrow">Times are in ${PEOPLE_ZONE}; without one it is the whole day.</p>
  </fieldset>`;
}

function optionInput({ id, options }: Property, value: string | undefined): Html {
  return html`<select name="${id}">
    <option value=""></option>
    ${options.map(({ name }) => html`<option value="${name}" ${name === value ? html` selected` : undefined}>${name}</option>`)}
  </select>`;
}

function columnInput(view: DatabaseView, column: Property): Html {
  const { id, name, type } = column;
  const fields = fieldsOf(view.notion, view.edited, column);
  const value = fields[id];
  if (type === "date") return dateInputs(column, fields);
  if (type === "checkbox")
    return html`<label class="choice"
      ><input type="checkbox" name="${id}" ${value === "on" ? html` checked` : undefined} />
      ${name}</label
    >`;
  if (type === "select" || type === "status")
    return html`<label>${name} ${optionInput(column, value)}</label>`;
  if (type === "rich_text")
    return html`<label>${name} <textarea name="${id}" rows="2">${value}</textarea></label>`;
  return html`<label
    >${name}
    <input
      type="${INPUT_TYPES[type] ?? "text"}"
      step="any"
      name="${id}"
      value="${value}"
      autocomplete="off"
  /></label>`;
}

function act(view: DatabaseView, name: string, label: string, style: string): Html {
  return html`<form method="post" action="${tableAddress(view.dataSource)}/${name}">
    <input type="hidden" name="page" value="${view.edited?.id}" />
    <div class="actions"><button class="${style}">${label}</button></div>
  </form>`;
}

/** Makes a page, or changes the one that is edited. */
export function pageForm(view: DatabaseView): Html {
  const { dataSource, edited, problem } = view;
  const address = tableAddress(dataSource);
  return html`<section class="card" aria-labelledby="form-title">
    <h2 id="form-title">${edited === undefined ? "New page" : "Edit page"}</h2>
    ${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="${address}/save">
      <input type="hidden" name="page" value="${edited?.id}" />
      ${editedColumns(dataSource).map((column) => columnInput(view, column))}
      <div class="actions">
        ${edited !== undefined && html`<a class="button quiet" href="${address}">Cancel</a>`}<button>
          ${edited === undefined ? "Create" : "Save"}
        </button>
      </div>
    </form>
    ${edited !== undefined && act(view, "duplicate", "Duplicate", "quiet")}
    ${edited !== undefined && act(view, "trash", "Move to trash", "danger")}
  </section>`;
}
