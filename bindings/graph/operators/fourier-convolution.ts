import type { SpectraKernels } from '../../spectra/abi.js';
import { hasFastTransform, transformRoom, transformTable } from '../../spectra/tables.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import type { Place, Prepared, Site, Step } from '../operator.js';
import type { Convolution } from './convolution-shape.js';

/** Shorter kernels are as fast as products. */
const LEAST_SIZE = 32;

/** What a weight may differ by from a Fourier basis, of the window's largest: a few units in its last place. */
const DEVIATION = 2 ** -21;

/**
 * A convolution whose weights may be a Fourier basis times a window, real parts first, as audio networks write their spectra:
 * where they are, which is asked when they are packed, its step transforms frames instead. Not so beside logarithms.
 *
 * @param otherwise what the convolution is where they are not
 */
export function orFourier(site: Site, convolution: Convolution, otherwise: Prepared): Prepared {
  const { batch, channels, filters, groups, windows, dims } = convolution;
  const [{ kernel: size, dilation, extent, before, after, stride, count }] = windows;
  const bins = filters / 2;
  const weight = site.input(1).constant;
  const single =
    STORAGE[site.input(0).dtype].view === 'f32' && windows.length === 1 && channels * groups * dilation === 1;
  // The rounding of a transform is as large in the least bin as in the greatest, and a logarithm shows it.
  if (!weight || site.isBeside('Log') || site.inputs[2] || !single || !mayBeFourier(weight.dims)) return otherwise;
  const padded = before + after ? 4 * Math.ceil((before + extent + after) / 4) : 0;
  const frames = (place: Place, address: number, sign: number): Step => {
    const { memory, input, output, scratch } = place;
    const { realFft } = (place.spectraKernels as () => SpectraKernels)();
    const [window, table] = [address + 16, address + 16 + size * 12];
    const [x, out, row] = [input(0), output(0), scratch + transformRoom(size) * 4];
    const outSize = sizeOf(dims.slice(1));
    return () => {
      for (let n = 0; n < batch; n++) {
        const from = x + n * extent * 4;
        const to = out + n * outSize * 4;
        if (padded) {
          const { f32 } = memory;
          f32.fill(0, row / 4, row / 4 + padded);
          f32.copyWithin(row / 4 + before, from / 4, from / 4 + extent);
        }
        realFft(to, padded ? row : from, window, table, scratch, size, bins, count, stride, 1, count, sign);
      }
    };
  };
  return {
    ...otherwise,
    scratch: Math.max(otherwise.scratch ?? 0, transformRoom(size) + padded),
    bind: (place) => {
      if (!place.spectraKernels) return (otherwise.bind as NonNullable<Prepared['bind']>)(place);
      const { address, sign } = fourierForm(place, place.spectraKernels(), site, size, bins);
      return sign ? frames(place, address, sign) : (otherwise.bind as NonNullable<Prepared['bind']>)(place);
    },
  };
}

/** Whether dims of weights are those of a Fourier basis that is worth a transform: [2 · bins, 1, size]. */
export function mayBeFourier([filters, channels, size]: readonly number[]): boolean {
  const bins = filters / 2;
  const isBasis = channels === 1 && Number.isInteger(bins) && bins <= size / 2 + 1;
  return isBasis && size >= LEAST_SIZE && hasFastTransform(size);
}

/** Packs [sign, window, cosines, sines, table of the transform]; the sign is 0 where the weights are no Fourier basis. */
function fourierForm(
  place: Place,
  { isFourier }: SpectraKernels,
  site: Site,
  size: number,
  bins: number,
): { address: number; sign: number } {
  const table = transformTable(size);
  const form = `fourier:${size}`;
  const address = place.packed([site.constant(1)], form, 4 + 3 * size + table.length, (f32, to, [from]) => {
    const at = to / 4 + 4;
    f32.copyWithin(at, from / 4, from / 4 + size);
    let largest = 0;
    for (let n = 0; n < size; n++) {
      const angle = (2 * Math.PI * n) / size;
      f32[at + size + n] = Math.cos(angle);
      f32[at + 2 * size + n] = Math.sin(angle);
      largest = Math.max(largest, Math.abs(f32[at + n]));
    }
    f32.set(table, at + 3 * size);
    const tables = to + 16 + size * 4;
    const most = largest * DEVIATION;
    f32[to / 4] = isFourier(from, tables, tables + size * 4, size, bins, most);
  });
  // Packing may have made memory grow.
  place.memory.refresh();
  return { address, sign: place.memory.f32[address / 4] };
}
