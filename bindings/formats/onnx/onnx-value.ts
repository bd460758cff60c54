/** A tensor or value of a model as the file declares it. */
export interface OnnxValue {
  readonly name: string;
  /** ONNX's name of the type, in small letters; also of types that do not run here. */
  readonly dtype: string;
  /** Extents; a name or '?' where one is free. `undefined` where not even their number is declared; never so of a tensor. */
  readonly dims?: readonly (number | string)[];
}
