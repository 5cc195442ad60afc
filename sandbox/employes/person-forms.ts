import type { Employee } from "./objects.ts";
import { nameOf, staffAddress, type StaffView } from "./staff-view.ts";
import { type Html, html } from "../html.ts";

function input(label: string, name: string, type: string, value: string | number = ""): Html {
  const required = name === "surname_prefix" ? undefined : html` required`;
  const step = type === "number" ? html` step="any" min="0"` : undefined;
  return html`<label
    >${label}
    <input type="${type}" name="${name}" value="${value}" autocomplete="off" ${step}${required}
  /></label>`;
}

interface Form {
  readonly act: string;
  readonly title: string;
  readonly fields: Html;
  readonly button: Html;
}

function form({ company, employee }: StaffView, { act, title, fields, button }: Form): Html {
  return html`<section class="card" aria-labelledby="${act}-title">
    <h2 id="${act}-title">${title}</h2>
    <form method="post" action="/employes/${act}">
      <input type="hidden" name="company" value="${company.id}" />
      ${employee !== undefined && html`<input type="hidden" name="employee" value="${employee.id}" />`}
      ${fields}
      <div class="actions">${button}</div>
    </form>
  </section>`;
}

function hireForm(view: StaffView): Html {
  return form(view, {
    act: "hire",
    title: "Hire",
    fields: html`${input("First name", "first_name", "text")}
      <div class="pair">
        ${input("Prefix", "surname_prefix", "text")}${input("Surname", "surname", "text")}
      </div>
      <div class="pair">
        ${input("Hours a week", "hours_per_week", "number", 40)}
        ${input("Euro a month", "month_wage", "number", 3000)}
      </div>
      ${input("From", "from", "date", view.employes.today())}`,
    button: html`<button>Hire</button>`,
  });
}

function fillForm(view: StaffView): Html {
  return form(view, {
    act: "fill",
    title: "Invent people",
    fields: input("How many", "employees", "number", 24),
    button: html`<button class="quiet">Invent</button>`,
  });
}

function changeForms(view: StaffView, employee: Employee): Html {
  const today = view.employes.today();
  const from = input("From", "from", "date", today);
  return html`<section class="card">
      <h2>${nameOf(employee)}</h2>
      <a class="button quiet" href="${staffAddress(view.company.id)}">Back to all</a>
    </section>
    ${form(view, {
      act: "hours",
      title: "Hours",
      fields: html`<div class="pair">
        ${input("Hours a week", "hours_per_week", "number")}${from}
      </div>`,
      button: html`<button>Change hours</button>`,
    })}
    ${form(view, {
      act: "salary",
      title: "Salary",
      fields: html`<div class="pair">${input("Euro a month", "month_wage", "number")}${from}</div>`,
      button: html`<button>Change salary</button>`,
    })}
    ${form(view, {
      act: "leave",
      title: "Leave",
      fields: input("Last day", "on", "date", today),
      button: html`<button class="danger">Let go</button>`,
    })}`;
}

/** The forms beside the list: about one person, or about somebody new. */
export function personForms(view: StaffView): Html {
  const { employee, problem } = view;
  return html`${problem !== undefined && html`<p class="problem" role="alert">${problem}</p>`}
  ${employee === undefined ? html`${hireForm(view)}${fillForm(view)}` : changeForms(view, employee)}`;
}
