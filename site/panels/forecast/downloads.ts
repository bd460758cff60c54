import type { Read } from './messages.js';
import { type Model, togetherOf } from './models.js';

/** The forecasts beyond the end, a row a model and step: what `hiddenstate forecast --output` writes. */
export function forecastRows(read: Read, models: readonly Model[]): string {
  const rows = models.flatMap((model) => {
    const { mean, lower, upper } = togetherOf(model, 'next');
    return Array.from(mean, (value, h) => {
      const date = read.dates ? [read.dates.next[h]] : [];
      return [model.rung, h + 1, ...date, value, lower[h], upper[h]].join(',');
    });
  });
  return `${[`model,step,${read.dates ? 'date,' : ''}mean,lower,upper`, ...rows].join('\n')}\n`;
}

/** A picture as a file of its own: the colours of the page as they are now, on its paper. */
export function standalone(svg: SVGElement): string {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  const copy = svg.cloneNode(true) as SVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const [, , width, height] = (copy.getAttribute('viewBox') as string).split(' ');
  const rules = `text{font:13px ${value('--sans').replaceAll('"', "'")};fill:${value('--ink')}}.q{fill:${value('--quiet')}}.b{font-weight:650}.g{stroke:${value('--grid')}}.ax{stroke:${value('--edge')}}`;
  const paper = `<style>${rules}</style><rect width="${width}" height="${height}" fill="${value('--paper')}"/>`;
  const text = new XMLSerializer().serializeToString(copy);
  return text.replace(/>/, `>${paper}`).replace(/var\((--[\w-]+)\)/g, (_, name: string) => value(name));
}
