/** 1 in the build whose multiply-adds round once (relaxed SIMD), 0 otherwise. */
export function isRelaxed(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 0;
}
