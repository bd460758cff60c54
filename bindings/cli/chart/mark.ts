/** What every mark may say of itself. */
interface MarkOptions {
  /** Its name in the legend; marks of one name and colour share a line there, marks without one have none. */
  readonly label?: string;
  /** Number of its colour, or that of the text; marks of one label share theirs, else each takes the next. */
  readonly colour?: number | 'ink';
}

/** A line through points [x, y]; one that is not finite breaks it. */
export interface LineMark extends MarkOptions {
  readonly kind: 'line';
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** In pixels (default: 1.5). */
  readonly width?: number;
}

/** Dots at points [x, y]. */
export interface DotsMark extends MarkOptions {
  readonly kind: 'dots';
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The area between two curves, such as an interval of forecasts. */
export interface BandMark extends MarkOptions {
  readonly kind: 'band';
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

/** Ranges of x over the full height, such as segments of speech. */
export interface SpansMark extends MarkOptions {
  readonly kind: 'spans';
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** A dashed horizontal or vertical line at a value. */
export interface RuleMark extends MarkOptions {
  readonly kind: 'rule';
  readonly axis: 'x' | 'y';
  readonly at: number;
}

/** Anything drawn in a panel; the first lies lowest. */
export type Mark = LineMark | DotsMark | BandMark | SpansMark | RuleMark;

/** A mark and the number of its colour. */
export interface ColouredMark {
  readonly mark: Mark;
  readonly colour: number | 'ink';
}

/** Gives every mark its colour, the same to marks of one label in whatever panel. */
export function colourMarks(panels: readonly (readonly Mark[])[]): ColouredMark[][] {
  const byLabel = new Map<string, number | 'ink'>();
  let next = 0;
  return panels.map((marks) =>
    marks.map((mark) => {
      const known = mark.colour ?? (mark.label === undefined ? undefined : byLabel.get(mark.label));
      const colour = known ?? next++;
      if (mark.label !== undefined) byLabel.set(mark.label, colour);
      return { mark, colour };
    }),
  );
}
