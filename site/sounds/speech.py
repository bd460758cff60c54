"""
Makes the recording of the panel Listen, 16 kHz, mono: python3 site/sounds/speech.py

eSpeak NG says a sentence in English and one in Korean; between them a cough made of noise, under all of it a little hiss. Nobody's
voice is in it. Needs espeak-ng, sox and NumPy.
"""
import pathlib
import subprocess
import tempfile
import wave

import numpy

RATE = 16_000
OUT = pathlib.Path(__file__).parent.parent / "public" / "samples" / "speech.wav"


def spoken(voice, text):
    with tempfile.TemporaryDirectory() as folder:
        raw, right = f"{folder}/raw.wav", f"{folder}/right.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", "145", "-w", raw, text], check=True)
        subprocess.run(["sox", "-R", raw, "-r", str(RATE), "-b", "16", right, "gain", "-n", "-6"], check=True)
        with wave.open(right) as file:
            return numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def cough(rng):
    count = int(0.35 * RATE)
    t = numpy.arange(count) / RATE
    noise = numpy.convolve(rng.standard_normal(count), numpy.ones(6) / 6, "same")
    shape = numpy.minimum(t / 0.01, 1) * numpy.exp(-t / 0.07) + 0.5 * numpy.exp(-(((t - 0.22) / 0.05) ** 2))
    return 0.5 * noise * shape


def main():
    rng = numpy.random.default_rng(1)
    rest = lambda seconds: numpy.zeros(int(seconds * RATE))
    parts = [rest(0.7), spoken("en-us", "Somebody is speaking here."), rest(0.5), cough(rng), rest(0.7)]
    parts += [spoken("ko", "지금 누군가 말하고 있습니다."), rest(0.6)]
    line = numpy.concatenate(parts)
    line = line + 0.001 * rng.standard_normal(len(line))
    with wave.open(str(OUT), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((numpy.clip(line, -1, 1) * 32767).astype("<i2").tobytes())


main()
