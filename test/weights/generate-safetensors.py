"""Writes the safetensors fixtures of this folder and what their elements are as float32.

Independent of our own code: bytes by struct, elements by torch (half, bfloat16, double -> float) and numpy, which must
agree. If the `safetensors` package is installed, its reader and writer are asked too and must agree byte for byte; the
committed files were checked so with version 0.8.0.

Run:  python3 test/weights/generate-safetensors.py      (seed 20261123, torch 1.13, numpy 1.24)
"""

import json
import pathlib
import struct

import numpy as np
import torch

FIXTURES = pathlib.Path(__file__).parent / 'fixtures'
SIZES = {'F64': 8, 'F32': 4, 'F16': 2, 'BF16': 2}
ORDER = ['BOOL', 'F4', 'F6_E2M3', 'F6_E3M2', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ',
         'I16', 'U16', 'F16', 'BF16', 'I32', 'U32', 'F32', 'C64', 'F64', 'I64', 'U64']
BITS = {**{d: 8 for d in ORDER}, 'F4': 4, 'F6_E2M3': 6, 'F6_E3M2': 6, **{d: 16 for d in ('I16', 'U16', 'F16', 'BF16')},
        **{d: 32 for d in ('I32', 'U32', 'F32')}, **{d: 64 for d in ('C64', 'F64', 'I64', 'U64')}}


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':'))


def pack(tensors, metadata=None, names=None, pad_to=8, shift=0):
    """tensors: name -> (dtype, shape, bytes). Data in the reference writer's order, or that of `names`;
    the header padded to a multiple of `pad_to`, then by `shift` more."""
    if names is None:
        names = sorted(tensors, key=lambda name: (-ORDER.index(tensors[name][0]), name))
    offset, members = 0, {}
    for name in names:
        dtype, shape, data = tensors[name]
        members[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [offset, offset + len(data)]}
        offset += len(data)
    header = ({} if metadata is None else {'__metadata__': metadata}) | members
    text = dump(header).encode()
    text += b' ' * (-len(text) % pad_to + shift)
    return struct.pack('<Q', len(text)) + text + b''.join(tensors[name][2] for name in names)


def widen(dtype, data):
    """The elements as float32 by torch, checked against numpy (bfloat16: against its definition, the upper half)."""
    kinds = {'F64': torch.float64, 'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16}
    if not data:
        return np.zeros(0, '<f4')
    values = torch.frombuffer(bytearray(data), dtype=kinds[dtype]).float().numpy()
    if dtype == 'BF16':
        again = (np.frombuffer(data, '<u2').astype('<u4') << 16).view('<f4')
    else:
        with np.errstate(over='ignore', invalid='ignore'):
            again = np.frombuffer(data, {'F64': '<f8', 'F32': '<f4', 'F16': '<f2'}[dtype]).astype('<f4')
    same = (values.view('<u4') == again.view('<u4')) | (np.isnan(values) & np.isnan(again))
    assert same.all(), (dtype, data)
    return values


def expected(tensors):
    """One line a tensor: name, dims, bit patterns of float32; NaN as the one pattern 7fc00000."""
    lines = []
    for name in sorted(tensors):
        dtype, shape, data = tensors[name]
        words = [0x7fc00000 if np.isnan(v) else int(v.view('<u4')) for v in widen(dtype, data)]
        lines.append(f"{dump(name)}\t{dump(shape)}\t{' '.join(f'{word:08x}' for word in words)}\n")
    return ''.join(lines)


def save(name, content):
    (FIXTURES / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    print(f'{name}: {len(content)}')


def f32(values, shape):
    data = np.asarray(values, '<f4').tobytes()
    assert len(data) == 4 * int(np.prod(shape, dtype=int))
    return ('F32', shape, data)


def mixed(random):
    words = lambda values: np.asarray(values, '<u2').tobytes()
    half = [0x0000, 0x8000, 0x0001, 0x8001, 0x0002, 0x0155, 0x0200, 0x03ff, 0x83ff, 0x0400, 0x8400, 0x3555, 0x3bff, 0x3c00,
            0x3c01, 0xbc00, 0x4000, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7c01, 0x7e00, 0xfe00, 0x7fff, 0xffff]
    brain = [0x0000, 0x8000, 0x0001, 0x807f, 0x0080, 0x3f80, 0xbf80, 0x3f81, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7f81, 0x7fc0,
             0xffff]
    double = [0.0, -0.0, 1.0, 1 + 2**-24, 1 + 3 * 2**-24, 1 + 2**-24 + 2**-50, 1 + 2**-23, -(1 + 2**-24), 0.1, 1 / 3, 16777217.0,
              16777219.0, float.fromhex('0x1.fffffep127'), float.fromhex('0x1.fffffefffffffp127'),
              float.fromhex('0x1.ffffffp127'), -float.fromhex('0x1.ffffffp127'), 1e300, -1e300, 2**-126, 2**-127,
              3 * 2**-149, 2**-149, 2**-150, 2**-150 * (1 + 2**-50), 3 * 2**-150, 2**-151, 5e-324, float('inf'),
              -float('inf'), float('nan')]
    bits = random.integers(0, 2**32, 24, dtype=np.uint64).astype('<u4')
    return {
        'half.edges': ('F16', [2, 13], words(half)),
        'half.random': ('F16', [4, 5, 6], words(random.integers(0, 2**16, 120))),
        'brain.edges': ('BF16', [15], words(brain)),
        'brain.random': ('BF16', [4, 30], words(random.integers(0, 2**16, 120))),
        'double.edges': ('F64', [30], np.asarray(double, '<f8').tobytes()),
        'double.random': ('F64', [7, 9], (random.standard_normal(63) * 10.0 ** random.integers(-48, 40, 63)).tobytes()),
        'single.bits': ('F32', [2, 3, 4], bits.tobytes()),
        'single.edges': f32([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan, 1e-45, 3.4028235e38], [8]),
        'scalar': f32([2.5], []),
        'empty': f32([], [2, 0, 3]),
        'one half': ('F16', [1], words([0x3c00])),
        '__proto__': f32([7.0], [1]),
        'constructor': f32([8.0, 9.0], [2, 1]),
        'zażółć "gęślą"\\\n\t\x01 😀': f32([-1.5], [1, 1]),
    }


def reference(random):
    """All F32: what our writer must write. Names whose UTF-16 order is not their code point order, and every escape."""
    names = ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_ih_l0_reverse', '10', '9', '', 'A', 'a', 'é', '\ue000',
             '\uffff', '😀', '𝔸', 'q"\\/\b\f\n\r\t\x00\x1f\x7f\u2028\u2029', '__proto__', 'toString']
    shapes = [[12, 3], [12, 4], [12], [0], [], [1, 1, 1], [2], [3], [5, 0, 2], [1], [2, 2], [7], [4], [1, 9], [6], [2], [1]]
    return {n: f32(random.standard_normal(int(np.prod(s, dtype=int))), s) for n, s in zip(names, shapes)}


def ask_reference(files):
    try:
        import safetensors
        import safetensors.torch
    except ImportError:
        print('safetensors is not installed: not compared with it')
        return
    for content, tensors, metadata in files:
        read = dict(safetensors.deserialize(content))
        assert {n: (t['dtype'], t['shape'], bytes(t['data'])) for n, t in read.items()} == tensors
        if metadata is not False:
            kinds = {'F64': torch.float64, 'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16}
            values = {n: (torch.frombuffer(bytearray(b), dtype=kinds[d]) if b else torch.zeros(0)).reshape(s)
                      for n, (d, s, b) in tensors.items()}
            assert safetensors.torch.save(values, metadata) == content
    print(f'same as safetensors {safetensors.__version__}')


def main():
    random = np.random.default_rng(20261123)
    FIXTURES.mkdir(exist_ok=True)
    tensors = mixed(random)
    metadata = {'format': 'pt — 😀 "\\\n'}
    one = pack(tensors, metadata)
    # The same tensors, smallest dtype first behind a header of odd length: nothing is aligned.
    shifted = pack(tensors, {'b': '2', 'a': '1'}, sorted(tensors, key=lambda n: (SIZES[tensors[n][0]], n)), 8, 5)
    save('mixed.safetensors', one)
    save('misaligned.safetensors', shifted)
    save('mixed.expected.tsv', expected(tensors))
    floats = reference(random)
    plain, titled = pack(floats), pack(floats, metadata)
    save('f32.safetensors', plain)
    save('f32-metadata.safetensors', titled)
    save('f32.expected.tsv', expected(floats))
    every = {d.lower(): (d, [2, 4], bytes(range(BITS[d]))) for d in ORDER}
    all_dtypes = pack(every)
    save('dtypes.safetensors', all_dtypes)
    rows = [f'{d.lower()}\t{d}\t[2,4]\t{BITS[d]}\n' for d in reversed(ORDER)]
    save('dtypes.expected.tsv', ''.join(rows))
    ask_reference([(one, tensors, metadata), (shifted, tensors, False), (plain, floats, None), (titled, floats, metadata),
                   (all_dtypes, every, False)])


main()
