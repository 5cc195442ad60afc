/** What has just happened, as the address after a form says it. */
export const said = ["moved", "cancelled", "taken", "choose", "closed"] as const;
export type Said = (typeof said)[number];

/** Everything that the customer's page says, in one language. A language is one more value of this. */
export interface Words {
  /** As `lang` says it, and as dates are written. */
  lang: string;
  locale: string;
  heading: string;
  what: string;
  when: string;
  until: string;
  zone: string;
  name: string;
  note: string;
  movedByHand: string;
  closed: { cancelled: string; past: string };
  said: Record<Said, string>;
  move: {
    heading: string;
    label: string;
    choose: string;
    hint: string;
    button: string;
    none: string;
  };
  later: string;
  first: string;
  cancel: { heading: string; open: string; sure: string; button: string };
  keep: string;
  seats(free: number): string;
  wrong: Record<
    "unknown" | "crossSite" | "tooMany" | "unread" | "down",
    [heading: string, text: string]
  >;
}

export const english: Words = {
  lang: "en",
  locale: "en-GB",
  heading: "Your booking",
  what: "What",
  when: "When",
  until: "until",
  zone: "Time zone",
  name: "Name",
  note: "Note",
  movedByHand: "This time was changed for you.",
  closed: {
    cancelled: "This booking is cancelled. It cannot be changed.",
    past: "This booking has begun or is over. It can no longer be changed.",
  },
  said: {
    moved: "Your booking has been moved.",
    cancelled: "Your booking has been cancelled.",
    taken: "That time has just been taken. Your booking is as it was; please choose another time.",
    choose: "Please choose a time. Your booking is as it was.",
    closed: "This booking can no longer be changed.",
  },
  move: {
    heading: "Move to another time",
    label: "New time",
    choose: "Choose a time",
    hint: "Your present time is kept until you have the new one.",
    button: "Move the booking",
    none: "There are no other free times here.",
  },
  later: "Show later times",
  first: "Show the first times again",
  cancel: {
    heading: "Cancel",
    open: "Cancel this booking…",
    sure: "Your place will be free for somebody else. This cannot be taken back.",
    button: "Yes, cancel the booking",
  },
  keep: "Whoever has the address of this page can change the booking. Keep it to yourself.",
  seats: (free) => (free === 1 ? "1 place left" : `${free} places left`),
  wrong: {
    unknown: [
      "There is no booking at this address",
      "Please check that the address is complete, as it was given to you.",
    ],
    crossSite: [
      "Nothing was changed",
      "The form did not come from this page. Open the address of your booking, and try again there.",
    ],
    tooMany: ["Please wait a moment", "There were too many requests. Try again in a minute."],
    unread: ["That could not be read", "Open the address of your booking again."],
    down: [
      "This page cannot be shown now",
      "Your booking is as it was. Please try again in a few minutes.",
    ],
  },
};
