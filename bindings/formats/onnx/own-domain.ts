/** The name of an operator's domain; ONNX's own has two, of which `''` is kept. */
export function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}
