"""One dial for all families: how far a model dares to go, and what that costs.

Each family has a knob of its own for it: a GAN and a VAE draw latents that are pulled to the mean or pushed from it
(truncation; sigma), a flow multiplies them (temperature), diffusion follows the digit it is told more or less closely
(guidance: the more, the more alike). What a place of the dial means is measured:

    fidelity    the judge's confidence in what it reads, on average over 500 samples, 0.1 to 1
    diversity   how widely the judge's features of them are spread within a class (the trace of their covariance,
                averaged over the classes that come), in units of real held-out digits: 1 is as various as handwriting
"""

SAMPLES = 500
SEED = 2_000_000  # of the first sample
# name of the knob, its settings from careful to wild
KNOBS = {
    "gan": ("truncation", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
    "vae": ("sigma", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
    "flow": ("temperature", (0.2, 0.4, 0.6, 0.8, 1.0, 1.1, 1.2)),
    "diffusion": ("guidance", (8.0, 5.0, 3.0, 2.0, 1.5, 1.2, 1.0)),
}


def setting_at(family, place):
    """The knob's setting at a place of the dial in [0, 1], between those that were measured."""
    settings = KNOBS[family][1]
    at = min(max(place, 0.0), 1.0) * (len(settings) - 1)
    before = min(int(at), len(settings) - 2)
    return settings[before] + (at - before) * (settings[before + 1] - settings[before])


def drawn(model, seeds, setting):
    """Pictures (n, 1, 28, 28) in [0, 1] of these seeds with the family's knob at the setting. In inference mode."""
    labels = model.labels(seeds)
    if model.family == "diffusion":
        *_, (_, _, _, images) = model.denoised(model.latents(seeds), labels, guidance=setting)
        return images
    return model.decode(model.latents(seeds, setting), labels)


def spread(features, classes):
    """Trace of the covariance of features (n, d) within a class, averaged over the classes (n,) of ten or more."""
    import torch

    parts = [features[classes == digit].double() for digit in classes.unique()]
    traces = [part.var(0).sum() for part in parts if len(part) >= 10]
    return torch.stack(traces).mean().item() if traces else 0.0


def curve(model, judge, of_real, samples=SAMPLES):
    """[[setting, fidelity, diversity], ...] from careful to wild; of_real: the spread of real digits."""
    import torch

    found = []
    for setting in KNOBS[model.family][1]:
        with torch.inference_mode():
            parts = [drawn(model, range(SEED + i, SEED + i + 100), setting) for i in range(0, samples, 100)]
            chances, features = judge.judge(torch.cat(parts))
        sure, classes = chances.max(1)
        found.append([setting, round(sure.mean().item(), 4), round(spread(features, classes) / of_real, 4)])
    return found
