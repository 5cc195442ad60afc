import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Router } from "express";

/**
 * Swagger UI from our own origin: files only, nothing inline, so that it runs under the same content
 * security policy as everything else.
 */
export function docs(): Router {
  const assets = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const router = Router();
  router.get("/", (req, res) => {
    // Relative addresses of the page need the slash.
    if (!req.originalUrl.split("?", 1)[0]?.endsWith("/")) return res.redirect(301, "/docs/");
    res.type("html").send(page);
  });
  router.get("/start.js", (_req, res) => void res.type("js").send(script));
  for (const file of ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"]) {
    router.get(`/${file}`, (_req, res) => res.sendFile(file, { root: assets, maxAge: "1d" }));
  }
  return router;
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Syncline API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
`;

const script = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
`;
