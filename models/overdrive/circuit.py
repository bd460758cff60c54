"""
An overdriven stage, written down in full: what the network of `overdrive.nam` was trained to sound like. No measured device stands behind it.

    high-pass 120 Hz -> tanh with an offset, driven hard -> low-pass 3.5 kHz
"""
import numpy
from scipy.signal import lfilter

RATE = 48_000
DRIVE = 14.0
OFFSET = 0.3
LEVEL = 0.5


def overdrive(samples):
    """What the stage makes of sound between -1 and 1 at 48 kHz."""
    keep = numpy.exp(-2 * numpy.pi * 120 / RATE)
    without_rumble = lfilter([keep, -keep], [1, -keep], samples)
    bent = numpy.tanh(DRIVE * without_rumble + OFFSET) - numpy.tanh(OFFSET)
    smooth = numpy.exp(-2 * numpy.pi * 3500 / RATE)
    return LEVEL * lfilter([1 - smooth], [1, -smooth], bent)


def pluck(rng, hertz, seconds):
    """A plucked string after Karplus and Strong: a burst of noise in a delay line that loses its treble as it goes round."""
    count = int(seconds * RATE)
    delay = RATE / hertz - 0.5
    size = int(delay)
    share = delay - size
    burst = numpy.zeros(count)
    burst[:size] = lfilter([0.5], [1, -0.5], rng.uniform(-1, 1, size))
    # y[n] = burst[n] + damping * the mean of two neighbours, one period ago
    damping = rng.uniform(0.985, 0.999)
    back = numpy.zeros(size + 3)
    for offset, weight in enumerate([(1 - share) / 2, 0.5, share / 2]):
        back[size + offset] = -damping * weight
    back[0] = 1
    string = lfilter([1], back, burst)
    return string / numpy.abs(string).max()


def guitar(rng, seconds):
    """Notes and chords of random pitches, loud and soft, some left to ring, some silence, a little hum and hiss."""
    line = numpy.zeros(int(seconds * RATE))
    at = 0
    while at < len(line):
        length = rng.uniform(0.1, 1.2)
        root = 82.4 * 2 ** (rng.integers(0, 30) / 12)
        strings = [0] if rng.random() < 0.6 else [0, 7, 12][: rng.integers(2, 4)]
        volume = 10 ** rng.uniform(-1.8, 0) / len(strings) ** 0.5
        if rng.random() > 0.08:
            for interval in strings:
                note = volume * pluck(rng, root * 2 ** (interval / 12), length)
                line[at : at + len(note)] += note[: len(line) - at]
        at += int(length * rng.uniform(0.6, 1.0) * RATE)
    line += 10 ** rng.uniform(-4.5, -3) * rng.standard_normal(len(line))
    return numpy.clip(line, -1, 1)
