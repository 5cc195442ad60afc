import { markup } from "./html.ts";
import type { Answer } from "./route.ts";

/** A page without scripts or styles; what it says may come from a provider and is shown as text. */
export function consentPage(status: number, title: string, text: string): Answer {
  const body = markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} – Syncline</title></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`;
  return { status, body: body.text, type: "html", headers: { "Cache-Control": "no-store" } };
}
