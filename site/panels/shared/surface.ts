/** A canvas that is as wide as it is shown, in its own pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** Clears a canvas and makes it as sharp as the screen. */
export function surfaceOf(canvas: HTMLCanvasElement, height: number): Surface {
  const width = canvas.clientWidth;
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
