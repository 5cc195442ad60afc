/** The whole look of the customer's page: follows the system's light or dark, and fits 320 pixels. */
export const manageStyle = `:root { color-scheme: light dark; --ink: #1b1f24; --soft: #4a525c; --paper: #ffffff; --edge: #8a929c; --act: #0b57a4; --on-act: #ffffff; --end: #a5271b; --said: #e8f1fb; --alert: #fdecea; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ecf0; --soft: #b4bcc6; --paper: #15181c; --edge: #7d8691; --act: #8ec1ff; --on-act: #0c1a2a; --end: #ffb0a6; --said: #1b2b3d; --alert: #3b1e1b; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
dl { margin: 1rem 0; }
dt { color: var(--soft); font-size: 0.9rem; }
dd { margin: 0 0 0.75rem; white-space: pre-line; }
.said, .alert { padding: 0.75rem 1rem; border: 1px solid var(--edge); border-radius: 0.4rem; background: var(--said); }
.alert { background: var(--alert); }
.hint, footer { color: var(--soft); font-size: 0.9rem; }
footer { margin-top: 2rem; }
label { display: block; font-weight: 600; margin-bottom: 0.25rem; }
select, button { font: inherit; min-height: 2.75rem; max-width: 100%; border-radius: 0.4rem; }
select { display: block; width: 100%; padding: 0.4rem; color: inherit; background: var(--paper); border: 1px solid var(--edge); }
button { margin-top: 0.75rem; padding: 0.5rem 1rem; border: 1px solid var(--act); background: var(--act); color: var(--on-act); cursor: pointer; }
button.end { background: var(--paper); border-color: var(--end); color: var(--end); }
a { color: var(--act); display: inline-block; padding: 0.25rem 0; }
summary { padding: 0.5rem 0; cursor: pointer; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
`;
