/** Node joins headers that came twice, or drops one: here each one is told apart. */
export function distinct(
  headers: NodeJS.Dict<string[]>,
): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name,
      values?.length === 1 ? values[0] : values,
    ]),
  );
}
