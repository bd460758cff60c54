/** The recurrent layers the reference knows, as torch.nn names them. */
export type LayerKind = 'RNN' | 'LSTM' | 'GRU';

/** Options of torch.nn's recurrent layers; `resetAfter: false` is the GRU of Cho et al. 2014, which PyTorch lacks. */
export interface ReferenceOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers?: number;
  readonly bias?: boolean;
  readonly bidirectional?: boolean;
  /** LSTM only: size of the projected h; 0 or absent for none. */
  readonly projSize?: number;
  /** RNN only. */
  readonly nonlinearity?: 'tanh' | 'relu';
  /** GRU only. */
  readonly resetAfter?: boolean;
}

/** Blocks of H rows in weight_ih and weight_hh: LSTM i f g o, GRU r z n. */
export const GATE_COUNT: Record<LayerKind, number> = { RNN: 1, LSTM: 4, GRU: 3 };

/** Ending of the parameter names of one direction of one layer: `_l1_reverse` for layer 1, direction 1. */
export function parameterSuffix(layer: number, direction: number): string {
  return `_l${layer}${direction === 1 ? '_reverse' : ''}`;
}

/**
 * Names and shapes of all parameters, in the order of PyTorch's own state_dict.
 *
 * Source: the Variables section of torch.nn.RNN, torch.nn.LSTM and torch.nn.GRU.
 */
export function parameterShapes(kind: LayerKind, options: ReferenceOptions): Record<string, number[]> {
  const { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false, projSize = 0 } = options;
  const rows = GATE_COUNT[kind] * hiddenSize;
  const directions = bidirectional ? 2 : 1;
  const stateSize = projSize || hiddenSize;
  const shapes: Record<string, number[]> = {};
  for (let layer = 0; layer < numLayers; layer++) {
    for (let direction = 0; direction < directions; direction++) {
      const suffix = parameterSuffix(layer, direction);
      shapes[`weight_ih${suffix}`] = [rows, layer === 0 ? inputSize : directions * stateSize];
      shapes[`weight_hh${suffix}`] = [rows, stateSize];
      if (bias) {
        shapes[`bias_ih${suffix}`] = [rows];
        shapes[`bias_hh${suffix}`] = [rows];
      }
      if (projSize > 0) {
        shapes[`weight_hr${suffix}`] = [projSize, hiddenSize];
      }
    }
  }
  return shapes;
}
