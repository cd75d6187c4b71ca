"""Synthesized speech for training and for the held-out hours: mostly sentences without a wake word.

Voices are split in two: those of `TRAIN_VOICES` speak the training part, those of `HELD_OUT_VOICES` the part that is
only measured on. Engines: espeak-ng, flite and festival, from Debian. Output: FLAC, mono, 16 kHz.

    synthesize.py --out FOLDER [--train-hours 4] [--held-out-hours 3.5]
"""

from __future__ import annotations

import argparse
import io
import random
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 16000

WAKE_WORDS = {"alexa": "alexa", "computer": "computer", "jarvis": "jarvis",
              "smart-mirror": "smart mirror", "snowboy": "snow boy"}

# Parts of the words and words that sound like them. A wake word is never among them.
CONFUSABLE = """a lexus|election|Alex|Alexander|Alexis|a lecture|elects her|a taxi|relax a bit|electric|perplexed|flexor|
computed|commuter|compute|commute|compact|competitor|come to her|computing|dispute her|can pewter|composer|tutor|
jar|Travis|service|jars|Jarred|harvest|Marvin|Jervaise|chavez|nervous|Charles|carve us|job is|Davis|java|
smart|mirror|smart phone|smart meter|smart murder|start mirror|the mirror|smarter|nearer|art mirror|smart home|miracle|
snow|boy|snowball|snow boat|cowboy|no boy|slow boy|snowbird|so boy|no joy|snowboard|show boy|toy|bellboy|
lexicon|Texas|axis|exit|computation|commit|pewter|commando|Harvard|Jasper|smear|marmalade|Snowden|Snoopy|enjoy""" \
    .replace("\n", "").split("|")

COMMANDS = """turn on the {} please|what is the {} today|set a timer for {} minutes|play some {}|hey Google call {}|
okay, stop the {}|add {} to my list|I don't know the {}|can you read the {}|where is the {} now|{}|{}, {} and {}|
Siri, tell me about {}|how much is {}|good morning {}|the {} is over there|open the {}|thank you, {}""" \
    .replace("\n", "").split("|")


@dataclass(frozen=True)
class Voice:
    """One synthesizer voice: `engine` is espeak, flite or festival; `name` is the engine's own."""

    engine: str
    name: str

    @property
    def slug(self) -> str:
        return re.sub(r"[^A-Za-z0-9]+", "-", f"{self.engine}-{self.name}")


def espeak_voices(languages: str, variants: str) -> list[Voice]:
    """Every language with every variant, in a fixed order."""
    return [Voice("espeak", f"{lang}+{var}") for var in variants.split() for lang in languages.split()]


TRAIN_VOICES = espeak_voices(
    "en-us en-gb en-029 en-gb-x-rp",
    "m1 m3 m4 m7 f1 f2 f4 klatt klatt3 Alex Annie Andy Denis Gene Hugo Lee Mario Michael Mike adam anika antonio "
    "belinda benjamin caleb david edward grandpa gustave john linda max michel norbert pablo robert steph travis zac")
TRAIN_VOICES += [Voice("flite", "slt")] * 40 + [Voice("flite", "kal16")] * 20 + [Voice("festival", "kal_diphone")] * 20
HELD_OUT_VOICES = espeak_voices("en-gb-scotland en-us-nyc en-gb-x-gbclan",
                                "m2 m5 f3 f5 klatt2 Alicia Andrea Marco boris shelby quincy Jacky")
HELD_OUT_VOICES += [Voice("flite", "rms")] * 15 + [Voice("flite", "awb")] * 15 + [Voice("festival", "ked_diphone")] * 6
WAKE_WORD_VOICES = [v for v in TRAIN_VOICES if v.name != "slt"]


def speak(voice: Voice, text: str, rng: random.Random) -> np.ndarray:
    """Returns float samples in [-1, 1) at 16 kHz, [samples]; an engine's failure gives an empty array."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        if voice.engine == "espeak":
            command = ["espeak-ng", "-v", voice.name, "-s", str(rng.randint(125, 215)), "-p", str(rng.randint(20, 80)),
                       "-w", wav.name, text]
        elif voice.engine == "flite":
            stretch = f"duration_stretch={rng.uniform(0.8, 1.2):.2f}"
            command = ["flite", "-voice", voice.name, "--setf", stretch, "-t", text, "-o", wav.name]
        else:
            command = ["text2wave", "-eval", f"(voice_{voice.name})", "-o", wav.name]
        subprocess.run(command, input=text.encode(), capture_output=True, timeout=120, check=False)
        data = Path(wav.name).read_bytes()
    if len(data) <= 44:
        return np.zeros(0, np.float32)
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    return resample_poly(samples, SAMPLE_RATE_HZ, rate).astype(np.float32)


def load_text(rng: random.Random) -> tuple[list[str], list[str]]:
    """Returns (sentences from fortunes, words from the dictionary), both without any wake word."""
    sentences: list[str] = []
    for path in sorted(Path("/usr/share/games/fortunes").glob("*")):
        if path.suffix or "ascii" in path.name:
            continue
        text = path.read_text("utf-8", "ignore").replace("\n%\n", " . ")
        sentences += re.split(r"(?<=[.!?;])\s+", re.sub(r"\s+", " ", text))
    path = Path("/usr/share/dict/words")
    if not path.exists():
        path = Path("/usr/share/dict/web2")
    words = [w for w in path.read_text("utf-8").split() if 3 <= len(w) <= 10 and w.isalpha()]
    forbidden = re.compile(r"alexa\b|computer|jarvis|smart mirror|snow ?boy", re.IGNORECASE)
    sentences = [s for s in sentences if 20 < len(s) < 160 and re.fullmatch(r"[A-Za-z ,.'!?;-]+", s)]
    sentences = [s for s in sentences if not forbidden.search(s)]
    words = [w for w in words if not forbidden.search(w)]
    rng.shuffle(sentences)
    return sentences, words


def passage(sentences: list[str], words: list[str], confusable: bool, rng: random.Random) -> str:
    """About 20 s of speech: prose and commands; with `confusable` half of it are words that sound like wake words."""
    parts: list[str] = []
    for _ in range(5):
        kind = rng.random() * (1.0 if confusable else 0.75)
        if kind < 0.5:
            parts.append(rng.choice(sentences))
        elif kind < 0.75:
            frame = rng.choice(COMMANDS)
            pool = CONFUSABLE if confusable and rng.random() < 0.5 else words
            parts.append(frame.format(*[rng.choice(pool) for _ in range(4)]))
        else:
            parts.append(", ".join(rng.choice(CONFUSABLE) for _ in range(4)))
    return ". ".join(parts)


def synthesize(folder: Path, voices: list[Voice], hours: float, confusable: bool, seed: int, threads: int) -> None:
    """Writes passages until `hours` are there, going round the voices."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    sentences, words = load_text(rng)
    order = voices[:]
    rng.shuffle(order)

    def one(index: int) -> float:
        own = random.Random(seed * 1_000_003 + index)
        voice = order[index % len(order)]
        samples = speak(voice, passage(sentences, words, confusable, own), own)
        if samples.size:
            soundfile.write(folder / f"{voice.slug}_{index}.flac", samples, SAMPLE_RATE_HZ)
        return samples.size / SAMPLE_RATE_HZ

    seconds, index = 0.0, 0
    with ThreadPoolExecutor(threads) as pool:
        while seconds < hours * 3600:
            seconds += sum(pool.map(one, range(index, index + 32)))
            index += 32


def synthesize_wake_words(folder: Path, count: int, seed: int, threads: int) -> None:
    """Writes `count` clips of every wake word, each by another training voice."""
    def one(job: tuple[str, str, int]) -> None:
        name, text, index = job
        rng = random.Random(f"{seed} {name} {index}")
        voice = rng.choice(WAKE_WORD_VOICES)
        samples = speak(voice, text + rng.choice([".", "?", "!", ","]), rng)
        if samples.size:
            soundfile.write(folder / name / f"{voice.slug}_{index}.flac", samples, SAMPLE_RATE_HZ)

    for name in WAKE_WORDS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, [(n, t, i) for n, t in WAKE_WORDS.items() for i in range(count)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train-hours", type=float, default=4.0)
    parser.add_argument("--held-out-hours", type=float, default=3.5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    synthesize_wake_words(args.out / "wake-words", 60, 1, args.threads)
    synthesize(args.out / "train", TRAIN_VOICES, args.train_hours, True, 2, args.threads)
    synthesize(args.out / "held-out", HELD_OUT_VOICES, args.held_out_hours, False, 4, args.threads)
    synthesize(args.out / "held-out-confusable", HELD_OUT_VOICES, args.held_out_hours / 3.5, True, 3, args.threads)


if __name__ == "__main__":
    main()
