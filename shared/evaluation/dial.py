"""One dial for all families: how far a model dares to go, and what that costs.

Each family has a knob of its own for it: a GAN and a VAE draw latents that are pulled to the mean or pushed from it
(truncation; sigma), a flow multiplies them (temperature), diffusion follows the digit it is told more or less closely
(guidance: the more, the more alike). What a place of the dial means is measured:

    fidelity    the judge's confidence in what it reads, on average over 500 samples, 0.1 to 1
    diversity   how widely the judge's features of them are spread within a class (the trace of their covariance,
                averaged over the classes that come), in units of real held-out digits: 1 is as various as handwriting

A language model has a temperature, and figures of its own: it continues the first words of 100 held-out stories,

    surprise    bits per character that another language model, the reader, needs for what it wrote
    diversity   share of different groups of three words among all of them (distinct-3: Li et al., 2016,
                arXiv:1510.03055), in units of how those stories really go on: 1 is as various as people
"""

import re
from concurrent.futures import ThreadPoolExecutor
from math import log

SAMPLES = 500
SEED = 2_000_000  # of the first sample
# name of the knob, its settings from careful to wild
KNOBS = {
    "gan": ("truncation", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
    "vae": ("sigma", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
    "flow": ("temperature", (0.2, 0.4, 0.6, 0.8, 1.0, 1.1, 1.2)),
    "diffusion": ("guidance", (8.0, 5.0, 3.0, 2.0, 1.5, 1.2, 1.0)),
    "text": ("temperature", (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4)),
}
READER = "lstm-stories"  # reads what the other language models write
TEXTS = 100
OPENING = 12  # words of a story that are given
WRITTEN = 60  # tokens that go on from there


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


def written(model, opening, seed, setting, tokens=WRITTEN):
    """How a language model goes on from an opening with plain sampling at this temperature."""
    from shared.engines.text.generation import Sampling, generate

    plain = Sampling(tokens, setting, top_k=0, top_p=1.0, repetition_penalty=1.0, seed=seed)
    *_, (sample,) = generate(model, opening, plain)
    return sample.text


def distinct(texts, n=3):
    """Share of different groups of n words among all groups of the texts together."""
    groups = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        groups += zip(*(words[i:] for i in range(n)), strict=False)
    return len(set(groups)) / max(1, len(groups))


def surprise(reader, openings, texts):
    """Bits per character that the reader needs for the texts (after their openings)."""
    from shared.evaluation.text import negative_log_likelihood

    nats = characters = 0.0
    for opening, text in zip(openings, texts, strict=True):
        start, ids = reader.tokenizer.encode(opening), reader.tokenizer.encode(opening + text)
        ids = [reader.tokenizer.end_id, *ids]
        nats += negative_log_likelihood(reader.all_logits, ids, reader.context)[len(start) :].sum().item()
        characters += len(text)
    return nats / log(2) / characters


def begun(tokenizer, stories, texts=TEXTS):
    """The first OPENING words of the first stories that have WRITTEN tokens after them, and those: two lists."""
    openings, real = [], []
    for story in stories:
        if len(real) == texts:
            break
        opening = " ".join(story.split(" ")[:OPENING])
        ids = tokenizer.encode(story[len(opening) :])[:WRITTEN]
        if len(ids) == WRITTEN:
            openings.append(opening)
            real.append(tokenizer.decode(ids))
    return openings, real


def text_curve(model, reader, openings, real):
    """-> [[temperature, surprise, diversity], ...] from careful to wild, and the surprise of how they really go on."""
    of_real, found = distinct(real), []
    with ThreadPoolExecutor(16) as together:
        for setting in KNOBS["text"][1]:
            asked = [(model, opening, SEED + i, setting) for i, opening in enumerate(openings)]
            own = list(together.map(written, *zip(*asked, strict=True)))
            found.append([setting, round(surprise(reader, openings, own), 4), round(distinct(own) / of_real, 4)])
    return found, round(surprise(reader, openings, real), 4)
