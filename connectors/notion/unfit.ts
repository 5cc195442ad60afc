/** Why a page cannot be understood as an event. The words never hold any of its text. */
export class Unfit extends Error {}
