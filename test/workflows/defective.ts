/** A workflow with a defect, as a deployment might bring one. */
export async function defective(): Promise<void> {
  throw new TypeError("undefined is not a function");
}
