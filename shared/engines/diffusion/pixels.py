"""Between pictures and tensors; torch is imported at the first call."""


def pictures_of(pixels) -> list:
    """(n, 3, h, w) in [0, 1] -> PIL pictures."""
    from PIL import Image

    return [Image.fromarray(array) for array in pixels.mul(255).round().byte().permute(0, 2, 3, 1).numpy()]


def tensor_of(picture):
    """PIL -> (1, 3, h, w) in [0, 1]."""
    import numpy as np
    import torch

    return torch.from_numpy(np.asarray(picture.convert("RGB"), np.float32) / 255).permute(2, 0, 1)[None]
