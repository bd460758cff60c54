type Child = Node | string;
type Handlers = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
export type Properties = Handlers & Record<string, unknown>;

/** Makes an element. `on…` are listeners, `class` and `aria-…` attributes; other names are attributes too, `true` an empty one. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** Custom properties that were read, until the colours change: to read one makes the page work out its styles at once. */
const tokens = new Map<string, string>();
// Earlier than the listeners of any panel, which draw at once.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => tokens.clear());

/** The value of a custom property of the page, such as `--ink`. */
export function token(name: string): string {
  let value = tokens.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (value !== '') tokens.set(name, value);
  }
  return value;
}

/** Copies a text and says so on the button for a second and a half. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'The browser refused';
  }
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}
