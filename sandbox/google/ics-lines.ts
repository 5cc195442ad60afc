/** The lines of an iCalendar file, and the components they make. */

export interface Property {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface Component {
  readonly name: string;
  readonly properties: Property[];
  readonly children: Component[];
}

const LINE =
  /^([A-Za-z0-9-]+)((?:;[^=;:]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/s;

function parseLine(line: string): Property | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const params: Record<string, string> = {};
  for (const [, name = "", value = ""] of (match[2] ?? "").matchAll(
    /;([^=;:]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)/g,
  )) {
    params[name.toUpperCase()] = value.replaceAll('"', "");
  }
  return { name: (match[1] ?? "").toUpperCase(), params, value: match[3] ?? "" };
}

/** Joins folded lines and reads components; a line that is no property belongs to nothing and is passed over. */
export function parseComponents(text: string): Component[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/\n[ \t]/g, "")
    .split("\n");
  const root: Component = { name: "", properties: [], children: [] };
  const open: Component[] = [root];
  for (const line of lines) {
    const property = parseLine(line);
    if (property === undefined) continue;
    const current = open.at(-1) ?? root;
    if (property.name === "BEGIN") {
      const component = { name: property.value.trim().toUpperCase(), properties: [], children: [] };
      current.children.push(component);
      open.push(component);
    } else if (property.name === "END") {
      if (open.length > 1) open.pop();
    } else current.properties.push(property);
  }
  return root.children;
}

export function allNamed(components: readonly Component[], name: string): Component[] {
  return components.flatMap((one) => [
    ...(one.name === name ? [one] : []),
    ...allNamed(one.children, name),
  ]);
}

export function property(component: Component, name: string): Property | undefined {
  return component.properties.find((one) => one.name === name);
}

export function properties(component: Component, name: string): Property[] {
  return component.properties.filter((one) => one.name === name);
}

export function text(component: Component, name: string): string | undefined {
  const value = property(component, name)?.value;
  return value?.replaceAll(/\\([nN,;\\:"])/g, (_all, letter: string) =>
    letter.toLowerCase() === "n" ? "\n" : letter,
  );
}
