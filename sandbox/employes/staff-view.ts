import type { Employes } from "./employes.ts";
import type { Company, Employee } from "./objects.ts";

/** What the page is about, and what was wrong with what was sent from it. */
export interface StaffView {
  readonly employes: Employes;
  readonly company: Company;
  readonly employee: Employee | undefined;
  readonly problem: string | undefined;
}

/** First name, prefix and surname, without what is empty. */
export function nameOf({ fields }: Employee): string {
  return [fields["first_name"], fields["surname_prefix"], fields["surname"]]
    .filter((part) => typeof part === "string" && part !== "")
    .join(" ");
}

export function staffAddress(companyId: string, employeeId?: string): string {
  const query = new URLSearchParams({ company: companyId });
  if (employeeId !== undefined) query.set("employee", employeeId);
  return `/employes?${query}`;
}
