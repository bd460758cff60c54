/** A canvas that is as wide as it is shown, in its own pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Widths of canvases, until they may have changed: to ask a page whose text has just changed makes it lay itself out at once. */
const widths = new Map<Element, number>();
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) widths.delete(target);
});
// Earlier than the listeners of any panel, which draw at once.
addEventListener('resize', () => widths.clear());

/** Pixels across which an element is shown. */
export function widthOf(element: Element): number {
  let width = widths.get(element);
  if (width === undefined) {
    width = element.clientWidth;
    if (width > 0) {
      widths.set(element, width);
      observer.observe(element);
    }
  }
  return width;
}

/** Clears a canvas and makes it as sharp as the screen. */
export function surfaceOf(canvas: HTMLCanvasElement, height: number): Surface {
  const width = widthOf(canvas);
  const density = devicePixelRatio || 1;
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  if (canvas.width === across && canvas.height === down && canvas.style.height !== '') {
    // The size set anew would take new memory, and make the page lay itself out.
    context.resetTransform();
    context.clearRect(0, 0, across, down);
  } else {
    canvas.style.height = `${height}px`;
    canvas.width = across;
    canvas.height = down;
  }
  context.scale(density, density);
  return { context, width, height };
}
