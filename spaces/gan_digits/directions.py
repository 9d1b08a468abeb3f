"""The principal directions of a generator: along which its pictures change the most.

GANSpace (Harkonen et al. 2020, arXiv:2004.02546) takes the PCA of what the first layer makes of random latents. Here
the first layer is linear, so that would be the singular vectors of its weights: they know nothing of the layers behind
it, and so nothing of what is seen. So the PCA is taken at the other end, of the change of the picture itself:

    symbol  here
    J(z)    how the picture changes with the latent at z, (784, latent_size), by finite differences
    M       the mean of J(z)^T J(z) over random z, and over classes where there are any; its eigenvectors are the
            directions, and an eigenvalue's share of their sum is the share of all change that lies along it

(M is what Constantine et al. 2014, arXiv:1304.2070, call the active subspace of a function.)
"""

import threading
from dataclasses import dataclass

SAMPLES = 20  # latents at which the change is measured
STEP = 0.1  # of the finite differences; a latent has a standard deviation of 1


@dataclass(frozen=True)
class Directions:
    vectors: object  # tensor (count, latent_size), rows of length 1, the strongest first
    shares: list[float]  # of all change, each in [0, 1]


_found: dict[tuple[str, int], Directions] = {}  # by the hash of the weights: they are the same for every visitor
_finding = threading.Lock()


def directions(loaded, count: int) -> Directions:
    """Those of a model from `loaders.use`, computed once: about a second on two cores."""
    key = (loaded.sha256, count)
    with _finding:
        if key not in _found:
            _found[key] = find(loaded.model, count)
        return _found[key]


def find(model, count: int) -> Directions:
    """model: anything with latents, labels and decode (see shared/models/digits.py)."""
    import torch

    with torch.inference_mode():
        seeds = range(SAMPLES)
        z, labels = model.latents(seeds), model.labels(seeds)
        size = z.shape[1]
        moments = torch.zeros(size, size)
        steps = STEP * torch.eye(size)
        for i in range(SAMPLES):
            around = torch.cat([z[i : i + 1], z[i] + steps])
            pictures = model.decode(around, None if labels is None else labels[i].expand(size + 1)).flatten(1)
            change = (pictures[1:] - pictures[:1]) / STEP  # (latent_size, 784): J transposed
            moments += change @ change.T / SAMPLES
        values, vectors = torch.linalg.eigh(moments)  # ascending
        vectors = vectors.T.flip(0)[:count]
        # An eigenvector and its opposite are the same direction: the largest entry decides which one is meant.
        vectors = vectors * vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).sign()
        return Directions(vectors, (values.flip(0)[:count] / values.sum()).tolist())
