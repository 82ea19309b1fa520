/** Making elements. Text is always set as text: what a server sends is never read as HTML. */

type Child = Node | string;
type Tags = HTMLElementTagNameMap;

/** An element with attributes and children; `true` sets an attribute without value, `false` none. */
export function h<K extends keyof Tags>(
  tag: K,
  attributes: Record<string, string | boolean> = {},
  ...children: Child[]
): Tags[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** The one element that `selector` finds; it stands in the page's own HTML. */
export function find<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Shows `text`, or hides the element where there is none. */
export function say(element: HTMLElement, text: string | undefined): void {
  element.textContent = text ?? "";
  element.hidden = !text;
}

let ids = 0;
/** An id that no other element has. */
export const uniqueId = (prefix: string) => `${prefix}-${++ids}`;

/** A labelled control; the label stands before it. */
export function field(label: string, control: HTMLElement): HTMLElement {
  control.id ||= uniqueId("field");
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control);
}

/** Fills a definition list, leaving out what is not known. */
export function describeIn(list: HTMLDListElement, rows: [term: string, text: string | undefined][]): void {
  const known = rows.filter(([, text]) => text);
  list.replaceChildren(...known.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text as string)]));
}
