import { describeConnector } from "../contract.ts";
import { openNotion } from "./sandbox.ts";

describeConnector("notion", () => openNotion());
