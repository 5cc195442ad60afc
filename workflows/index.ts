// The entry of the workflow bundle: everything named here can be started by its name.
export { runBookings, startBookings } from "./bookings.ts";
export { disconnect, openOneChannel, stopChannels } from "./disconnect.ts";
export { notify } from "./notify.ts";
export { remind } from "./remind.ts";
export { scheduledSync } from "./scheduled-sync.ts";
export { cleanUp, pollDue, renewChannels, sweep, watch } from "./standing.ts";
export { syncConnection } from "./sync-connection.ts";
