"""How well a judge of sentiment is right, and how sure it is when it is."""

import torch


def accuracy(logits, labels):
    """The share of texts whose side is right; logits (n,) of "good", labels (n,) 1 or 0."""
    return ((logits > 0) == (labels == 1)).float().mean().item()


def calibration_error(logits, labels, bins=10):
    """The mean distance of how sure it was from how often it was right, in `bins` equal steps of sureness.

    Expected calibration error: Guo et al., 2017, arXiv:1706.04599, equation 5.
    """
    sure = logits.abs().sigmoid()  # of the side that it takes, 0.5 to 1
    right = ((logits > 0) == (labels == 1)).float()
    step = ((sure - 0.5) * 2 * bins).long().clamp(max=bins - 1)
    return sum(
        (step == i).float().mean().item() * abs(sure[step == i].mean() - right[step == i].mean()).item()
        for i in range(bins)
        if (step == i).any()
    )


@torch.inference_mode()
def scores(model, data):
    """Of held-out sentences -> {"accuracy", "calibration_error", "held_out", "ms_per_sentence"}."""
    import time

    model.judge(data.held_out_sentences[:8])
    start = time.monotonic()
    logits = model.judge(data.held_out_sentences)
    seconds = time.monotonic() - start
    return {
        "accuracy": round(accuracy(logits, data.held_out_labels), 4),
        "calibration_error": round(calibration_error(logits, data.held_out_labels), 4),
        "held_out": len(data.held_out_sentences),
        "ms_per_sentence": round(1000 * seconds / len(data.held_out_sentences), 3),
    }
