"""Loops, scans, branches, sequences, optionals and functions of models, written as text, with what onnxruntime computes."""

from typing import Any, Dict, List, Sequence

import numpy as np
import onnxruntime
from onnx import parser

from generator.archive import Case, seed_of

F32 = np.float32

HEAD = '<ir_version: 8, opset_import: ["" : %d%s]>\n'

# name → (opset, domains, text, the feeds of each run)
MODELS: Dict[str, Any] = {}


def add(name: str, text: str, *runs: Sequence[np.ndarray], opset: int = 17, domains: str = '') -> None:
    MODELS[name] = (opset, domains, text, runs)


def x(name: str, *dims: int) -> np.ndarray:
    return np.random.default_rng(seed_of(name)).standard_normal(dims).astype(F32)


def i64(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def scalar(value: int) -> np.ndarray:
    return np.array(value, np.int64)


add('loop-counts', '''
agraph (float[2, 3] h, float[3, 3] w) => (float[2, 3] last, float[5, 2, 3] all) {
  m = Constant <value = int64 {5}> ()
  go = Constant <value = bool {1}> ()
  last, all = Loop <body = step (int64 i, bool c, float[2, 3] a) => (bool d, float[2, 3] b, float[2, 3] s) {
    p = MatMul (a, w)
    f = Cast <to = 1> (i)
    q = Add (p, f)
    b = Tanh (q)
    s = Identity (b)
    d = Identity (c)
  }> (m, go, h)
}''', [x('h', 2, 3), x('w', 3, 3)])

add('loop-counts-fed', '''
agraph (int64 m, float[2] h) => (float[2] last, float[n, 2] all) {
  last, all = Loop <body = step (int64 i, bool c, float[2] a) => (bool c, float[2] b, float[2] s) {
    k = Constant <value_float = 0.5> ()
    b = Mul (a, k)
    s = Neg (b)
  }> (m, , h)
}''', [scalar(3), x('h', 2)], [scalar(0), x('h', 2)], [scalar(7), x('h', 2)])

add('loop-while', '''
agraph (float[2] h, float limit) => (float[2] last, float[n, 2] all, int64 turns) {
  zero = Constant <value_int = 0> ()
  one = Constant <value_int = 1> ()
  first = ReduceSum <keepdims = 0> (h)
  go = Less (first, limit)
  last, turns, all = Loop <body = step (int64 i, bool c, float[2] a, int64 t) => (bool d, float[2] b, int64 u, float[2] s) {
    k = Constant <value_float = 1.5> ()
    b = Mul (a, k)
    u = Add (t, one)
    total = ReduceSum <keepdims = 0> (b)
    d = Less (total, limit)
    s = Sub (b, a)
  }> ( , go, h, zero)
}''', [np.array([1, 2], F32), np.array(40, F32)], [np.array([1, 2], F32), np.array(4, F32)],
    [np.array([.5, .25], F32), np.array(1000, F32)])

add('loop-while-carried-alone', '''
agraph (float[2] h, float limit) => (float[2] last) {
  go = Constant <value = bool {1}> ()
  last = Loop <body = step (int64 i, bool c, float[2] a) => (bool d, float[2] b) {
    b = Add (a, a)
    total = ReduceSum <keepdims = 0> (b)
    d = Less (total, limit)
  }> ( , go, h)
}''', [np.array([1, 2], F32), np.array(40, F32)], [np.array([1, 2], F32), np.array(-4, F32)])

add('loop-swaps', '''
agraph (float[2] x, float[2] y) => (float[2] a, float[2] b, float[6, 2] all) {
  m = Constant <value = int64 {6}> ()
  a, b, all = Loop <body = step (int64 i, bool c, float[2] p, float[2] q) => (bool c, float[2] q, float[2] s, float[2] p) {
    s = Add (p, q)
  }> (m, , x, y)
}''', [x('x', 2), x('y', 2)])

add('loop-grows', '''
agraph (float[1, 2] x, int64 m) => (float[n, 2] y) {
  y = Loop <body = step (int64 i, bool c, float[k, 2] a) => (bool c, float[l, 2] b) {
    f = Cast <to = 1> (i)
    row = Add (x, f)
    b = Concat <axis = 0> (a, row)
  }> (m, , x)
}''', [x('x', 1, 2), scalar(4)], [x('x', 1, 2), scalar(9)])

add('loop-list', '''
agraph (float[2] x, int64 m) => (float[n, 2] y) {
  none = SequenceEmpty <dtype = 1> ()
  last, list = Loop <body = step (int64 i, bool c, float[2] a, seq(float[2]) l) => (bool c, float[2] b, seq(float[2]) k) {
    b = Sin (a)
    k = SequenceInsert (l, b)
  }> (m, , x, none)
  y = ConcatFromSequence <axis = 0, new_axis = 1> (list)
}''', [x('x', 2), scalar(4)], [x('x', 2), scalar(1)])

add('loop-takes-frames', '''
agraph (float[T, 3] x, float[3] h) => (float[n, 3] y) {
  shape = Shape (x)
  zero = Constant <value_int = 0> ()
  one = Constant <value_ints = [1]> ()
  axis = Constant <value_ints = [0]> ()
  m = Gather (shape, zero)
  last, y = Loop <body = step (int64 i, bool c, float[3] a) => (bool c, float[3] b, float[3] s) {
    from = Unsqueeze (i, axis)
    to = Add (from, one)
    cut = Slice (x, from, to, axis)
    frame = Squeeze (cut, axis)
    half = Add (frame, a)
    b = Tanh (half)
    s = Identity (b)
  }> (m, , h)
}''', [x('x', 4, 3), x('h', 3)], [x('z', 6, 3), x('h', 3)])

add('loop-in-loop', '''
agraph (float[2] x) => (float[2] y, float[3, 4, 2] all) {
  m = Constant <value = int64 {3}> ()
  n = Constant <value = int64 {4}> ()
  y, all = Loop <body = outer (int64 i, bool c, float[2] a) => (bool c, float[2] b, float[4, 2] rows) {
    b, rows = Loop <body = inner (int64 j, bool d, float[2] p) => (bool d, float[2] q, float[2] s) {
      f = Cast <to = 1> (i)
      q0 = Add (p, f)
      q = Sin (q0)
      s = Mul (q, a)
    }> (n, , a)
  }> (m, , x)
}''', [x('x', 2)])

add('branch-in-loop', '''
agraph (float[2] x) => (float[2] y, float[6] sums) {
  m = Constant <value = int64 {6}> ()
  limit = Constant <value_float = 2.0> ()
  y, sums = Loop <body = step (int64 i, bool c, float[2] a) => (bool c, float[2] b, float s) {
    size = ReduceL1 <keepdims = 0> (a)
    large = Greater (size, limit)
    b = If (large) <then_branch = t () => (float[2] u) { u = Mul (a, size) u0 = Neg (u) },
      else_branch = e () => (float[2] v) { k = Constant <value_float = 1.5> () v = Mul (a, k) }>
    s = ReduceSum <keepdims = 0> (b)
  }> (m, , x)
}'''.replace('u = Mul (a, size) u0 = Neg (u)', 'h = Sqrt (size)\n u = Div (a, h)'), [x('x', 2)])

add('if-computed', '''
agraph (float[2, 3] x, float[2, 3] y) => (float[2, 3] z, float[3] w) {
  total = ReduceSum <keepdims = 0> (x)
  zero = Constant <value_float = 0.0> ()
  go = Greater (total, zero)
  z, w = If (go) <then_branch = t () => (float[2, 3] a, float[3] b) { a = Add (x, y)
    b = ReduceMax <axes = [0], keepdims = 0> (a) },
    else_branch = e () => (float[2, 3] c, float[3] d) { c = Identity (y)
    d = Constant <value_floats = [1.0, 2.0, 3.0]> () }>
}''', [np.abs(x('x', 2, 3)), x('y', 2, 3)], [-np.abs(x('x', 2, 3)), x('y', 2, 3)])

add('if-computed-other-dims', '''
agraph (float[2, 3] x) => (float[n] z) {
  total = ReduceSum <keepdims = 0> (x)
  zero = Constant <value_float = 0.0> ()
  flat = Constant <value_ints = [-1]> ()
  go = Greater (total, zero)
  y = If (go) <then_branch = t () => (float[a] a) { a = Reshape (x, flat) },
    else_branch = e () => (float[b] b) { b = ReduceMax <axes = [0], keepdims = 0> (x) }>
  z = Exp (y)
}''', [np.abs(x('x', 2, 3))], [-np.abs(x('x', 2, 3))], [np.abs(x('y', 2, 3))])

add('sizes-from-data', '''
agraph (float[B, T, 3] x, int64[B] n) => (float[B, m, 3] y, float[m] ramp, int64[B] back) {
  most = ReduceMax <keepdims = 1> (n)
  zero = Constant <value_ints = [0]> ()
  one = Constant <value_ints = [1]> ()
  cut = Slice (x, zero, most, one)
  y = Tanh (cut)
  start = Constant <value_int = 0> ()
  step = Constant <value_int = 1> ()
  end = Squeeze (most)
  counted = Range (start, end, step)
  ramp = Cast <to = 1> (counted)
  back = Neg (n)
}''', *[[x('x', 2, 6, 3), i64(*n)] for n in ((3, 2), (5, 6), (1, 3), (3, 2))], [x('x', 3, 6, 3), i64(2, 4, 1)])

add('scan-axes', '''
agraph (float[2, 3] h, float[2, 4, 3] x, float[4, 2] g) => (float[2, 3] last, float[2, 3, 4] y, float[4, 2] s) {
  last, y, s = Scan <num_scan_inputs = 2, scan_input_axes = [1, 0], scan_input_directions = [1, 0],
    scan_output_axes = [-1, 0], scan_output_directions = [0, 1],
    body = step (float[2, 3] a, float[2, 3] f, float[2] k) => (float[2, 3] b, float[2, 3] o, float[2] r) {
      axis = Constant <value_ints = [1]> ()
      column = Unsqueeze (k, axis)
      scaled = Mul (f, column)
      both = Add (a, scaled)
      b = Tanh (both)
      o = Mul (b, scaled)
      r = ReduceSum <keepdims = 0> (o, axis)
    }> (h, x, g)
}''', [x('h', 2, 3), x('x', 2, 4, 3), x('g', 4, 2)])

add('scan-8', '''
agraph (float[2, 3] h, float[2, 4, 3] x) => (float[2, 3] last, float[2, 4, 3] y) {
  last, y = Scan <num_scan_inputs = 1, body = step (float[3] a, float[3] f) => (float[3] b, float[3] o) {
      s = Add (a, f)
      b = Tanh (s)
      o = Identity (b)
    }> ( , h, x)
}''', [x('h', 2, 3), x('x', 2, 4, 3)], opset=8)

add('sequences', '''
agraph (float[4, 2] x, float[4, 2] y, int64 at) => (float[m, 2] a, float[2] b, int64 n, float[4, 2] c, float[2, 4] d,
    float[3, 4, 2] e, float[4, 2] f) {
  pair = SequenceConstruct (x, y)
  sum = Add (x, y)
  second = Constant <value_int = -1> ()
  three = SequenceInsert (pair, sum, second)
  n = SequenceLength (three)
  c = SequenceAt (three, at)
  e = ConcatFromSequence <axis = 0, new_axis = 1> (three)
  first = Constant <value_int = 0> ()
  two = SequenceErase (three, first)
  f = SequenceAt (two, first)
  one = SequenceErase (two)
  rest = ConcatFromSequence <axis = 0> (one)
  rows = SplitToSequence <axis = 0, keepdims = 0> (rest)
  b = SequenceAt (rows, at)
  uneven = Constant <value_ints = [3, 1]> ()
  parts = SplitToSequence <axis = 0> (x, uneven)
  a = SequenceAt (parts, first)
  width = Constant <value_int = 3> ()
  thirds = SplitToSequence <axis = 0> (y, width)
  short = SequenceAt (thirds, second)
  long = SequenceAt (thirds, first)
  again = ConcatFromSequence <axis = 0> (thirds)
  d = Transpose (again)
}''', [x('x', 4, 2), x('y', 4, 2), scalar(1)], [x('x', 4, 2), x('y', 4, 2), scalar(-2)])

add('sequence-map', '''
agraph (float[2, 3] x, float[2, 3] y, float[3] w) => (float[4, 3] z, float s) {
  list = SequenceConstruct (x, y)
  out, sums = SequenceMap <body = each (float[2, 3] a, float[3] v) => (float[2, 3] b, float s) {
    b = Mul (a, v)
    s = ReduceSum <keepdims = 0> (b)
  }> (list, w)
  z = ConcatFromSequence <axis = 0> (out)
  last = Constant <value_int = -1> ()
  s = SequenceAt (sums, last)
}''', [x('x', 2, 3), x('y', 2, 3), x('w', 3)])

add('optionals', '''
agraph (float[2] x) => (float[2] y, bool has) {
  maybe = Optional (x)
  has = OptionalHasElement (maybe)
  got = OptionalGetElement (maybe)
  y = Neg (got)
}''', [x('x', 2)], opset=18)

FUNCTIONS = '''
<domain: "local", opset_import: ["" : 17]>
scaled <alpha, beta: float = 0.5> (a, b) => (c) {
  k = Constant <value_float: float = @alpha> ()
  l = Constant <value_float: float = @beta> ()
  p = Mul (a, k)
  q = Mul (b, l)
  c = Add (p, q)
}
<domain: "local", opset_import: ["" : 17, "local" : 1]>
twice <alpha> (a, b) => (c, d) {
  c = local.scaled <alpha: float = @alpha> (a, b)
  d = local.scaled <alpha: float = @alpha, beta = 2.0> (c, a)
}
<domain: "local", opset_import: ["" : 17, "local" : 1]>
chosen <slope> (a, go) => (c) {
  c = If (go) <then_branch = t () => (y) { y = LeakyRelu <alpha: float = @slope> (a) },
    else_branch = e () => (z) { z = Neg (a) }>
}'''

add('functions', '''
agraph (float[2] a, float[2] x) => (float[2] y, float[2] z, float[2] w, float[2] v) {
  y = local.scaled <alpha = 3.0> (a, x)
  z, c = local.twice <alpha = -1.0> (x, y)
  total = ReduceSum <keepdims = 0> (a)
  zero = Constant <value_float = 0.0> ()
  go = Greater (total, zero)
  w = local.chosen <slope = 0.25> (c, go)
  v = local.chosen <slope = 0.5> (w, go)
}''' + FUNCTIONS, [x('a', 2), x('x', 2)], [-x('a', 2), x('x', 2)], domains=', "local" : 1')

add('rnn-in-loop', '''
agraph (float[T, 1, 2] x, float[1, 4, 2] w, float[1, 4, 4] r, float[1, 1, 4] h) => (float[1, 1, 4] last, float[3, T, 1, 1, 4] all) {
  m = Constant <value = int64 {3}> ()
  last, all = Loop <body = step (int64 i, bool c, float[1, 1, 4] a) => (bool c, float[1, 1, 4] b, float[T, 1, 1, 4] s) {
    s, b = RNN <hidden_size = 4> (x, w, r, , , a)
  }> (m, , h)
}''', [x('x', 3, 1, 2), x('w', 1, 4, 2), x('r', 1, 4, 4), x('h', 1, 1, 4)])


def control_cases() -> List[Case]:
    cases = []
    for name, (opset, domains, text, feeds) in MODELS.items():
        model = parser.parse_model(HEAD % (opset, domains) + text.strip())
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
        names = [each.name for each in session.get_inputs()]
        runs = [(given, session.run(None, dict(zip(names, given)))) for given in feeds]
        cases.append(Case(name, model, runs))
    return cases
