import type { Account } from "./calendar.ts";
import { html, page } from "../html.ts";

const MEANINGS: Record<string, string> = {
  "https://www.googleapis.com/auth/calendar":
    "See, edit, share and permanently delete all the calendars you can access",
  "https://www.googleapis.com/auth/calendar.readonly":
    "See and download any calendar you can access",
  "https://www.googleapis.com/auth/calendar.events": "View and edit events on all your calendars",
  "https://www.googleapis.com/auth/calendar.events.readonly": "View events on all your calendars",
  "https://www.googleapis.com/auth/calendar.events.owned":
    "See, create, change and delete events on calendars you own",
  "https://www.googleapis.com/auth/calendar.calendarlist.readonly":
    "See the list of calendars you are subscribed to",
  openid: "Know who you are",
  email: "See your email address",
  profile: "See your name",
};

export function consentPage(
  accounts: readonly Account[],
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const scopes = (parameters["scope"] ?? "").split(" ").filter((scope) => scope !== "");
  const hidden = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const hint = parameters["login_hint"] ?? accounts[0]?.email;
  return page(
    "Allow access (pretend Google)",
    html`<main class="narrow card">
      <p class="eyebrow">Pretend Google</p>
      <h1>${parameters["client_id"]} wants access to your calendar</h1>
      <form method="post" action="/o/oauth2/v2/auth">
        ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <fieldset>
          <legend>Choose an account</legend>
          ${accounts.map(
            (account) =>
              html`<label class="choice"
                ><input
                  type="radio"
                  name="account"
                  value="${account.email}"
                  required${account.email === hint ? html` checked` : undefined}
                />
                ${account.email}</label
              >`,
          )}
          ${accounts.length === 0 && html`<p>There are no accounts yet.</p>`}
        </fieldset>
        <fieldset>
          <legend>What it may do</legend>
          ${scopes.map((scope) => html`<label class="choice"><input type="checkbox" name="granted" value="${scope}" checked /> ${MEANINGS[scope] ?? scope}</label>`)}
        </fieldset>
        <div class="actions">
          <button name="decision" value="deny" class="quiet" formnovalidate>Deny</button>
          <button name="decision" value="allow">Allow</button>
        </div>
      </form>
    </main>`,
  );
}

export function problemPage(problem: string): string {
  return page(
    "Access blocked (pretend Google)",
    html`<main class="narrow card">
      <p class="eyebrow">Pretend Google</p>
      <h1>Access blocked: this request is invalid</h1>
      <p>Error 400: ${problem}</p>
    </main>`,
  );
}
