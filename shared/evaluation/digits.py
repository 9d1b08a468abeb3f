"""Scores of digit models, on the features of the suite's own digit classifier (`digit-judge`).

All of them are measured against the 5,000 pictures of MNIST that no model was trained on ("held out"). The formulas
and their papers are in image_metrics.py. What scores.json of a model holds:

    score_name         "digit-FD@" and the first 8 digits of the sha256 of the judge's weights: with another judge the
                       numbers are others, and must not be compared
    samples            how many pictures were drawn, with seeds that no training looked at
    frechet            digit Frechet distance from the held-out pictures; lower is better
    inception_score    1 to 10 (classes of the judge); higher is better
    smallest_class     share of the rarest digit, 0.1 at best and 0 where one never comes (mode collapse)
    precision, recall  share of the samples that look like real digits; share of the real digits that are covered
    nearest            mean distance of a sample to the nearest training picture (Euclidean, pixels in [0, 1])
    near_copies        share of samples nearer to a training picture than 99 % of the held-out pictures are: 0.01 for
                       real digits, much more for a model that repeats what it saw
    ms_per_1000        milliseconds for 1,000 pictures on this machine's processor, `threads` at work
    realism_of_real    GANs: what the discriminator says of the held-out pictures, at 0, 5, ... 100 % of them
    bce, kl, bce_plus_kl   VAEs: nats a picture, grey held-out pictures, one draw from the posterior, as it is taught
    kl_per_dimension   VAEs: nats that each latent carries, on average
    iw_bound           VAEs: -log p(x) is at most this many nats, binarised held-out pictures, k = 500 draws
    iw_bound_error     its standard error; `iw_images` of the pictures were used with all `iw_draws`
    dial               what the family's own knob does to fidelity and diversity, see dial.py

digit-judge's own file holds `accuracy` on the held-out pictures and, under the same names, what real digits score: the
floor. Flows have more, which flows.py explains: they alone give an exact likelihood, in bits for each pixel of grey
pictures. The VAEs' bound is of black-and-white pictures, where nats are what papers report.
"""

import functools
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from shared.core import building, hub
from shared.core.registry import WEIGHTS
from shared.data.digits import binarised, unit
from shared.engines.digits import realism
from shared.evaluation import dial
from shared.evaluation.flows import flow_scores
from shared.evaluation.image_metrics import (
    class_shares,
    frechet,
    gaussian,
    importance_weighted_bound,
    inception_score,
    nearest,
    precision_recall,
)

JUDGE = "digit-judge"
REFERENCE = "reference.safetensors"  # mean and covariance of the judge's features of the held-out digits
SAMPLES = 10_000
SEED = 1_000_000  # of the first sample; training and early stopping look at smaller ones
BATCH = 500
NEIGHBOURS = 5000  # precision and recall compare that many pictures with that many
IW_DRAWS, IW_IMAGES = 500, 500


@functools.cache
def judge(folder=None):
    from shared.models.classifier import load

    with building.one_at_a_time:
        return load(folder or WEIGHTS / JUDGE)


@functools.cache
def reference():
    """(mean, covariance) of the judge's features of the held-out digits; bundled, so that no data is needed."""
    measured = load_file(WEIGHTS / JUDGE / REFERENCE)
    return measured["mean"].double(), measured["covariance"].double()


def write_reference(digits, folder):
    """Write REFERENCE for the judge in `folder`."""
    from shared.models.classifier import load

    _, features = load(folder).judge(unit(digits.held_out_images))
    mean, covariance = gaussian(features)
    save_file({"mean": mean, "covariance": covariance}, Path(folder) / REFERENCE)
    reference.cache_clear()


def score_name():
    return f"digit-FD@{hub.sha256(WEIGHTS / JUDGE / 'model.safetensors')[:8]}"


def quick(model, n=2000, seed=10_000):
    """A look at a model in training: {"frechet", "classes": share of each digit, "smallest_class"}."""
    probabilities, features = judge().judge(model.sample(n, seed))
    classes = class_shares(probabilities)
    return {
        "frechet": frechet(gaussian(features), reference()),
        "classes": classes.tolist(),
        "smallest_class": classes.min().item(),
    }


def digit_scores(model, digits, samples=SAMPLES, iw_images=IW_IMAGES, iw_draws=IW_DRAWS):
    """Everything in the table above for a GAN, a VAE, a flow or a diffusion model."""
    model.sample(1)  # the first call of a network takes longer than the others
    begun = time.perf_counter()
    pictures = torch.cat([model.sample(min(BATCH, samples - i), SEED + i) for i in range(0, samples, BATCH)])
    seconds = time.perf_counter() - begun
    scores = compared(pictures, digits) | memorised(pictures, digits)
    scores |= {"ms_per_1000": round(1e6 * seconds / samples), "threads": torch.get_num_threads()}
    if model.family == "vae":
        scores |= vae_scores(model, digits) | likelihood(model, digits, iw_images, iw_draws)
    if model.family == "flow":
        scores |= flow_scores(model, digits)
    _, real = judge().judge(unit(digits.held_out_images))
    scores["dial"] = dial.curve(model, judge(), dial.spread(real, digits.held_out_labels))
    if model.family == "gan":
        scores["realism_of_real"] = realism.quantiles(model, unit(digits.held_out_images))
    return scores


def judge_scores(digits):
    """Accuracy of the bundled judge, and what real digits score: the floor.

    10,000 training pictures stand for the samples. For Inception Score, classes and memorisation it is the held-out
    pictures: the judge learned the training pictures, and a training picture is its own nearest neighbour.
    """
    held_out = unit(digits.held_out_images)
    chosen = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))[:SAMPLES]
    probabilities, _ = judge().judge(held_out)
    accuracy = (probabilities.argmax(1) == digits.held_out_labels).double().mean().item()
    scores = compared(unit(digits.images[chosen]), digits)
    scores["inception_score"] = round(inception_score(probabilities), 3)
    scores["smallest_class"] = round(class_shares(probabilities).min().item(), 4)
    return {"accuracy": round(accuracy, 4)} | scores | memorised(held_out, digits)


def compared(pictures, digits):
    """Scores of pictures (n, 1, 28, 28) in [0, 1] on the judge's features."""
    probabilities, features = judge().judge(pictures)
    _, real = judge().judge(unit(digits.held_out_images))
    precision, recall = precision_recall(real[:NEIGHBOURS], features[:NEIGHBOURS])
    return {
        "score_name": score_name(),
        "samples": len(pictures),
        "frechet": round(frechet(gaussian(features), reference()), 2),
        "inception_score": round(inception_score(probabilities), 3),
        "smallest_class": round(class_shares(probabilities).min().item(), 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
    }


def memorised(pictures, digits):
    """How near pictures are to the training pictures, and how many are nearer than real digits ever are."""
    training = unit(digits.images).flatten(1)
    distances = nearest(pictures.flatten(1), training)
    real = nearest(unit(digits.held_out_images).flatten(1), training)
    return {
        "nearest": round(distances.mean().item(), 3),
        "near_copies": round((distances <= real.quantile(0.01)).double().mean().item(), 4),
    }


@torch.inference_mode()
def vae_scores(model, digits, seed=0):
    """BCE and KL of grey held-out pictures, in nats a picture; one draw from the posterior for each."""
    noise = torch.Generator().manual_seed(seed)
    images = unit(digits.held_out_images)
    bce, kl = [], []
    for x in images.split(BATCH):
        logits, kl_of_batch = model(x, torch.randn(len(x), model.latent_size, generator=noise))
        bce.append(F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1))
        kl.append(kl_of_batch)
    bce, kl = torch.cat(bce).mean().item(), torch.cat(kl).mean(0)  # a number; (latent_size,)
    return {
        "bce": round(bce, 2),
        "kl": round(kl.sum().item(), 2),
        "bce_plus_kl": round(bce + kl.sum().item(), 2),
        "kl_per_dimension": [round(value, 4) for value in kl.tolist()],
    }


@torch.inference_mode()
def likelihood(model, digits, images=IW_IMAGES, draws=IW_DRAWS, seed=0):
    """The importance-weighted bound on -log p(x), in nats, of binarised held-out pictures.

    k = 500 draws for all 5,000 pictures would take hours on a processor. So a few draws are made for all of them,
    which gives the ordinary bound (k = 1), and all draws for every tenth, which gives how much tighter k = 500 is. The
    second varies far less from picture to picture than the bound itself, so `images` of them are enough.
    """
    noise = torch.Generator().manual_seed(seed)
    x = binarised(unit(digits.held_out_images), seed)
    ordinary = torch.cat([model.log_weights(part, 2, noise).mean(0) for part in x.split(BATCH)]).double().mean()
    few = x[:: max(1, len(x) // images)][:images]
    weights = torch.cat([model.log_weights(part, draws, noise) for part in few.split(100)], 1)  # (draws, images)
    tighter = importance_weighted_bound(weights) - weights.double().mean(0)
    return {
        "iw_bound": round(-(ordinary + tighter.mean()).item(), 2),
        "iw_bound_error": round((tighter.std() / len(few) ** 0.5).item(), 2),
        "iw_draws": draws,
        "iw_images": len(few),
    }
