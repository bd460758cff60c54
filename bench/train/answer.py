"""What answer.js does, for PyTorch."""

import json
import re
import sys
import time

import torch


def blas():
    """Which library multiplies matrices: the reference implementation, which Debian installs, is ten times slower than others."""
    if 'BLAS_INFO=mkl' in torch.__config__.show():
        return 'MKL'
    with open('/proc/self/maps') as maps:
        names = set(re.findall(r'lib(openblas|mkl|blis|blas)', maps.read()))
    known = {'openblas': 'OpenBLAS', 'blis': 'BLIS', 'mkl': 'MKL'}
    return next((title for name, title in known.items() if name in names), 'the reference BLAS')


def answer(step):
    """Answers each line, a count of steps, with their losses, the mean time of one, and what of it the process was computing."""
    print(json.dumps({'about': f'PyTorch {torch.__version__} with {blas()}, one thread'}), flush=True)
    for line in sys.stdin:
        start, computing = time.perf_counter(), time.process_time()
        losses = [step() for _ in range(int(line))]
        each = 1000 / len(losses)
        elapsed = (time.perf_counter() - start) * each
        computing = (time.process_time() - computing) * each
        print(json.dumps({'losses': losses, 'milliseconds': elapsed, 'computing': computing}), flush=True)
