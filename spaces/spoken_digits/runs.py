"""What a click does: a number is said, digit by digit, and a judge hears it.

    *_, (view, recipe) = run(Speech.check({"number": "2026"}), threading.Event())

One function serves the page, the endpoint and Reproduce. Below it: the walk, the quiz, and the visitor's own voice.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from shared import recipe
from shared.core import loaders
from shared.core.errors import UserError
from shared.core.spoken import RATE, SAMPLES, SPEAKERS
from shared.media import paths, sheets, sounds

from .request import ANY, Speech

TAB = "spoken_digits"
JUDGE = "spoken-judge"
LIBRARIES = ("torch", "numpy")
PAUSE = 0.06  # seconds between two digits
QUIET = 0.02  # of the loudest sample: what is softer at the end is not waited for
POINTS = 480  # of the outline of a sound
SHOWN = 5120  # samples of a walk's spectrogram: a digit seldom lasts longer
MOST_SECONDS = 30  # of a visitor's recording
FINE = 32  # samples from one column of a spectrogram to the next
WALK = 8  # sounds of a walk


def run(asked: Speech, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({"message"}, None) while the models are fetched, then (view, recipe). Errors: UserError."""
    for name in (asked.model, JUDGE):
        yield from (({"message": sentence}, None) for sentence in loaders.prepare(name, stop=stop))
    if stop.is_set():
        return
    digits, voice = [int(digit) for digit in asked.number], voice_of(asked)
    with loaders.use(asked.model) as loaded:
        start = time.monotonic()
        waves = spoken(loaded.model, digits, voice, asked.seed)
        parts = [cut(wave) for wave in waves]
        sound = joined(parts)
        plain = sounds.wav(sound, RATE)
        made = recipe.make(TAB, loaded, asked.settings(), plain, time.monotonic() - start, libraries=LIBRARIES)
    view = {
        "message": loaded.notice or "",
        "model": loaded.spec.name,
        "title": loaded.spec.title,
        "voice": SPEAKERS[voice],
        "sound": sheets.url(sounds.wav(sound, RATE, made if asked.embed else None), "audio/wav"),
        "seconds": round(len(sound) / RATE, 3),
        "milliseconds": round(1000 * made["seconds"]),
        "digits": described(digits, parts, judged(waves)),
        "outline": sounds.outline(sound, POINTS),
        "spectrogram": spectrogram(sound),
    }
    yield view, made


def voice_of(asked: Speech) -> int:
    """One for the whole number; "any" is drawn by the seed."""
    if asked.voice != ANY:
        return SPEAKERS.index(asked.voice)
    return int(np.random.default_rng(asked.seed).integers(len(SPEAKERS)))


def spoken(model, digits: list[int], voice: int, seed: int) -> np.ndarray:
    """(n, SAMPLES), digit i of the seed + i."""
    import torch

    with torch.inference_mode():
        z = model.latents(range(seed, seed + len(digits)))
        labels = torch.tensor([[digit, voice] for digit in digits])
        return model.decode(z, labels).cpu().numpy()


# ---- sounds --------------------------------------------------------------------------------------------------------


def cut(sound: np.ndarray) -> np.ndarray:
    """Without what is silent at the end, and with an end that fades."""
    loud = np.flatnonzero(np.abs(sound) > QUIET * max(np.abs(sound).max(), 1e-6))
    end = min(len(sound), (loud[-1] if len(loud) else 0) + RATE // 25)
    sound = sound[: max(end, RATE // 10)].copy()
    fade = min(len(sound), RATE // 100)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound


def joined(parts: list[np.ndarray]) -> np.ndarray:
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    return np.concatenate([piece for part in parts for piece in (part, pause)][:-1])


def described(digits: list[int], parts: list[np.ndarray], heard: list[tuple[int, float]]) -> list[dict[str, Any]]:
    """Of each digit: what it is, from when to when it is said (seconds), and what the judge hears, how surely."""
    found, at = [], 0.0
    for digit, part, (hears, chance) in zip(digits, parts, heard, strict=True):
        end = at + len(part) / RATE
        found.append({"digit": digit, "from": round(at, 3), "to": round(end, 3), "heard": hears, "chance": chance})
        at = end + PAUSE
    return found


def spectrogram(sound: np.ndarray) -> str:
    """A PNG as an address, as long as the sound."""
    import torch

    from shared.models.sound import log_mel

    whole = np.pad(sound, (0, -len(sound) % FINE)).astype(np.float32)
    mel = log_mel(torch.from_numpy(whole)[None], FINE)[0].numpy()
    return sheets.png_url(sounds.spectrogram(mel, grow=2))


def judged(waves: np.ndarray) -> list[tuple[int, float]]:
    """The digit that the judge hears in each, and how surely."""
    import torch

    with loaders.use(JUDGE) as loaded:
        chances, _, _ = loaded.model.judge(torch.from_numpy(np.ascontiguousarray(waves, np.float32)))
    best = chances.max(1)
    return [(int(i), round(float(p), 4)) for p, i in zip(best.values, best.indices, strict=True)]


# ---- from one sound to another ---------------------------------------------------------------------------------------


def walk(values: dict) -> dict[str, Any]:
    """{model, from, to, voice, seed} -> {"steps"}: WALK sounds, each with its spectrogram and what the judge hears.
    Errors: UserError."""
    asked, ends = _asked(values), [_digit(values, "from"), _digit(values, "to")]
    with loaders.use(asked.model) as loaded:
        waves = between(loaded.model, ends, voice_of(asked), asked.seed)
    steps = []
    for wave, (hears, chance) in zip(waves, judged(waves), strict=True):
        sound = cut(wave)
        url = sheets.url(sounds.wav(sound, RATE), "audio/wav")
        steps.append({"sound": url, "spectrogram": spectrogram(wave[:SHOWN]), "heard": hears, "chance": chance})
    return {"steps": steps}


def between(model, ends: list[int], voice: int, seed: int) -> np.ndarray:
    """From a digit to another in equal steps: z on an arc, what is asked for in shares -> (WALK, SAMPLES)."""
    import torch

    from shared.models.wavegan import shares

    first, last = model.latents([seed, seed + 1])
    at = [i / (WALK - 1) for i in range(WALK)]
    z = torch.stack([paths.slerp(first, last, t) for t in at])
    a, b = shares(torch.tensor([[digit, voice] for digit in ends]))
    labels = torch.stack([(1 - t) * a + t * b for t in at])
    with torch.inference_mode():
        return model.decode(z, labels).cpu().numpy()


def _asked(values: object) -> Speech:
    if not isinstance(values, dict):
        raise UserError("This is not what the page asks for: reload it.")
    asked: Speech = Speech.check({key: values[key] for key in ("model", "voice", "seed") if key in values})
    return asked


def _digit(values: dict, key: str) -> int:
    digit = values.get(key)
    if isinstance(digit, bool) or not isinstance(digit, int) or not 0 <= digit <= 9:
        raise UserError("Both ends of a walk must be digits from 0 to 9.")
    return digit


# ---- real or generated -----------------------------------------------------------------------------------------------


def pair(values: dict) -> dict[str, Any]:
    """{model, seed} -> two sounds of one digit in one voice: {"sounds", "real": which of them a human said, "digit",
    "voice"}. Errors: UserError."""
    from shared.evaluation.spoken import real_recordings

    asked = _asked(values)
    draw = np.random.default_rng(asked.seed)
    recordings, labels = real_recordings()
    i = int(draw.integers(len(recordings)))
    digit, voice = labels[i]
    with loaders.use(asked.model) as loaded:
        (generated,) = spoken(loaded.model, [digit], voice, asked.seed)
    # The same way for both: what a codec or a pause does must not tell them apart.
    two = [_as_loud(cut(sound)) for sound in (recordings[i], generated)]
    place = int(draw.integers(2))
    urls = [sheets.url(sounds.wav(sound, RATE), "audio/wav") for sound in two]
    return {"sounds": urls[::-1] if place else urls, "real": place, "digit": digit, "voice": SPEAKERS[voice]}


def _as_loud(sound: np.ndarray) -> np.ndarray:
    """With the same power while it is said, so that loudness gives nothing away."""
    power = np.sqrt(np.mean(np.square(sound))) + 1e-6
    return (sound * min(0.12 / power, 0.98 / (np.abs(sound).max() + 1e-6))).astype(np.float32)


# ---- your own voice --------------------------------------------------------------------------------------------------


def heard(path: str) -> dict[str, Any]:
    """A sound file -> {"chances": of each digit, "voice": whose is most like it, "spectrogram", "heard", "sound"}.
    Errors: UserError."""
    import torch

    sound = loudest(sounds.read(path, RATE, MOST_SECONDS))
    with loaders.use(JUDGE) as loaded:
        digits, voices, _ = loaded.model.judge(torch.from_numpy(sound)[None])
    return {
        "chances": [round(chance, 4) for chance in digits[0].tolist()],
        "heard": int(digits[0].argmax()),
        "voice": SPEAKERS[int(voices[0].argmax())],
        "spectrogram": spectrogram(sound),
    }


def loudest(sound: np.ndarray) -> np.ndarray:
    """The second with most sound in it, (SAMPLES,)."""
    sound = np.pad(sound, (0, max(0, SAMPLES - len(sound))))
    power = np.concatenate([[0], np.cumsum(np.square(sound, dtype=np.float64))])
    start = int(np.argmax(power[SAMPLES:] - power[:-SAMPLES]))
    return sound[start : start + SAMPLES]
