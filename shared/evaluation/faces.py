"""Scores of StyleGANs of emoji faces, on the features of the suite's own classifier of emoji (`emoji-classifier`).

What scores.json of a model holds, all flat; the formulas and their papers are in image_metrics.py:

    score_name         "emoji-FD@" and the first 8 digits of the sha256 of the judge's weights
    samples            how many faces were drawn, with seeds that no training looked at, psi 1
    frechet            Frechet distance of their features from those of all faces of the training; lower is better
    frechet_few        the same of as many samples as there are held-out faces, the mean over several such handfuls: few
                       pictures look farther away than many, so this is what compares with the judge's `frechet`
    precision, recall  share of the samples that look like real faces; share of the real faces that are covered
    near_copies        share of samples nearer to a face of the training (pixels) than 99 % of the held-out faces are
    path_w, path_z     perceptual path length: how far features move on a straight line of w, and on an arc of z, per
                       square of the step; smaller is smoother (Karras et al., 2019, section 4.1, on our features)
    ms_per_picture     milliseconds for a face on this machine's processor, `threads` at work

The judge's own file holds the shares of held-out pictures whose style and name it tells, how many there are, and the
floor: `frechet` of the held-out faces from those of the training, with their precision and recall.
"""

import functools
import time

import torch

from shared.core import building, hub
from shared.core.registry import WEIGHTS
from shared.evaluation.image_metrics import frechet, gaussian, nearest, precision_recall
from shared.media import paths

JUDGE = "emoji-classifier"
SAMPLES = 5000
SEED = 1_000_000  # of the first sample
BATCH = 100
PATHS, STEP = 1000, 0.01  # pairs of faces; how far apart two points of a path are, as a share of it


@functools.cache
def judge():
    from shared.models.emoji_classifier import load

    with building.one_at_a_time:
        return load(WEIGHTS / JUDGE)


def score_name():
    return f"emoji-FD@{hub.sha256(WEIGHTS / JUDGE / 'model.safetensors')[:8]}"


def features(images):
    """uint8 or float pictures (n, 3, h, h) -> features (n, d)"""
    from shared.models.emoji_classifier import sized

    return judge().judge(sized(images.float() / 255 if images.dtype == torch.uint8 else images))[2]


def face_scores(model, faces, samples=SAMPLES, pairs=PATHS):
    """Everything in the table above. faces: shared.data.emoji_faces.Faces."""
    model.sample(1)  # the first call of a network takes longer than the others
    begun = time.perf_counter()
    drawn = torch.cat([model.sample(min(BATCH, samples - i), SEED + i) for i in range(0, samples, BATCH)])
    seconds = time.perf_counter() - begun
    made, real = features(drawn), features(faces.images)
    few = len(faces.held_out_images)
    handfuls = [frechet(gaussian(part), gaussian(real)) for part in made.split(few)[: max(1, samples // few)]]
    precision, recall = precision_recall(real, made[: len(real)])
    path_w, path_z = path_lengths(model, pairs)
    return {
        "score_name": score_name(),
        "samples": samples,
        "frechet": round(frechet(gaussian(made), gaussian(real)), 2),
        "frechet_few": round(sum(handfuls) / len(handfuls), 2),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "near_copies": round(near_copies(drawn[:1000], faces), 4),
        "path_w": round(path_w, 2),
        "path_z": round(path_z, 2),
        "ms_per_picture": round(1e3 * seconds / samples, 2),
        "threads": torch.get_num_threads(),
    }


def judge_scores(living, faces):
    """How often the bundled judge is right, and what real faces score: the floor. living, faces: as read."""
    styles, names, _ = judge().judge(living.held_out_images.float() / 255)
    told = torch.stack([styles.argmax(1), names.argmax(1)], 1) == living.held_out_labels
    real, held_out = features(faces.images), features(faces.held_out_images)
    precision, recall = precision_recall(real, held_out)
    style, name = told.double().mean(0).tolist()
    return {
        "score_name": score_name(),
        "style_accuracy": round(style, 4),
        "name_accuracy": round(name, 4),
        "held_out": len(told),
        "samples": len(held_out),
        "frechet": round(frechet(gaussian(held_out), gaussian(real)), 2),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
    }


def near_copies(drawn, faces):
    """The share nearer to a face of the training, or to its mirror image, than 99 % of held-out faces are."""
    known = faces.images.float() / 255
    known = torch.cat([known, known.flip(3)]).flatten(1)
    usual = nearest((faces.held_out_images.float() / 255).flatten(1), known).quantile(0.01)
    return (nearest(drawn.flatten(1), known) <= usual).double().mean().item()


@torch.inference_mode()
def path_lengths(model, pairs=PATHS):
    """(in w, in z): mean over `pairs` of |features(t + STEP) - features(t)|^2 / STEP^2, t even in [0, 1]."""
    lengths = []
    noise = torch.Generator().manual_seed(0)
    for first in range(0, pairs, BATCH):
        n = min(BATCH, pairs - first)
        a, b = model.latents(range(first, first + n)), model.latents(range(SEED + first, SEED + first + n))
        t = torch.rand(n, generator=noise) * (1 - STEP)
        w_a, w_b = model.style(a), model.style(b)
        seen = []
        for at in (t, t + STEP):
            in_w = torch.lerp(w_a, w_b, at[:, None])
            arc = torch.stack([paths.slerp(*ends) for ends in zip(a, b, at.tolist(), strict=True)])
            seen.append([features(model.draw(model.every_layer(w))) for w in (in_w, model.style(arc))])
        lengths.append(torch.stack([(p - q).square().sum(1) for p, q in zip(*seen, strict=True)]))
    return (torch.cat(lengths, 1).double().mean(1) / STEP**2).tolist()
