"""Which thing does a picture show? Nearest neighbours among the real emoji, in features that nothing has learned.

Five pictures a name are too few to train a classifier on. The features are where edges run in which direction (HOG;
Dalal and Triggs, 2005) and which colours are where; a name is as far away as the nearest of its pictures.
"""

import math

import torch
import torch.nn.functional as F

COLOUR = 0.5  # weight of the colours against the edges; chosen on names outside the vocabulary
SIDE, DIRECTIONS, CELLS = 64, 9, 8
CANDIDATES = 200  # names to choose from


def features(pictures, batch=256):
    """pictures in [0, 1] (n, 3, h, w) -> (n, d), parts of length 1 and COLOUR; they are looked at in 64x64 pixels."""
    return torch.cat([_features(_small(part)) for part in pictures.split(batch)])


def _small(pictures):
    if pictures.shape[-2:] == (SIDE, SIDE):
        return pictures
    return F.interpolate(pictures, (SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1)


def _features(pictures):
    light = pictures.mul(torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    padded = F.pad(light, (1, 1, 1, 1), mode="replicate")
    dx = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    dy = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strength = (dx.square() + dy.square() + 1e-12).sqrt()
    place = torch.atan2(dy, dx).remainder(math.pi) / math.pi * DIRECTIONS  # an edge has no sign
    bins = torch.arange(DIRECTIONS).view(1, -1, 1, 1)
    away = (place - bins).abs()
    share = (1 - torch.minimum(away, DIRECTIONS - away)).clamp(min=0)
    edges = F.avg_pool2d(F.avg_pool2d(share * strength, 3, 1, 1), CELLS)  # (n, 9, 8, 8)
    edges = F.normalize(edges.sqrt().flatten(1), dim=1)
    # How far from white, which is the paper of all pictures; opponent colours, halved in weight like their steps.
    mix = torch.tensor([[0.299, 0.587, 0.114], [-0.17, -0.33, 0.5], [0.5, -0.42, -0.08]])
    colours = F.avg_pool2d(torch.einsum("km,nmhw->nkhw", mix, 1 - pictures), CELLS)
    return torch.cat([edges, COLOUR * F.normalize(colours.flatten(1), dim=1)], 1)


def ranks(pictures, wanted, gallery, names, seed=0):
    """How many of CANDIDATES names are nearer than the wanted one; 0 is right.

    pictures (n, 3, h, w), wanted: n names; gallery: features (m, d) of real pictures with their `names` -> (n,) int
    """
    every = sorted(set(names))
    place = {name: i for i, name in enumerate(every)}
    of = torch.tensor([place[name] for name in names])
    distance = torch.cdist(features(pictures), gallery)  # (n, m)
    nearest = torch.full((len(pictures), len(every)), math.inf)
    nearest.scatter_reduce_(1, of.expand(len(pictures), -1), distance, "amin")
    draw = torch.Generator().manual_seed(seed)
    found = []
    for row, name in zip(nearest, wanted, strict=True):
        others = torch.randperm(len(every), generator=draw)
        others = others[others != place[name]][: CANDIDATES - 1]
        found.append(int((row[others] < row[place[name]]).sum()))
    return torch.tensor(found)


def top(ranks, k):
    """Share of the ranks below k."""
    return (ranks < k).float().mean().item()
