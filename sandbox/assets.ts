import express, { type Router } from "express";

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #5b6470; --paper: #f5f6f8; --card: #fff; --line: #d9dde3; --accent: #1a63d6; --on-accent: #fff; --mark: #e7f0ff; --danger: #b3261e; --new: #fff4c2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaee; --soft: #a3acb8; --paper: #14171b; --card: #1d2126; --line: #363c45; --accent: #8ab4f8; --on-accent: #10233f; --mark: #22324d; --danger: #f2b8b5; --new: #4a4220; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: end; padding: 1.25rem clamp(1rem, 4vw, 3rem); border-bottom: 1px solid var(--line); background: var(--card); }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
.eyebrow { margin: 0; color: var(--soft); font-size: .85rem; }
main { padding: 1.5rem clamp(1rem, 4vw, 3rem); }
.columns { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1fr) minmax(17rem, 24rem); align-items: start; }
@media (max-width: 56rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; }
.narrow { max-width: 34rem; margin: 8vh auto; padding: 2rem; }
form { display: grid; gap: .9rem; }
form + form, section + section { margin-top: .9rem; }
h1 + form { margin-top: 1.25rem; }
header form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-left: auto; }
label { display: grid; gap: .25rem; font-size: .9rem; color: var(--soft); }
label.choice { display: flex; gap: .6rem; align-items: baseline; color: var(--ink); font-size: 1rem; padding: .2rem 0; }
input:not([type=checkbox]):not([type=radio]), select, textarea { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .45rem .6rem; width: 100%; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0; }
fieldset .pair { margin-bottom: .6rem; }
legend { color: var(--soft); font-size: .9rem; padding: 0 .35rem; }
button, .button { font: inherit; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); border-radius: .4rem; padding: .45rem 1rem; cursor: pointer; text-decoration: none; }
button.quiet, .button.quiet { background: transparent; color: var(--accent); }
button.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
.actions { display: flex; gap: .75rem; justify-content: flex-end; flex-wrap: wrap; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
ol.events { list-style: none; margin: 0; padding: 0; }
ol.events li { display: grid; grid-template-columns: 11rem minmax(0, 1fr) auto; gap: .25rem 1rem; align-items: baseline; padding: .7rem .5rem; border-top: 1px solid var(--line); border-radius: .3rem; }
ol.events li:first-child { border-top: 0; }
ol.events li.fresh { animation: fresh 4s ease-out; }
@keyframes fresh { from { background: var(--new); } }
@media (max-width: 40rem) { ol.events li { grid-template-columns: 1fr; } }
@media (prefers-reduced-motion: reduce) { ol.events li.fresh { animation: none; background: var(--new); } }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; min-width: 3.5rem; padding: .5rem; border-top: 1px solid var(--line); overflow-wrap: break-word; }
thead th, thead td { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 400; }
tr.fresh { animation: fresh 4s ease-out; }
@media (prefers-reduced-motion: reduce) { tr.fresh { animation: none; background: var(--new); } }
time { color: var(--soft); font-variant-numeric: tabular-nums; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.where { color: var(--soft); font-weight: 400; }
.tag { background: var(--mark); border-radius: 1rem; padding: .05rem .6rem; font-size: .8rem; margin-left: .4rem; white-space: nowrap; }
.problem { border-left: 4px solid var(--danger); padding-left: .75rem; color: var(--danger); }
.live { color: var(--soft); font-size: .85rem; margin: 0 0 .75rem; }
`;

const LIVE = `
const list = document.querySelector('[data-live]');
const known = new Map();
const remember = () => list.querySelectorAll('[data-key]').forEach((row) => known.set(row.dataset.key, row.dataset.etag));
const refresh = async () => {
  try {
    const response = await fetch(list.dataset.live, { headers: { accept: 'text/html' } });
    if (response.ok) {
      const text = await response.text();
      if (text !== list.dataset.text) {
        list.dataset.text = text;
        list.innerHTML = text;
        list.querySelectorAll('[data-key]').forEach((row) => {
          if (known.get(row.dataset.key) !== row.dataset.etag) row.classList.add('fresh');
        });
        known.clear();
        remember();
      }
    }
  } finally {
    setTimeout(refresh, 1000);
  }
};
if (list) { remember(); setTimeout(refresh, 1000); }
const allDay = document.querySelector('[name=allDay]');
const times = document.querySelectorAll('input[data-time]');
const show = () => times.forEach((field) => { field.disabled = allDay.checked; });
if (allDay) { allDay.addEventListener('change', show); show(); }
document.querySelectorAll('header select').forEach((field) => field.addEventListener('change', () => field.form.submit()));
`;

/** The stylesheet and the script of the pages. */
export function assetRoutes(): Router {
  const router = express.Router();
  router.get(
    "/assets/style.css",
    (_request, response) => void response.type("text/css").send(STYLE),
  );
  router.get(
    "/assets/live.js",
    (_request, response) => void response.type("text/javascript").send(LIVE),
  );
  return router;
}
