import { aligned, floats } from '../abi';
import { madd } from '../lanes/madd';

/**
 * One step of stochastic gradient descent, as torch.optim.SGD:
 *
 *   g ← g + weightDecay · w      m ← momentum · m + (1 − dampening) · g, or g at the first step
 *   w ← w − rate · (nesterov ? g + momentum · m : m); without momentum w ← w − rate · g
 *
 * @param w         weights      f32[size]  read and written
 * @param m         momentum     f32[size]  read and written; 0 without momentum
 * @param g         gradient     f32[size]
 * @param size      padded count of floats, a multiple of 4
 */
export function sgdStep(
  w: usize, m: usize, g: usize, size: i32, nesterov: i32,
  rate: f32, weightDecay: f32, momentum: f32, share: f32,
): void {
  assert(aligned(w) && aligned(m) && aligned(g) && (size & 3) == 0, 'sgdStep: pointers must be aligned');
  const decay4 = f32x4.splat(weightDecay);
  const minusRate4 = f32x4.splat(-rate);
  const momentum4 = f32x4.splat(momentum);
  const share4 = f32x4.splat(share);
  const hasMomentum = m != 0;
  for (const end = w + floats(size); w < end; w += 16, g += 16) {
    const weight = v128.load(w);
    let step = madd(decay4, weight, v128.load(g));
    if (hasMomentum) {
      const mean = madd(momentum4, v128.load(m), f32x4.mul(share4, step));
      v128.store(m, mean);
      m += 16;
      step = nesterov ? madd(momentum4, mean, step) : mean;
    }
    v128.store(w, madd(minusRate4, step, weight));
  }
}

/**
 * One step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019), as torch.optim has them:
 *
 *   w ← keep · w                 g ← g + weightDecay · w
 *   m ← m + (1 − β₁) · (g − m)   v ← β₂ · v + (1 − β₂) · g²
 *   w ← w − rate · m / (√v · correction + ε)
 *
 * @param w           weights   f32[size]  read and written
 * @param m           mean      f32[size]  read and written
 * @param v           variance  f32[size]  read and written
 * @param g           gradient  f32[size]
 * @param size        padded count of floats, a multiple of 4
 * @param keep        1 − learning rate · weight decay for AdamW, 1 for Adam
 * @param rate        learning rate / (1 − β₁ᵗ)
 * @param correction  1 / √(1 − β₂ᵗ)
 */
export function adamStep(
  w: usize, m: usize, v: usize, g: usize, size: i32,
  keep: f32, weightDecay: f32, meanShare: f32, varianceKeep: f32, varianceShare: f32,
  rate: f32, correction: f32, epsilon: f32,
): void {
  assert(aligned(w) && aligned(m) && aligned(v) && aligned(g), 'adamStep: pointers must be aligned');
  assert((size & 3) == 0, 'adamStep: size must be a multiple of 4');
  for (const end = w + floats(size); w < end; w += 16, m += 16, v += 16, g += 16) {
    const weight = f32x4.mul(f32x4.splat(keep), v128.load(w));
    const gradient = madd(f32x4.splat(weightDecay), weight, v128.load(g));
    const before = v128.load(m);
    const mean = madd(f32x4.splat(meanShare), f32x4.sub(gradient, before), before);
    const square = f32x4.mul(f32x4.splat(varianceShare), f32x4.mul(gradient, gradient));
    const variance = madd(f32x4.splat(varianceKeep), v128.load(v), square);
    const spread = madd(f32x4.sqrt(variance), f32x4.splat(correction), f32x4.splat(epsilon));
    v128.store(m, mean);
    v128.store(v, variance);
    v128.store(w, f32x4.sub(weight, f32x4.div(f32x4.mul(f32x4.splat(rate), mean), spread)));
  }
}
