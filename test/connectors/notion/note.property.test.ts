import fc from "fast-check";
import { expect, test } from "vitest";
import { encoded, noteText, readNote } from "../../../connectors/notion/note.ts";

const part = fc.oneof(
  fc.constant(null),
  fc.constant("-"),
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.uuid(),
  fc.constant("America/Argentina/Buenos_Aires"),
);

test("a note that was written reads as it was", () => {
  fc.assert(
    fc.property(part, part, part, part, (key, pageId, mark, zone) => {
      const note = { key, pageId, mark, zone };
      expect(readNote(noteText(note))).toEqual(note);
      expect(readNote(` ${noteText(note)}\n`)).toEqual(note);
    }),
  );
});

test("a search for a key finds the note that holds it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (key) => {
      const text = noteText({ key, pageId: null, mark: "m", zone: "UTC" });
      expect(text.split(" ")[1]).toBe(encoded(key));
    }),
  );
});

test("whatever else people write there is no note, and no failure", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (!text.trim().startsWith("sl1")) expect(readNote(text)).toBeNull();
    }),
  );
  for (const text of ["", "sl1", "sl1 a b c", "sl1 a b c d e", "sl1 %zz b c d", "sl2 a b c d"])
    expect(readNote(text)).toBeNull();
});
