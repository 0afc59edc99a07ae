/** Makes elements. Every text becomes a text node: nothing is read as HTML. */

export type Child = Node | string | undefined;

/** An element with these attributes and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A text in which right-to-left characters do not reorder what stands around it. */
export function isolated(text: string): HTMLElement {
  return element("bdi", {}, text);
}

/** A sentence or JSON text, with each string in double quotes isolated by itself. */
export function prose(text: string): Child[] {
  return text.split(/("(?:[^"\\]|\\.)*")/u).map((part, index) => (index % 2 === 1 ? isolated(part) : part));
}

/** The element of the document with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the document has no element ${id}`);
  return found;
}

/** A button that a click or the keyboard activates. */
export function button(text: string, attributes: Readonly<Record<string, string>>, onClick?: () => void) {
  const made = element("button", { type: "button", ...attributes }, text);
  if (onClick) made.addEventListener("click", onClick);
  return made;
}

/** Shows the text at the top of the page, and has screen readers read it. */
export function announce(text: string): void {
  byId("status").replaceChildren(...(text === "" ? [] : [element("p", { class: "said" }, ...prose(text))]));
}
