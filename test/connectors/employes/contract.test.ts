import { describeRecords } from "../records-contract.ts";
import { openCompany } from "./sandbox.ts";

describeRecords("employes", () => openCompany());

describeRecords("employes, where lists come as bare arrays", async () => {
  const rig = await openCompany();
  await rig.control("/employes/settings", { lists: "bare", employments: "wrapped" });
  return rig;
});
