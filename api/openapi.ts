import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from "zod-openapi";
import { keyShape } from "./idempotency.ts";
import { codes } from "./problems.ts";
import type { Route } from "./route.ts";

const problem = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(Object.keys(codes) as [string, ...string[]]),
    action: z.string(),
    errors: z
      .array(
        z.object({
          in: z.enum(["body", "query", "path", "header"]),
          pointer: z.string(),
          message: z.string(),
        }),
      )
      .optional(),
    retryAfterSeconds: z.number().optional(),
  })
  .meta({ id: "Problem", description: "What went wrong (RFC 9457), and what to do about it" });

const problemContent = { "application/problem+json": { schema: problem } };
const refused = (description: string) => ({ description, content: problemContent });

/** The OpenAPI document, from the same table and validators that the app runs on. */
export function openapi(routes: readonly Route[], publicUrl: string): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  const document = createDocument({
    openapi: "3.1.1",
    info: {
      title: "Syncline",
      version: "0.1.0",
      description: "Keeps a company's calendars in step with the systems it uses.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An API key" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
  });
  return { ...document };
}

function operation(route: Route): ZodOpenApiOperationObject {
  const isPublic = route.role === "public";
  const header = headersOf(route);
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, isPublic ? undefined : `Needs the role ${route.role}.`]
      .filter(Boolean)
      .join("\n\n"),
    ...(isPublic && { security: [] }),
    requestParams: {
      ...(Object.keys(route.params.shape).length > 0 && { path: route.params }),
      ...(Object.keys(route.query.shape).length > 0 && { query: route.query }),
      ...(header && { header }),
    },
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse(undefined).success,
        content: { "application/json": { schema: route.body } },
      },
    }),
    responses: { ...refusals(route), ...answersOf(route) },
  };
}

function headersOf(route: Route): z.ZodObject | undefined {
  const text = z.string().optional();
  const headers = {
    ...(route.method === "post" &&
      route.role !== "public" && {
        "Idempotency-Key": keyShape
          .optional()
          .meta({ description: "Repeats are answered as the first was" }),
      }),
    ...(route.ifMatch === "required" && {
      "If-Match": z.string().meta({ description: "The ETag that was read" }),
    }),
    ...(route.ifMatch === "optional" && {
      "If-Match": text.meta({ description: "The ETag that was read" }),
    }),
  };
  return Object.keys(headers).length > 0 ? z.object(headers) : undefined;
}

function answersOf(route: Route): ZodOpenApiOperationObject["responses"] {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, schema, type }]) => [
      status,
      {
        description,
        ...(schema && {
          content: {
            [type ?? "application/json"]: { schema },
            // A page of its own for people does not replace what every route refuses with.
            ...(status === "400" && problemContent),
          },
        }),
      },
    ]),
  );
}

const words = {
  400: "The request is not valid",
  401: "No valid API key, or signature",
  403: "The key's role does not allow this",
  404: "There is no such thing",
  409: "It conflicts with what is there",
  412: "It has changed since you read it",
  413: "Too large",
  415: "Not JSON",
  422: "The key came with another request, or the provider refuses this",
  428: "If-Match is missing",
  429: "Too many requests",
  503: "The database or the provider does not answer; see Retry-After",
} as const;
type Refusal = keyof typeof words;

function refusals(route: Route): ZodOpenApiOperationObject["responses"] {
  const statuses: Refusal[] = [
    400,
    ...(route.limited ? ([429] as const) : []),
    ...(route.role === "public" ? [] : ([401, 404, 503] as const)),
    ...(route.role === "public" || route.role === "member" ? [] : ([403] as const)),
    ...(route.role === "public" || route.method === "get" ? [] : ([409, 413, 415, 422] as const)),
    ...(route.ifMatch ? ([412] as const) : []),
    ...(route.ifMatch === "required" ? ([428] as const) : []),
    ...(route.refuses ?? []),
  ];
  return Object.fromEntries(statuses.map((status) => [status, refused(words[status])]));
}

function operationId(route: Route): string {
  const words = route.path
    .split(/[/.]/)
    .filter(Boolean)
    .map((word) => word.replace(/^:/, "by-"));
  return [route.method, ...words]
    .join("-")
    .replaceAll(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
}
