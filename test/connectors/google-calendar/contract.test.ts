import { describeConnector } from "../contract.ts";
import { openGoogle } from "./sandbox.ts";

describeConnector("google-calendar", openGoogle);
