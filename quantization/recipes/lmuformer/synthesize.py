"""Digits spoken by synthesizers, 8 kHz WAV: {digit}_{voice}_{n}.wav.

    synthesize.py --out FOLDER [--clips 2400]

espeak-ng (dialects and variants, and voices of other languages that read a respelling: accents), flite, festival, and the
recorded prompts of asterisk-core-sounds-en-wav where they are installed. Silence around a word is cut off.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 8000
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
WORDS = "zero one two three four five six seven eight nine".split()
# How a reader of the language's own spelling says the English words.
RESPELLED = {
    "fr-fr": "ziro ouane tou fri for faïve sixe sévène éïte naïne".split(),
    "de": "siero wann tu srie for faif sicks ßewwen äit nein".split(),
    "nl": "ziero wan toe srie foor faaif siks zeuven eet nain".split(),
    "es": "síro uán tu tri for fáif siks séven éit náin".split(),
    "it": "ziro uan tu tri for faiv sics seven eit nain".split(),
    "el": "ζίρο ουάν του θρι φορ φάιβ σιξ σέβεν έιτ νάιν".split(),
    "pl": "ziroł łan tu tri for fajf siks sewen ejt najn".split(),
}
DIALECTS = "en-us en-gb en-029 en-gb-x-rp en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-us-nyc".split()
VARIANTS = """m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 klatt klatt2 klatt3 Alex Alicia Andrea Andy Annie Denis Gene Hugo Jacky Lee Marco
Mario Michael Mike adam anika antonio belinda benjamin boris caleb david edward grandpa gustave john linda max michel norbert pablo
robert steph travis zac""".split()
FLITE = "kal16 awb rms slt".split()
FESTIVAL = "kal_diphone ked_diphone cmu_us_slt_arctic_hts".split()


def espeak(digit: int, rng: random.Random, out: Path) -> tuple[str, list[str]]:
    """Returns (the voice's name, the command): a dialect of English, at times a voice of another language."""
    language = rng.choice(list(RESPELLED)) if rng.random() < 0.35 else rng.choice(DIALECTS)
    variant = rng.choice(VARIANTS)
    text = RESPELLED[language][digit] if language in RESPELLED else WORDS[digit]
    return f"espeak-{language}-{variant}", ["espeak-ng", "-v", f"{language}+{variant}", "-s", str(rng.randint(110, 210)),
                                            "-p", str(rng.randint(10, 90)), "-w", str(out), text + rng.choice([".", "?", "!", ","])]


def flite(digit: int, rng: random.Random, out: Path) -> tuple[str, list[str]]:
    """The same for flite."""
    voice = rng.choice(FLITE)
    return f"flite-{voice}", ["flite", "-voice", voice, "--setf", f"duration_stretch={rng.uniform(0.75, 1.25):.2f}",
                              "--setf", f"int_f0_target_mean={rng.randint(80, 220)}", "-t", WORDS[digit], "-o", str(out)]


def festival(digit: int, rng: random.Random, out: Path) -> tuple[str, list[str]]:
    """The same for festival, which reads the word from its standard input."""
    voice = rng.choice(FESTIVAL)
    return f"festival-{voice}", ["text2wave", "-eval", f"(voice_{voice})", "-o", str(out)]


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Cuts frames of 10 ms off both ends that are 35 dB below the loudest; two stay."""
    frames = samples[: len(samples) // 80 * 80].astype(np.float64).reshape(-1, 80)
    power = (frames ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** -3.5)
    return samples[max(loud[0] - 2, 0) * 80: (loud[-1] + 3) * 80]


def read(path: Path) -> np.ndarray:
    """Returns int16 samples at 8 kHz, silence cut off, at 0.3 of full scale; empty where there is no sound."""
    if not path.exists() or path.stat().st_size < 2000:
        return np.zeros(0, np.int16)
    rate, samples = wavfile.read(path)
    x = resample_poly(samples.astype(np.float64), SAMPLE_RATE_HZ, rate)
    peak = np.abs(x).max()
    return trimmed(np.round(x / peak * 0.3 * 32767)).astype(np.int16) if peak > 0 else np.zeros(0, np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=2400)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(args.clips):
            digit, spoken = n % 10, Path(folder) / "spoken.wav"
            spoken.unlink(missing_ok=True)
            engine = rng.choices([espeak, flite, festival], [0.8, 0.17, 0.03])[0]
            voice, command = engine(digit, rng, spoken)
            subprocess.run(command, input=WORDS[digit].encode(), capture_output=True, timeout=120, check=False)
            samples = read(spoken)
            if len(samples) > 800:
                wavfile.write(args.out / f"{digit}_{voice}_{n}.wav", SAMPLE_RATE_HZ, samples)
    for digit in range(10) if PROMPTS.is_dir() else []:
        wavfile.write(args.out / f"{digit}_allison_0.wav", SAMPLE_RATE_HZ, read(PROMPTS / f"{digit}.wav"))


if __name__ == "__main__":
    main()
