/** ONNX's operators of sequences and optionals: how long a sequence is is known when a plan is made. */
export const LIST_OPERATORS: readonly string[] = [
  'SequenceEmpty',
  'SequenceConstruct',
  'SequenceAt',
  'SequenceInsert',
  'SequenceErase',
  'SequenceLength',
  'ConcatFromSequence',
  'SplitToSequence',
  'Optional',
  'OptionalGetElement',
  'OptionalHasElement',
];
