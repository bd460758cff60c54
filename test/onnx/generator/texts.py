"""Models that carry strings through, written as text, with what onnxruntime computes for them."""

from typing import Any, Dict, List, Sequence

import numpy as np
import onnxruntime
from onnx import parser
from onnx.reference import ReferenceEvaluator

from generator.archive import Case

HEAD = '<ir_version: 9, opset_import: ["" : %d]>\n'

LABELS = 'string[4] labels = {"cat", "dog", "", "Käse 🧀"}'

# name → (opset, text, the feeds of each run)
MODELS: Dict[str, Any] = {}


def add(name: str, text: str, *runs: Sequence[np.ndarray], opset: int = 20) -> None:
    MODELS[name] = (opset, text, runs)


def strings(*values: str, dims: Sequence[int] = (-1,)) -> np.ndarray:
    return np.array(values, object).reshape(dims)


def i64(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


F32 = np.float32
SIX = strings('a', 'b', 'a', 'cat', '', 'Käse 🧀', dims=(2, 3))

add('initializer', 'agraph (float[2] x) => (float[2] y, string[4] labels2) <%s> {\n y = Neg (x)\n labels2 = Identity (labels) }'
    % LABELS, [np.array([1, 2], F32)])
add('initializer-is-output', 'agraph (float[2] x) => (float[2] y, string[4] labels) <%s> {\n y = Neg (x) }' % LABELS,
    [np.array([1, 2], F32)])
add('constants', '''agraph (float[2] x) => (float[2] y, string one, string[2] two, string[3] all) {
  y = Neg (x)
  one = Constant <value_string = "only"> ()
  two = Constant <value_strings = ["p", "q"]> ()
  three = Constant <value = string[1] {"r"}> ()
  all = Concat <axis = 0> (two, three)
}''', [np.array([1, 2], F32)])

add('label-of-largest', '''agraph (float[N, 4] x) => (string[N] label, float[N, 4] p) <%s> {
  p = Softmax <axis = 1> (x)
  at = ArgMax <axis = 1, keepdims = 0> (p)
  label = Gather (labels, at)
}''' % LABELS, [np.array([[1, 3, 2, 0], [0, 0, 0, 9]], F32)], [np.array([[5, 3, 2, 0]], F32)],
    [np.array([[0, 3, 8, 0], [0, 0, 0, 9], [3, 1, 2, 1]], F32)])

add('labels-of-best', '''agraph (float[2, 4] x, int64[1] k) => (string[2, n] best, float[2, n] values) <%s> {
  values, at = TopK <axis = 1> (x, k)
  best = Gather (labels, at)
}''' % LABELS, [np.array([[1, 3, 2, 0], [0, 1, 2, 9]], F32), i64(2)], [np.array([[1, 3, 2, 0], [0, 1, 2, 9]], F32), i64(3)])

add('feed-is-output', 'agraph (string[N] s) => (string[N] s2) {\n s2 = Identity (s) }', [strings('x', 'y', 'x')],
    [strings('z')], [strings('x', 'neu', 'Ω', '')], [np.array([], object)])

add('moved', '''agraph (string[2, 3] s) => (string[3, 2] t, string[6] flat, string[2, 1, 3] u, string[4, 3] c, string[2, 2] cut,
  string[2, 2, 3] e, string[2, 6] tiled, string[2, 3] f, string[1, 6] g) {
  t = Transpose (s)
  all = Constant <value_ints = [-1]> ()
  flat = Reshape (s, all)
  one = Constant <value_ints = [1]> ()
  u = Unsqueeze (s, one)
  back = Squeeze (u, one)
  c = Concat <axis = 0> (back, s)
  from = Constant <value_ints = [1]> ()
  to = Constant <value_ints = [3]> ()
  cut = Slice (s, from, to, one)
  shape = Constant <value_ints = [2, 1, 1]> ()
  e = Expand (s, shape)
  repeats = Constant <value_ints = [1, 2]> ()
  tiled = Tile (s, repeats)
  f = Flatten (s)
  zero = Constant <value_ints = [1, 6]> ()
  g = Reshape (flat, zero)
}''', [SIX], [strings('q', 'w', 'e', 'r', 't', 'z', dims=(2, 3))])

add('split', '''agraph (string[5] s) => (string[2] a, string[3] b, int64[1] shape, int64 size) {
  sizes = Constant <value_ints = [2, 3]> ()
  a, b = Split <axis = 0> (s, sizes)
  shape = Shape (b)
  size = Size (s)
}''', [strings('a', 'b', 'c', 'd', 'e')])

add('picked', '''agraph (string[2, 3] s, int64[2] columns, int64[2, 2] cells, int64[2, 2] places) =>
    (string[2, 2] a, string[2, 2] b, string[2] c) {
  a = Gather <axis = 1> (s, columns)
  b = GatherElements <axis = 1> (s, cells)
  c = GatherND (s, places)
}''', [SIX, i64(1, 0), i64(2, 0, 1, 1).reshape(2, 2), i64(0, 2, 1, 1).reshape(2, 2)],
    [SIX, i64(-1, -2), i64(-1, 0, 0, 1).reshape(2, 2), i64(1, 2, 0, 0).reshape(2, 2)])

# Of a row of strings onnxruntime 1.32 copies the first alone: ONNX's own reference says what is right.
add('gathered-rows', 'agraph (string[2, 3] s, int64[2] rows) => (string[2, 3] a) {\n a = Gather <axis = 0> (s, rows) }',
    [SIX, i64(1, 0)], [SIX, i64(-1, -1)])
REFERENCE = {'gathered-rows'}

add('equal', '''agraph (string[2, 3] s, string t) => (bool[2, 3] same, string[2, 3] chosen, int64[2, n] where) <string other = {"other"},
    string dog = {"cat"}> {
  same = Equal (s, t)
  chosen = Where (same, other, s)
  is = Equal (chosen, dog)
  where = NonZero (is)
}''', [SIX, strings('a', dims=())], [SIX, strings('neu', dims=())], [SIX, strings('', dims=())])

add('compressed', '''agraph (string[4] s, bool[4] keep, int64[2] lengths) => (string[n] kept, string[2, 2] turned) {
  kept = Compress <axis = 0> (s, keep)
  dims = Constant <value_ints = [2, 2]> ()
  square = Reshape (s, dims)
  turned = ReverseSequence <batch_axis = 1, time_axis = 0> (square, lengths)
}''', [strings('a', 'b', 'c', 'd'), np.array([1, 0, 1, 1], bool), i64(2, 1)],
    [strings('a', 'b', 'c', 'd'), np.array([0, 0, 1, 0], bool), i64(1, 2)])

add('branches', '''agraph (float[2] x, string[2] s) => (string[2] y) <string[2] pair = {"no", "way"}> {
  sum = ReduceSum <keepdims = 0> (x)
  zero = Constant <value_float = 0.0> ()
  go = Greater (sum, zero)
  y = If (go) <then_branch = t () => (string[2] a) { a = Identity (s) },
    else_branch = e () => (string[2] b) { last = Constant <value_strings = ["late"]> ()
    first = Constant <value_ints = [0]> ()
    head = Gather (pair, first)
    b = Concat <axis = 0> (head, last) }>
}''', [np.array([1, 2], F32), strings('late', 'u')], [np.array([-1, -2], F32), strings('late', 'u')],
    [np.array([1, 2], F32), strings('late', 'u')])

add('branch-of-strings-in-file', '''agraph (bool go) => (string[n] y) {
  y = If (go) <then_branch = t () => (string[1] a) { a = Constant <value_strings = ["yes"]> () },
    else_branch = e () => (string[2] b) { b = Constant <value_strings = ["oh", "no"]> () }>
}''', [np.array(True)], [np.array(False)])

add('carried', '''agraph (string[2] s, int64 m) => (string[2] last, string[n, 2] all) <string[2] step = {"one", "two"}> {
  last, all = Loop <body = b (int64 i, bool c, string[2] a) => (bool c, string[2] q, string[2] out) {
    zero = Constant <value_ints = [0]> ()
    one = Constant <value_ints = [1]> ()
    head = Gather (a, one)
    two = Constant <value_int = 2> ()
    rest = Mod (i, two)
    next = Gather (step, rest)
    tail = Unsqueeze (next, zero)
    q = Concat <axis = 0> (head, tail)
    out = Identity (a)
  }> (m, , s)
}''', [strings('x', 'y'), np.array(3, np.int64)], [strings('x', 'one'), np.array(5, np.int64)], [strings('x', 'y'), np.array(0, np.int64)])

add('grows', '''agraph (string[1] s, int64 m) => (string[n] y) {
  y = Loop <body = b (int64 i, bool c, string[k] a) => (bool c, string[l] q) { q = Concat <axis = 0> (a, s) }> (m, , s)
}''', [strings('x'), np.array(3, np.int64)])

add('scanned', '''agraph (string[3, 2] s) => (string[3, 2] y) {
  y = Scan <num_scan_inputs = 1, body = b (string[2] row) => (string[2] out) {
    to = Constant <value_ints = [1, 0]> ()
    out = Gather (row, to) }> (s)
}''', [strings('a', 'b', 'c', 'd', 'e', 'f', dims=(3, 2))])

add('sequence', '''agraph (string[2] s, string[2] t) => (string[4] y, string[2] z) {
  both = SequenceConstruct (s, t)
  y = ConcatFromSequence <axis = 0> (both)
  one = Constant <value_int = 1> ()
  z = SequenceAt (both, one)
}''', [strings('a', 'b'), strings('c', 'a')])


def text_cases() -> List[Case]:
    cases = []
    for name, (opset, text, feeds) in MODELS.items():
        model = parser.parse_model(HEAD % opset + text.strip())
        if name in REFERENCE:
            session = ReferenceEvaluator(model)
        else:
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
        names = [each.name for each in model.graph.input]
        cases.append(Case(name, model, [(given, session.run(None, dict(zip(names, given)))) for given in feeds]))
    return cases
