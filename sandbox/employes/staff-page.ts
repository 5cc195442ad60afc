import { type Employee, employmentOn, sliceOn } from "./objects.ts";
import { DEMO_COMPANY } from "./employes.ts";
import { personForms } from "./person-forms.ts";
import { nameOf, staffAddress, type StaffView } from "./staff-view.ts";
import { DEMO_TOKEN } from "./tokens.ts";
import { type Html, html, page } from "../html.ts";

const MOST_ROWS = 300;

function row({ employes, company }: StaffView, employee: Employee): Html {
  const today = employes.today();
  const employment = employmentOn(employee, today);
  const hours = sliceOn(employment?.hours ?? [], today)?.["hours_per_week"];
  const wage = sliceOn(employment?.salary ?? [], today)?.["month_wage"];
  return html`<tr>
    <td>${String(employee.fields["employee_number"])}</td>
    <td class="title">${nameOf(employee)}</td>
    <td>${employee.fields.status}</td>
    <td>${employment?.start_date}</td>
    <td>${String(hours ?? "")}</td>
    <td>${String(wage ?? "")}</td>
    <td>
      <a href="${staffAddress(company.id, employee.id)}" aria-label="Change ${nameOf(employee)}">
        Change</a
      >
    </td>
  </tr>`;
}

function table(view: StaffView): Html {
  const staff = view.employes.staff(view.company.id).toReversed();
  if (staff.length === 0) return html`<p>Nobody works here yet.</p>`;
  const more = staff.length - MOST_ROWS;
  const columns = ["No.", "Name", "Status", "Since", "Hours a week", "Euro a month"];
  return html`<table>
      <thead>
        <tr>
          ${columns.map((name) => html`<th scope="col">${name}</th>`)}
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${staff.slice(0, MOST_ROWS).map((employee) => row(view, employee))}
      </tbody>
    </table>
    ${more > 0 && html`<p>And ${more} more.</p>`}`;
}

function companyChoice({ employes, company }: StaffView): Html {
  return html`<form method="get" action="/employes">
    <label
      >Company
      <select name="company">
        ${[...employes.companies.values()].map(
          ({ id, name }) =>
            html`<option value="${id}" ${id === company.id && html` selected`}>${name}</option>`,
        )}
      </select></label
    >
    <button class="quiet">Show</button>
  </form>`;
}

/** What a connection to this Employes is made with. */
function tokenCard(): Html {
  return html`<section class="card" aria-labelledby="token-title">
    <h2 id="token-title">API token</h2>
    <label>Reaches ${DEMO_COMPANY.name} <textarea rows="5" readonly>${DEMO_TOKEN}</textarea></label>
  </section>`;
}

export function staffPage(view: StaffView): string {
  return page(
    `${view.company.name} (pretend Employes)`,
    html`<header>
        <div>
          <p class="eyebrow">Pretend Employes</p>
          <h1>${view.company.name}</h1>
        </div>
        ${companyChoice(view)}
      </header>
      <main class="columns">
        <section class="card table" aria-labelledby="list-title">
          <h2 id="list-title">People</h2>
          ${table(view)}
        </section>
        <div>${personForms(view)}${view.employee === undefined && tokenCard()}</div>
      </main>`,
  );
}
