"""Makes keywords.wav and keywords.json: a minute of synthesized speech with the five wake words at known times.

    apt-get install flite festival festvox-us-slt-hts python3-numpy python3-scipy python3-soundfile
    /usr/bin/python3 make_recording.py

The voices speak no wake word in the training data. The engines are deterministic and the noise is seeded, so the same
packages give the same file.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import lfilter, resample_poly

RATE_HZ = 16000
SPEECH_RMS = 0.08
NOISE_DB = -25  # against the speech
PAUSE_S = 0.35

# (voice, text, the wake word it is). A wake word is spoken on its own, the sentence after it is another utterance.
SCRIPT: list[tuple[str, str, str | None]] = [
    ("rms", "Good morning. The coffee is in the kitchen.", None),
    ("rms", "computer.", "computer"),
    ("rms", "What is the weather like today?", None),
    ("slt", "alexa.", "alexa"),
    ("slt", "Play some quiet music, please.", None),
    ("hts", "It was a nice evening, with a little service and a lot of snow.", None),
    ("hts", "jarvis.", "jarvis"),
    ("rms", "smart mirror.", "smart mirror"),
    ("rms", "How do I look?", None),
    ("awb", "The commuter train is late again.", None),
    ("awb", "snow boy.", "snowboy"),
    ("slt", "computer.", "computer"),
    ("slt", "Set a timer for ten minutes.", None),
    ("hts", "smart mirror.", "smart mirror"),
    ("hts", "Show me the news.", None),
    ("rms", "I bought a smart phone at the election.", None),
    ("rms", "alexa.", "alexa"),
    ("slt", "jarvis.", "jarvis"),
    ("slt", "Open the garage door.", None),
    ("rms", "snow boy.", "snowboy"),
    ("awb", "smart mirror.", "smart mirror"),
    ("awb", "Thank you. That will be all.", None),
    ("hts", "computer.", "computer"),
    ("hts", "alexa.", "alexa"),
    ("rms", "jarvis.", "jarvis"),
    ("slt", "snow boy.", "snowboy"),
    ("slt", "Switch off the lights, and good night.", None),
]


def speak(voice: str, text: str) -> np.ndarray:
    """Returns float32 speech at 16 kHz, trimmed to what is heard, at the recording's level."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        if voice == "hts":
            command = ["text2wave", "-eval", "(voice_cmu_us_slt_arctic_hts)", "-o", wav.name]
        else:
            command = ["flite", "-voice", voice, "-t", text, "-o", wav.name]
        subprocess.run(command, input=text.encode(), check=True, capture_output=True)
        samples, rate = soundfile.read(wav.name, dtype="float32")
    divisor = int(np.gcd(rate, RATE_HZ))
    samples = resample_poly(samples, RATE_HZ // divisor, rate // divisor)
    heard = np.flatnonzero(np.abs(samples) > 0.03 * np.abs(samples).max())
    samples = samples[heard[0]: heard[-1] + 1]
    loud = samples[np.abs(samples) > 0.1 * np.abs(samples).max()]
    return samples * (SPEECH_RMS / np.sqrt((loud**2).mean()))


def main() -> None:
    folder = Path(__file__).parent
    pieces, labels, at = [np.zeros(RATE_HZ // 2)], [], RATE_HZ // 2
    for index, (voice, text, label) in enumerate(SCRIPT):
        speech = speak(voice, text)
        if label is not None:
            labels.append({"label": label, "start_s": round(at / RATE_HZ, 3),
                           "end_s": round((at + len(speech)) / RATE_HZ, 3)})
        last = index + 1 == len(SCRIPT) or voice != SCRIPT[index + 1][0]
        pause = np.zeros(int((2.5 if last else 1) * PAUSE_S * RATE_HZ))
        pieces += [speech, pause]
        at += len(speech) + len(pause)
    x = np.concatenate(pieces)
    noise = lfilter([1.0], [1.0, -0.9], np.random.default_rng(1).standard_normal(len(x)))
    x += noise * (SPEECH_RMS * 10 ** (NOISE_DB / 20) / np.sqrt((noise**2).mean()))
    soundfile.write(folder / "keywords.wav", np.round(np.clip(x, -1, 1) * 32767).astype(np.int16), RATE_HZ)
    (folder / "keywords.json").write_text(json.dumps(labels, indent=1) + "\n")
    print(f"{len(x) / RATE_HZ:.1f} s, {len(labels)} wake words")


if __name__ == "__main__":
    main()
