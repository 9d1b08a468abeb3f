"""Paths between two latents. Numpy arrays or torch tensors go in, of one dimension, and the same kind comes out."""

import math

PARALLEL = 1e-4  # radians; closer to a half turn or to none, the sine of the angle divides by almost nothing


def lerp(a, b, t: float):
    """The straight line: a at t = 0, b at t = 1."""
    return (1 - t) * a + t * b


def slerp(a, b, t: float):
    """Along the great circle (Shoemake 1985): the direction turns evenly, and the length goes evenly from |a| to |b|.

    Samples of a standard normal of many dimensions all have about the same length; the straight line between two of
    them is shorter in its middle than any of them, and a model has never seen such latents. Vectors that point the
    same way, or exactly opposite ways (every great circle joins those), or that are zero are joined by the line.
    """
    assert a.ndim == 1 and a.shape == b.shape, f"two vectors of one size: {a.shape}, {b.shape}"
    length_a, length_b = math.sqrt(float((a * a).sum())), math.sqrt(float((b * b).sum()))
    if not length_a or not length_b:
        return lerp(a, b, t)
    cosine = float((a * b).sum()) / (length_a * length_b)
    angle = math.acos(min(1.0, max(-1.0, cosine)))
    if angle < PARALLEL or math.pi - angle < PARALLEL:
        return lerp(a, b, t)
    length = lerp(length_a, length_b, t)
    of_a, of_b = math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)
    return a * (length * of_a / length_a) + b * (length * of_b / length_b)


PATHS = {"slerp": slerp, "lerp": lerp}
