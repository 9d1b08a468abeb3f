"""The formulas behind the scores of pictures: pure functions of features, probabilities, pixels or weights.

    symbol   here
    m, C     mean (d,) and covariance (d, d) of features
    p(y|x)   probabilities (n, classes) that a classifier gives for pictures

All compute in float64 where sums could lose digits, and none of them draws random numbers.
"""

import math

import torch


def gaussian(features):
    """features (n, d) -> mean (d,), covariance (d, d) with the divisor n - 1, float64."""
    features = features.double()
    return features.mean(0), torch.cov(features.T)


def frechet(a, b):
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) of two Gaussians, each (mean, covariance).

    Dowson and Landau, 1982; Heusel et al., 2017, arXiv:1706.08500, eq. 6. With R = C_a^(1/2), tr (C_a C_b)^(1/2) is
    tr (R C_b R)^(1/2), which is symmetric, so that no complex numbers arise.
    """
    (m_a, c_a), (m_b, c_b) = a, b
    values, vectors = torch.linalg.eigh(c_a)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    common = torch.linalg.eigvalsh(root @ c_b @ root).clamp(min=0).sqrt().sum()
    return ((m_a - m_b).square().sum() + c_a.trace() + c_b.trace() - 2 * common).item()


def inception_score(probabilities):
    """exp of the mean KL of p(y|x) from p(y): 1 for no idea or no variety, the number of classes at best.

    Salimans et al., 2016, arXiv:1606.03498, section 4; over all pictures together, not in ten splits.
    """
    p = probabilities.double()
    return (torch.xlogy(p, p) - torch.xlogy(p, p.mean(0))).sum(1).mean().exp().item()


def class_shares(probabilities):
    """(classes,): share of the pictures that the classifier takes for each class."""
    counts = torch.bincount(probabilities.argmax(1), minlength=probabilities.shape[1])
    return counts.double() / len(probabilities)


def precision_recall(real, generated, k=3):
    """Features (n, d), (m, d) -> precision, recall, both in [0, 1]. Kynkaanniemi et al., 2019, arXiv:1904.06991.

    Precision: share of the generated points that lie in the real set, where a set is the union of balls around its
    points that reach to their k-th nearest neighbour (eq. 1). Recall: the same with the two exchanged.
    """
    return _inside(generated, real, k), _inside(real, generated, k)


def _inside(points, manifold, k, batch=1000):
    """Share of `points` within the k-th neighbour's distance of some point of `manifold`."""
    # k + 1: every point is its own first neighbour.
    radii = torch.cat([torch.cdist(part, manifold).kthvalue(k + 1).values for part in manifold.split(batch)])
    inside = torch.cat([(torch.cdist(part, manifold) <= radii).any(1) for part in points.split(batch)])
    return inside.double().mean().item()


def nearest(points, references, batch=500):
    """(n,): Euclidean distance of each point (n, d) to the nearest of the references (m, d)."""
    return torch.cat([torch.cdist(part, references).min(1).values for part in points.split(batch)])


def importance_weighted_bound(log_weights):
    """log p(x, z) - log q(z|x) of k draws (k, n) -> log of the weights' mean (n,): at most log p(x), and closer to it
    the larger k is. Burda et al., 2015, arXiv:1509.00519, eq. 8."""
    return log_weights.double().logsumexp(0) - math.log(len(log_weights))


def psnr(a, b):
    """Mean over the pictures of the peak signal-to-noise ratio, in dB; both in [0, 1]."""
    return (-10 * (a - b).square().flatten(1).mean(1).clamp(min=1e-10).log10()).mean().item()
