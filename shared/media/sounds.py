"""Sound as files and pictures: WAV with its recipe inside, spectrograms in colour, the outline of a wave.

Waves come in as floats in [-1, 1], arrays of numpy or what numpy takes, (t,).
"""

import io
import wave

import numpy as np
from PIL import Image

from shared import recipe as recipes
from shared.core.errors import UserError

# From silence to loud: ink blue, violet, orange, light yellow. Readable on light pages and on dark ones.
COLOURS = np.float32([[17, 20, 38], [62, 36, 110], [148, 48, 120], [224, 92, 74], [250, 172, 86], [252, 240, 190]])


def samples(sound) -> np.ndarray:
    """[-1, 1] -> int16."""
    return np.rint(32767 * np.asarray(sound, np.float32).clip(-1, 1)).astype("<i2")


def wav(sound, rate: int, recipe: dict | None = None) -> bytes:
    """A WAV file of 16 bits, with its recipe unless that is None."""
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples(sound).tobytes())
    return recipes.embed_bytes(packed.getvalue(), recipe)


def read(path: str, rate: int, most: float) -> np.ndarray:
    """The sound in a file of any kind, (t,) float32 at that rate, mono, without its mean. UserError where there is
    none, or where it is shorter than a tenth of a second, longer than `most` seconds, or silent."""
    import av

    parts, length = [], 0
    try:
        with av.open(path) as container:
            change = av.AudioResampler("flt", "mono", rate)
            for frame in container.decode(audio=0):
                parts += change.resample(frame)
                length += frame.samples
                if length > most * frame.sample_rate:
                    raise UserError(f"The recording is too long: up to {most:.0f} seconds are heard.")
            parts += change.resample(None)
    except (av.error.FFmpegError, IndexError, ValueError, OSError, TypeError):
        raise UserError("This file cannot be read as sound.") from None
    sound = np.concatenate([part.to_ndarray()[0] for part in parts]) if parts else np.zeros(0, np.float32)
    if len(sound) < rate / 10:
        raise UserError("The recording is too short: say a digit while it runs.")
    sound = np.nan_to_num(sound - sound.mean()).astype(np.float32)
    if np.abs(sound).max() < 1e-3:
        raise UserError("The recording is silent: is the microphone on?")
    return sound


def spectrogram(levels, grow: int = 1) -> Image.Image:
    """Levels in [-1, 1], (bands, moments), the lowest band first -> a picture with the lowest at the bottom."""
    at = (np.asarray(levels, np.float32)[::-1].clip(-1, 1) + 1) / 2 * (len(COLOURS) - 1)
    below = np.floor(at).astype(int).clip(0, len(COLOURS) - 2)
    share = (at - below)[..., None]
    colours = (1 - share) * COLOURS[below] + share * COLOURS[below + 1]
    picture = Image.fromarray(np.rint(colours).astype(np.uint8))
    return picture.resize((grow * picture.width, grow * picture.height), Image.Resampling.BICUBIC)


def outline(sound, points: int) -> list[float]:
    """The largest sample of each of so many equal stretches, in [0, 1]."""
    parts = np.array_split(np.abs(np.asarray(sound, np.float32)), points)
    return [round(float(part.max(initial=0)), 3) for part in parts]
