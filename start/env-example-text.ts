export interface Setting {
  readonly description: string;
  readonly default?: unknown;
}

const head = `# Settings of Syncline, made from settings.ts by "npm run docs:env".
# Everything is optional for "npm start". For secrets, NAME_FILE names a file to read instead.
`;

/** One commented line per setting, with its default where it has one. */
export function envExample(settings: Readonly<Record<string, Setting>>): string {
  const entries = Object.entries(settings).map(([name, setting]) => {
    return `# ${setting.description}\n# ${name}=${asText(setting.default)}\n`;
  });
  return [head, ...entries].join("\n");
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `${value}`
    : "";
}
