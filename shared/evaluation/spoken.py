"""Scores of what speaks digits, on the ears of the suite's own judge (`spoken-judge`).

All of them are measured against the 300 recordings that no model was trained on ("held out": the first five of each
digit and voice). What scores.json of a model holds, all flat:

    score_name     "spoken-FD@" and the first 8 digits of the sha256 of the judge's weights: with another judge the
                   numbers are others
    samples        how many sounds were made, as many of each digit and voice
    right          share of the sounds in which the judge hears the digit that was asked for
    right_voice    share in which it hears the voice that was asked for
    frechet        Frechet distance of the judge's features from those of held-out recordings; lower is better
    diversity      mean distance of two sounds of one digit and voice, as a share of that of two real recordings: 1 is
                   as different as people are from time to time, 0 where all are alike
    alike          share of the sounds with another one nearer to it than 99 % of real recordings have
    near_copies    share nearer to a recording of the training than 99 % of the held-out recordings are: 0.01 for real
    ms_per_digit   milliseconds of one thread for a digit by itself
    vocoder_mel    mean difference of mel spectrograms, held-out recordings through the vocoder alone (1 is 40 dB)

spoken-judge's own file holds `accuracy` and `accuracy_voice` on the held-out recordings and, under the same names, what
real recordings score: `frechet` of the training recordings, `alike` and `near_copies` of those held out.
"""

import functools
import time
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from shared.core import building, hub
from shared.core.registry import WEIGHTS
from shared.core.spoken import SPEAKERS
from shared.data.spoken import waves
from shared.evaluation.image_metrics import frechet, gaussian
from shared.models.sound import log_mel

JUDGE = "spoken-judge"
REAL = "real.safetensors"  # a held-out recording of each digit and voice, for people to compare with
EACH = 5  # sounds of each digit and voice
SEED = 1_000_000  # of the first; training looks at smaller ones
PAIRS = [(digit, voice) for digit in range(10) for voice in range(len(SPEAKERS))]


@functools.cache
def judge(folder=None):
    from shared.models.spoken_judge import load

    with building.one_at_a_time:
        return load(folder or WEIGHTS / JUDGE)


def score_name():
    return f"spoken-FD@{hub.sha256(WEIGHTS / JUDGE / 'model.safetensors')[:8]}"


def scores(model, data):
    """Everything in the table above."""
    labels = torch.tensor(PAIRS).repeat_interleave(EACH, 0)
    with torch.inference_mode():
        z = [model.latents(range(SEED + i, SEED + i + EACH)) for i in range(0, len(labels), EACH)]
        sounds = torch.cat([model.decode(*part) for part in zip(z, labels.split(EACH), strict=True)])
    found = {"score_name": score_name(), "samples": len(sounds)} | compared(sounds, labels, data)
    found["ms_per_digit"] = pace(model)
    if hasattr(model, "again"):
        real = waves(data.held_out_sounds)
        with torch.inference_mode():
            back = torch.cat([log_mel(model.again(part)) for part in real.split(50)])
        found["vocoder_mel"] = round((back - log_mel(real)).abs().mean().item(), 4)
    return found


def pace(model, times=5):
    """Milliseconds of one thread for a digit by itself: what else the processor does meanwhile is not counted."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model.sample(1)
        begun = time.thread_time()
        for seed in range(times):
            model.sample(1, seed)
        return round(1000 * (time.thread_time() - begun) / times)
    finally:
        torch.set_num_threads(threads)


def compared(sounds, labels, data):
    """What the judge says of sounds (n, SAMPLES) that were to be `labels` (n, 2)."""
    digits, voices, features = judge().judge(sounds)
    _, _, real = judge().judge(waves(data.held_out_sounds))
    _, _, known = judge().judge(waves(data.sounds))
    usual = apart(real, data.held_out_labels, "mean").mean()
    # What is nearer than all but a hundredth of the real ones are to each other.
    other, of_known = apart(real, data.held_out_labels), nearest_of(real, known, data.held_out_labels, data.labels)
    return {
        "right": share(digits.argmax(1) == labels[:, 0]),
        "right_voice": share(voices.argmax(1) == labels[:, 1]),
        "frechet": round(frechet(gaussian(features), gaussian(real)), 3),
        "diversity": round((apart(features, labels, "mean").mean() / usual).item(), 3),
        "alike": share(apart(features, labels) < other.quantile(0.01)),
        "near_copies": share(nearest_of(features, known, labels, data.labels) < of_known.quantile(0.01)),
    }


def share(true):
    return round(true.double().mean().item(), 4)


def _same(a, b):
    """(n, m): which labels, digit and voice, are the same."""
    return (a[:, None] == b[None]).all(2)


def apart(features, labels, what="least"):
    """(n,): how far each is from others of its digit and voice: from the nearest one, or the "mean"."""
    same = _same(labels, labels).fill_diagonal_(False)
    distances = torch.cdist(features, features)
    if what == "mean":
        return (distances * same).sum(1) / same.sum(1)
    return distances.masked_fill(~same, float("inf")).amin(1)


def nearest_of(features, known, labels, known_labels):
    """(n,): how far each is from the nearest known one of its digit and voice."""
    return torch.cdist(features, known).masked_fill(~_same(labels, known_labels), float("inf")).amin(1)


def judge_scores(data):
    """Of the bundled judge, and what real recordings score: the floor."""
    held_out, labels = waves(data.held_out_sounds), data.held_out_labels
    digits, voices, features = judge().judge(held_out)
    found = compared(held_out, labels, data)
    # As many as models are asked for: of fewer, the distance is larger.
    same = _same(torch.tensor(PAIRS), data.labels)
    chosen = torch.cat([row.nonzero()[:EACH, 0] for row in same])
    _, _, known = judge().judge(waves(data.sounds[chosen]))
    return {
        "accuracy": share(digits.argmax(1) == labels[:, 0]),
        "accuracy_voice": share(voices.argmax(1) == labels[:, 1]),
        "score_name": score_name(),
        "samples": len(known),
        "frechet": round(frechet(gaussian(known), gaussian(features)), 3),
        "alike": found["alike"],
        "near_copies": found["near_copies"],
    }


def write_real(data, folder):
    """Write REAL: the first held-out recording of each digit and voice, one behind the other."""
    chosen = [int(_same(torch.tensor([pair]), data.held_out_labels)[0].nonzero()[0]) for pair in PAIRS]
    sounds = data.held_out_sounds[chosen]
    ends = [int(sound.nonzero()[-1]) + 1 for sound in sounds]
    flat = torch.cat([sound[:end] for sound, end in zip(sounds, ends, strict=True)])
    save_file({"sounds": flat, "lengths": torch.tensor(ends)}, Path(folder) / REAL)


@functools.cache
def real_recordings():
    """(sounds, each float32 (t,) of numpy, [(digit, voice)] of each): recordings of people, none of the training."""
    kept = load_file(WEIGHTS / JUDGE / REAL)
    return [part.numpy() for part in waves(kept["sounds"]).split(kept["lengths"].tolist())], PAIRS
