"""One golden case in memory, its error measures, and the two file formats it is written to."""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import numpy as np

Arrays = Dict[str, np.ndarray]

# One float32 rounding: the perturbation under which `sensitivity` is measured.
HALF_ULP = 2.0**-24
PERTURBATIONS = 4


@dataclass
class Golden:
    """A case as the files hold it. `options` are the camelCase constructor options of the library under test."""

    name: str
    family: str
    kind: str
    options: Dict[str, Any]
    parameters: Arrays
    input: np.ndarray
    expected: Arrays
    source: str = 'pytorch-float64'
    values: str = 'plain'
    state: Arrays = field(default_factory=dict)
    lengths: Optional[List[int]] = None
    padding: Optional[str] = None
    float32_error: float = 0.0
    sensitivity: float = 0.0

    def tensors(self) -> Arrays:
        """Every tensor of the case under its name in the safetensors file."""
        named = {f'{self.name}/{key}': value for key, value in self.parameters.items()}
        named[f'{self.name}/input'] = self.input
        named.update({f'{self.name}/state.{key}': value for key, value in self.state.items()})
        named.update({f'{self.name}/expected.{key}': value for key, value in self.expected.items()})
        return named

    def entry(self) -> Dict[str, Any]:
        """The case's line in cases.json."""
        entry: Dict[str, Any] = {'name': self.name, 'family': self.family, 'kind': self.kind, 'source': self.source}
        entry.update({'values': self.values, 'options': self.options, 'inputDims': list(self.input.shape)})
        if self.lengths is not None:
            entry.update({'lengths': self.lengths, 'padding': self.padding})
        tensors = {'stateDict': list(self.parameters), 'state': list(self.state), 'expected': list(self.expected)}
        entry['tensors'] = tensors
        entry['float32Error'] = float(f'{self.float32_error:.2e}')
        entry['sensitivity'] = float(f'{self.sensitivity:.2e}')
        return entry


def largest_error(got: Arrays, truth: Arrays) -> float:
    """Largest |got - truth| over all tensors, each relative to max(1, its largest finite magnitude).

    Non-finite elements must agree in kind and sign; they then count as equal.
    """
    worst = 0.0
    for key, true in truth.items():
        finite = np.isfinite(true)
        assert np.array_equal(got[key][~finite], true[~finite], equal_nan=True), f'{key}: NaN or Inf differ'
        assert np.isfinite(got[key][finite]).all(), f'{key}: NaN or Inf where there should be none'
        if finite.any():
            scale = max(1.0, float(np.abs(true[finite]).max()))
            worst = max(worst, float(np.abs(got[key][finite].astype(np.float64) - true[finite]).max()) / scale)
    return worst


def sensitivity(evaluate: Callable[[Arrays], Arrays], sources: Arrays, truth: Arrays) -> float:
    """How far the float64 truth moves when every number it is made from moves by half a float32 ulp.

    No float32 implementation, whatever its order of summation, can be expected to come closer than about this.
    """
    rng = np.random.default_rng(7)
    worst = 0.0
    for _ in range(PERTURBATIONS):
        moved = {key: array * (1 + HALF_ULP * rng.choice([-1.0, 1.0], array.shape)) for key, array in sources.items()}
        worst = max(worst, largest_error(evaluate(moved), truth))
    return worst


def to_float32(arrays: Arrays) -> Arrays:
    """Rounds every array to float32, contiguous. An overflow to infinity would be a badly chosen case."""
    rounded = {key: np.array(array, dtype=np.float32, order='C') for key, array in arrays.items()}
    for key, array in arrays.items():
        rounded[key][np.isnan(array)] = np.nan  # which NaN an operation returns is chance: the files hold one kind
        assert np.array_equal(np.isinf(array), np.isinf(rounded[key])), f'{key} does not fit float32'
    return rounded


def write_safetensors(path: Path, tensors: Arrays) -> None:
    """The format by hand: u64 header length, JSON header padded with spaces to 8 bytes, then the data, all F32."""
    header: Dict[str, Any] = {}
    offset = 0
    for name, array in tensors.items():
        assert array.dtype == np.float32, name
        header[name] = {'dtype': 'F32', 'shape': list(array.shape), 'data_offsets': [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    data = b''.join(array.astype('<f4').tobytes() for array in tensors.values())
    path.write_bytes(struct.pack('<Q', len(text)) + text + data)


def write_goldens(folder: Path, about: Dict[str, Any], goldens: List[Golden]) -> None:
    """Writes one safetensors file per family, and cases.json with one case a line."""
    names = [golden.name for golden in goldens]
    assert len(set(names)) == len(names), 'two cases share a name'
    for family in dict.fromkeys(golden.family for golden in goldens):
        tensors: Arrays = {}
        for golden in goldens:
            if golden.family == family:
                tensors.update(golden.tensors())
        write_safetensors(folder / f'{family}.safetensors', tensors)
    lines = ',\n'.join(json.dumps(golden.entry(), allow_nan=False) for golden in goldens)
    head = json.dumps(about)[1:-1]
    (folder / 'cases.json').write_text('{' + head + ', "cases": [\n' + lines + '\n]}\n')
