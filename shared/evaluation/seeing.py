"""How well pictures are found by words, and words by pictures; and how well a ViT reads digits."""


def recalls(similarity, ks=(1, 5)):
    """similarity (n, n) of query i with candidate j, where i belongs to i -> {k: share of queries whose own candidate
    is among the first k}. One as near as the right one counts as nearer."""
    own = similarity.diagonal()[:, None]
    others = (similarity >= own).sum(1) - 1  # itself is as near as itself
    return {k: (others < k).float().mean().item() for k in ks}


def on_white(images):
    """uint8 (n, 4, h, w) with opacity -> float32 in [0, 1] (n, 3, h, w) on white paper."""
    images = images.float() / 255
    return images[:, :3] * images[:, 3:] + 1 - images[:, 3:]
