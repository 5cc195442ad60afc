import type { Notion } from "./notion.ts";
import { titleText } from "./schema-writes.ts";
import { titleOf } from "./views.ts";
import { type Html, html, page } from "../html.ts";

/** Asks a person which pages and databases a client may see: what hangs below them goes with them. */
export function consentPage(
  notion: Notion,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const hidden = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return page(
    "Select pages (pretend Notion)",
    html`<main class="narrow card">
      <p class="eyebrow">Pretend Notion</p>
      <h1>${parameters["client_id"]} wants access to ${notion.workspaceName}</h1>
      <form method="post" action="/v1/oauth/authorize">
        ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <fieldset>
          <legend>Who you are</legend>
          ${[...notion.people.values()].map(({ id, name }, at) => choice({ type: "radio", name: "person", value: id, checked: at === 0 }, name))}
        </fieldset>
        <fieldset>
          <legend>Pages and databases it may use</legend>
          ${choices(notion)}
        </fieldset>
        <div class="actions">
          <button name="decision" value="deny" class="quiet">Cancel</button>
          <button name="decision" value="allow">Allow access</button>
        </div>
      </form>
    </main>`,
  );
}

function choices(notion: Notion): Html | Html[] {
  const databases = [...notion.databases.values()]
    .filter(({ inTrash }) => !inTrash)
    .map((one) => ({ id: one.id, title: titleText(one) }));
  const pages = [...notion.pages.values()]
    .filter(({ parent, inTrash }) => parent.type === "workspace" && !inTrash)
    .map((one) => ({ id: one.id, title: titleOf(one) }));
  const all = [...databases, ...pages];
  if (all.length === 0) return html`<p>There is nothing in the workspace yet.</p>`;
  return all.map(({ id, title }) =>
    choice({ type: "checkbox", name: "shared", value: id, checked: true }, title),
  );
}

interface Choice {
  readonly type: "radio" | "checkbox";
  readonly name: string;
  readonly value: string;
  readonly checked: boolean;
}

function choice({ type, name, value, checked }: Choice, label: string): Html {
  return html`<label class="choice"
    ><input
      type="${type}"
      name="${name}"
      value="${value}"
      ${checked ? html` checked` : undefined}
    />
    ${label}</label
  >`;
}

export function problemPage(problem: string): string {
  return page(
    "Invalid request (pretend Notion)",
    html`<main class="narrow card">
      <p class="eyebrow">Pretend Notion</p>
      <h1>This connection cannot be made</h1>
      <p>${problem}</p>
    </main>`,
  );
}
