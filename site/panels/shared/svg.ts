type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Makes an element of a picture; attributes that are undefined are left out. */
export function shape(tag: string, attributes: Attributes = {}, ...children: (SVGElement | string)[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** A picture that is drawn for a width in pixels, never scaled. */
export function picture(width: number, height: number, describe: string, ...children: SVGElement[]): SVGElement {
  const attributes = { viewBox: `0 0 ${width} ${height}`, width, height, class: 'chart', role: 'img' };
  return shape('svg', { ...attributes, 'aria-label': describe }, ...children);
}

/** Draws into an element now, and again whenever its width changes. */
export function drawFor(place: HTMLElement, draw: (width: number) => Node): () => void {
  let width = 0;
  const show = () => {
    width = Math.floor(place.clientWidth);
    if (width > 0) place.replaceChildren(draw(width));
  };
  new ResizeObserver(() => {
    if (Math.floor(place.clientWidth) !== width) show();
  }).observe(place);
  show();
  return show;
}
