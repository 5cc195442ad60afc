import { describeConnector } from "../contract.ts";
import { openGoogle } from "./sandbox.ts";
import { sparse } from "./sparse.ts";

describeConnector("google-calendar", openGoogle);
describeConnector("google-calendar, where it says no more than it promises", () =>
  openGoogle(2, 5_000, sparse),
);
