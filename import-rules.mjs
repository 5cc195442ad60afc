/**
 * Who may import whom, as data. `docs/architecture.md` shows the same table, and a test holds both
 * against each other. A folder may always import itself; `types` may be imported as types only.
 */
export const importRules = {
  sync: { values: [], types: [] },
  connectors: { values: ["sync"], types: [] },
  db: { values: ["sync"], types: ["connectors"] },
  workflows: { values: ["sync"], types: ["activities"] },
  temporal: { values: ["workflows", "db"], types: [] },
  notifiers: { values: [], types: [] },
  activities: { values: ["sync", "connectors", "notifiers", "db"], types: ["temporal"] },
  api: { values: ["sync", "connectors", "notifiers", "db", "temporal"], types: [] },
  worker: { values: ["activities", "connectors", "notifiers", "db", "temporal"], types: [] },
  web: { values: [], types: ["api"] },
  sandbox: { values: [], types: [] },
  start: { values: ["db"], types: [] },
  cli: { values: ["start"], types: ["api"] },
};

/** Folders of connectors: none knows another. */
export const connectorFolders = [
  "employes",
  "google-calendar",
  "kiotviet",
  "memory",
  "notion",
  "system-bookings",
];

const folders = [...Object.keys(importRules), "bench", "test"];

const folderPattern = (names) => `^(\\.{1,2}/)*\\.\\./(${names.join("|")})/`;

/** The lint overrides that enforce the table. */
export function importOverrides() {
  const overrides = Object.entries(importRules).map(([folder, { values, types }]) => {
    const never = folders.filter(
      (name) => name !== folder && !values.includes(name) && !types.includes(name),
    );
    const onlyTypes = types.filter((name) => !values.includes(name));
    return {
      files: [`${folder}/**`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            patterns: [
              {
                regex: folderPattern(never),
                message: `${folder}/ may not import this: see import-rules.mjs`,
              },
              ...(onlyTypes.length > 0
                ? [
                    {
                      regex: folderPattern(onlyTypes),
                      allowTypeImports: true,
                      message: `${folder}/ may import only types from there`,
                    },
                  ]
                : []),
              ...(folder === "start" || folder === "bench"
                ? []
                : [
                    {
                      regex: "^(\\.{1,2}/)*\\.\\./(config|settings|log)\\.ts$",
                      allowTypeImports: true,
                      message: "only a main.ts reads the configuration",
                    },
                  ]),
            ],
          },
        ],
      },
    };
  });
  return [
    ...overrides,
    ...["worker", "api"].map((folder) => ({
      files: [`${folder}/main.ts`],
      rules: { "no-restricted-imports": "off" },
    })),
    ...connectorFolders.map((folder) => ({
      files: [`connectors/${folder}/**`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            patterns: [
              {
                regex: folderPattern([
                  ...folders.filter((name) => name !== "sync" && name !== "connectors"),
                  ...connectorFolders.filter((name) => name !== folder),
                ]),
                message:
                  "a connector knows sync/ and the shared files of connectors/, nothing else",
              },
              {
                regex: "/registry\\.ts$",
                message: "the registry knows the connectors, not the other way round",
              },
            ],
          },
        ],
      },
    })),
  ];
}
