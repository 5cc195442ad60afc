import express, { type Request, type Response, type Router } from "express";
import { databasePage, databasesPage, rowsFragment } from "./database-page.ts";
import { type DatabaseView, tableAddress } from "./database-view.ts";
import { NotionError } from "./errors.ts";
import type { Notion } from "./notion.ts";
import type { DataSource, Page } from "./objects.ts";
import { changedValues, type Fields } from "./page-fields.ts";
import { actAsPerson } from "./person.ts";
import { asObject, asString } from "../json.ts";

type Act = (dataSource: DataSource, form: Fields) => void;

/** Pages on which a person edits "in Notion" and watches changes arrive. */
export function createNotionPages(notion: Notion): Router {
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: "1mb" });
  router.get(
    "/notion",
    (_request, response) => void response.type("html").send(databasesPage(notion)),
  );
  router.get("/notion/:id", (request, response) => show(notion, request, response, {}));
  router.get("/notion/:id/rows", (request, response) => {
    const dataSource = notion.dataSources.get(request.params.id);
    if (dataSource === undefined) response.status(404).end();
    else response.type("html").send(rowsFragment(viewOf(notion, dataSource, {})).text);
  });
  const act = (name: string, change: Act): void => {
    router.post(`/notion/:id/${name}`, form, (request: Request, response: Response) =>
      perform(notion, request, response, change),
    );
  };
  act("save", (dataSource, fields) => save(notion, dataSource, fields));
  for (const name of ["trash", "restore", "duplicate"] as const)
    act(
      name,
      (_dataSource, fields) => void actAsPerson(notion, { do: name, page: fields["page"] }),
    );
  return router;
}

interface Shown {
  readonly edited?: Page | undefined;
  readonly problem?: string;
}

function viewOf(notion: Notion, dataSource: DataSource, { edited, problem }: Shown): DatabaseView {
  return { notion, dataSource, edited, problem };
}

function show(notion: Notion, request: Request, response: Response, { problem }: Shown): void {
  const dataSource = notion.dataSources.get(String(request.params["id"]));
  if (dataSource === undefined) {
    response.redirect(303, "/notion");
    return;
  }
  const wanted = request.method === "GET" ? request.query["edit"] : formOf(request)["page"];
  const page = notion.pages.get(String(wanted ?? ""));
  const edited = page?.inTrash === true ? undefined : page;
  const shown = problem === undefined ? { edited } : { edited, problem };
  response
    .status(problem === undefined ? 200 : 400)
    .type("html")
    .send(databasePage(viewOf(notion, dataSource, shown)));
}

function formOf(request: Request): Fields {
  const entries = Object.entries(asObject(request.body));
  return Object.fromEntries(entries.map(([name, value]) => [name, asString(value)]));
}

function perform(notion: Notion, request: Request, response: Response, change: Act): void {
  const dataSource = notion.dataSources.get(String(request.params["id"]));
  if (dataSource === undefined) {
    response.redirect(303, "/notion");
    return;
  }
  try {
    change(dataSource, formOf(request));
  } catch (error) {
    if (!(error instanceof NotionError)) throw error;
    show(notion, request, response, { problem: error.message });
    return;
  }
  response.redirect(303, tableAddress(dataSource));
}

function save(notion: Notion, dataSource: DataSource, form: Fields): void {
  const id = form["page"] ?? "";
  const page = notion.pages.get(id);
  if (id !== "" && page === undefined)
    throw new NotionError(404, "object_not_found", "The page is gone.");
  const properties = changedValues(notion, dataSource, page, form);
  if (page === undefined)
    actAsPerson(notion, { do: "create", dataSource: dataSource.id, properties });
  else if (Object.keys(properties).length > 0)
    actAsPerson(notion, { do: "edit", page: id, properties });
}
