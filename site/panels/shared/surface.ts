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
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.scale(density, density);
  return { context, width, height };
}
