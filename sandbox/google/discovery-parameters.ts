export interface Parameter {
  readonly type: "string" | "boolean" | "integer" | "date-time";
  readonly repeated?: boolean;
  readonly required?: boolean;
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/** Query parameters mean the same to every method that takes them. */
export const parameters = {
  alwaysIncludeEmail: { type: "boolean" },
  colorRgbFormat: { type: "boolean" },
  conferenceDataVersion: { type: "integer", min: 0, max: 1 },
  destination: { type: "string", required: true },
  eventLabelVersion: { type: "integer", min: 0, max: 1 },
  eventTypes: {
    type: "string",
    repeated: true,
    values: ["birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"],
  },
  iCalUID: { type: "string" },
  maxAttendees: { type: "integer", min: 1 },
  maxResults: { type: "integer", min: 1 },
  minAccessRole: {
    type: "string",
    values: ["freeBusyReader", "owner", "reader", "writer", "writerWithoutPrivateAccess"],
  },
  orderBy: { type: "string", values: ["startTime", "updated"] },
  originalStart: { type: "string" },
  pageToken: { type: "string" },
  privateExtendedProperty: { type: "string", repeated: true },
  q: { type: "string" },
  sendNotifications: { type: "boolean" },
  sendUpdates: { type: "string", values: ["all", "externalOnly", "none"] },
  sharedExtendedProperty: { type: "string", repeated: true },
  showDeleted: { type: "boolean" },
  showHidden: { type: "boolean" },
  showHiddenInvitations: { type: "boolean" },
  showOwnOrganizationOnly: { type: "boolean" },
  singleEvents: { type: "boolean" },
  supportsAttachments: { type: "boolean" },
  syncToken: { type: "string" },
  text: { type: "string", required: true },
  timeMax: { type: "date-time" },
  timeMin: { type: "date-time" },
  timeZone: { type: "string" },
  updatedMin: { type: "date-time" },
} as const satisfies Record<string, Parameter>;

/** Parameters that every method takes. */
export const commonParameters: Readonly<Record<string, Parameter>> = {
  alt: { type: "string", values: ["json"] },
  fields: { type: "string" },
  key: { type: "string" },
  oauth_token: { type: "string" },
  prettyPrint: { type: "boolean" },
  quotaUser: { type: "string" },
  userIp: { type: "string" },
};
