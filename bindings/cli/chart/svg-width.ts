import type { Arguments } from '../arguments.js';
import type { Option } from '../syntax.js';

/** Charts are drawn for the width they are seen at. */
export const SVG_WIDTH: Option = { name: 'svg-width', value: 'N', help: 'pixels of the picture (default: 860)' };

/** The width asked for, in pixels. */
export function svgWidth(args: Arguments): number | undefined {
  return args.number('svg-width', { least: 320, most: 4000, integer: true });
}
