import { describeRecords } from "../records-contract.ts";
import { openShop } from "./sandbox.ts";

describeRecords("kiotviet: products", () => openShop("products"));
describeRecords("kiotviet: categories", () => openShop("categories"));
