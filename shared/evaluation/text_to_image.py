"""Scores of the text-to-image model on emoji, by a judge that never saw a generated picture (emoji_judge.py).

psnr                  dB, of the autoencoder on pictures held out from all training
real_top1, real_top5  how often the judge finds the name of a held-out real picture among 200: the ceiling of unseen_...
seen_top1, ...        the same for drawn pictures of "STYLE emoji of NAME", where that pair was in the training set; the
                      judge has its picture too, so what is measured is how well it was learned
unseen_top1, ...      and where it was not: the thing was seen in other styles only
best4_top1, ...       of those, the one of four drawings that the bundled CLIP finds nearest to the name
pairs_found           share of the things of "a NAME and a NAME" whose name is among the judge's first five
colours_right         share of "COLOUR NAME" whose mean colour is nearest to the one that was asked for
seconds_per_picture   with the settings of this measurement, one picture at a time
"""

import random
import time

import torch
import torch.nn.functional as F

from shared.evaluation.emoji_judge import CANDIDATES, features, ranks, top
from shared.evaluation.image_metrics import psnr

SEEN, PAIRS, COLOURED = 300, 60, 80  # prompts of each kind
DRAFTS = 4  # of a picture, where CLIP chooses
BATCH = 25


@torch.inference_mode()
def draw(pipe, prompts):
    """Prompts -> pictures in [0, 1] (n, 3, h, w), with the settings of the app; picture i has the seed i."""
    from shared.core import registry
    from shared.engines.diffusion import schedulers

    own = registry.spec("emoji-diffusion").picture
    pipe.scheduler = schedulers.made(pipe.scheduler, own.scheduler, own.steps)
    pipe.set_progress_bar_config(disable=True)
    pictures = []
    for start in range(0, len(prompts), BATCH):
        part = list(prompts[start : start + BATCH])
        generators = [torch.Generator().manual_seed(start + i) for i in range(len(part))]
        options = {"num_inference_steps": own.steps, "guidance_scale": own.guidance, "output_type": "pt"}
        pictures.append(pipe(part, generator=generators, **options).images.float())
    return torch.cat(pictures)


def scores(pipe, data, seed=0):
    """pipe: the diffusers pipeline; data: the folder with emoji.parquet and emoji128.parquet."""
    from shared.core import registry
    from shared.data.emoji import LARGE, held_out, read_emoji, vocabulary
    from shared.data.emoji_scenes import COLOURS, OWN_COLOURS, STYLES, article

    own = registry.spec("emoji-diffusion").picture
    emoji, names = read_emoji(data), set(vocabulary())
    real = emoji.only(lambda style, name: name in names)
    unseen = emoji.held_out.only(lambda style, name: style in STYLES and name in names)
    gallery = features(real.batch(slice(None))[0])
    pick = random.Random(seed)

    def ranks_of(pictures, wanted):
        return ranks(pictures, wanted, gallery, real.names)

    def both(key, ranks):
        return {f"{key}_top1": round(top(ranks, 1), 3), f"{key}_top5": round(top(ranks, 5), 3)}

    large = read_emoji(data, LARGE).held_out
    pictures, _ = large.batch(slice(None))
    _, back = reconstructed(pipe.vae, large)
    result = {"psnr": round(psnr(back, pictures), 2), "psnr_pictures": len(pictures)}
    result |= both("real", ranks_of(unseen.batch(slice(None))[0], unseen.names)) | {"unseen_pairs": len(unseen)}

    pairs = [pair for pair in zip(real.styles, real.names, strict=True) if pair[0] in STYLES and not held_out(*pair)]
    for key, chosen in (
        ("seen", pick.sample(pairs, SEEN)),
        ("unseen", list(zip(unseen.styles, unseen.names, strict=True))),
    ):
        drawn = draw(pipe, [f"{style} emoji of {name}" for style, name in chosen])
        result |= both(key, ranks_of(drawn, [name for _, name in chosen]))
    result |= both("best4", ranks_of(best_of_drafts(pipe, chosen), [name for _, name in chosen]))

    things = [tuple(pick.sample(sorted(set(real.names)), 2)) for _ in range(PAIRS)]
    drawn = draw(pipe, [f"{STYLES[i % 3]} emoji of {article(a)} and {article(b)}" for i, (a, b) in enumerate(things)])
    halves = torch.cat([alone(half) for half in drawn.chunk(2, dim=3)])
    result["pairs_found"] = round(top(ranks_of(halves, [a for a, _ in things] + [b for _, b in things]), 5), 3)

    plain = [name for name in sorted(set(real.names)) if not OWN_COLOURS & set(name.split())]
    asked = [(pick.choice(list(COLOURS)), pick.choice(plain)) for _ in range(COLOURED)]
    drawn = draw(
        pipe, [f"{STYLES[i % 3]} emoji of {article(f'{colour} {name}')}" for i, (colour, name) in enumerate(asked)]
    )
    seen = [colour_of(picture, COLOURS) for picture in drawn]
    result["colours_right"] = round(sum(a == b for a, (b, _) in zip(seen, asked, strict=True)) / COLOURED, 3)

    begun = time.perf_counter()
    for name in plain[:5]:
        draw(pipe, [f"noto emoji of {name}"])
    result["seconds_per_picture"] = round((time.perf_counter() - begun) / 5, 2)
    return result | {
        "steps": own.steps,
        "guidance": own.guidance,
        "candidates": CANDIDATES,
        "threads": torch.get_num_threads(),
    }


def best_of_drafts(pipe, chosen):
    """(style, name) each -> of DRAFTS pictures that one which fits its name best, (n, 3, h, w)."""
    from shared.engines import seeing

    drawn = draw(pipe, [f"{style} emoji of {name}" for style, name in chosen for _ in range(DRAFTS)])
    kept = []
    for i, (_, name) in enumerate(chosen):
        drafts = drawn[i * DRAFTS : (i + 1) * DRAFTS]
        fits = seeing.fits(seeing.seen([(255 * one).byte().permute(1, 2, 0).numpy() for one in drafts]), name)
        kept.append(drafts[max(range(DRAFTS), key=fits.__getitem__)] if fits else drafts[0])
    return torch.stack(kept)


@torch.inference_mode()
def reconstructed(model, data, batch=100):
    """(1 / standard deviation of the latents, pictures (n, 3, h, w) in [0, 1] as they come back)."""
    latents, back = [], []
    for start in range(0, len(data), batch):
        latents.append(model.encoder(2 * data.batch(slice(start, start + batch))[0] - 1))
        back.append(((model.decoder(latents[-1]) + 1) / 2).clamp(0, 1))
    return 1 / torch.cat(latents).std().item(), torch.cat(back)


def alone(half):
    """Half a picture (n, 3, h, h / 2) -> the thing in it at full size (n, 3, h, h): its box, enlarged."""
    full, things = half.shape[2], []
    for picture in half:
        ink = (picture < 0.94).any(0)
        rows, columns = ink.any(1).nonzero().flatten(), ink.any(0).nonzero().flatten()
        if not len(rows):
            things.append(torch.ones(3, full, full))
            continue
        box = picture[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        side = max(box.shape[1:])
        top_, left = (side - box.shape[1]) // 2, (side - box.shape[2]) // 2
        square = F.pad(box, (left, side - box.shape[2] - left, top_, side - box.shape[1] - top_), value=1.0)
        edge = full // 32
        inner = full - 2 * edge
        enlarged = F.interpolate(square[None], (inner, inner), mode="bilinear", antialias=True)[0]
        things.append(F.pad(enlarged, [edge] * 4, value=1.0))
    return torch.stack(things)


def colour_of(picture, colours):
    """The name of the colour whose hue is nearest to the mean of what is not white, black or grey."""
    spread = picture.amax(0) - picture.amin(0)
    weight = spread / spread.sum().clamp(min=1e-6)
    mean = (picture * weight).sum((1, 2))

    def direction(colour):
        colour = torch.as_tensor(colour)
        light = colour.mean()
        return torch.cat([F.normalize(colour - light, dim=0), light.view(1) * 0.5])

    return min(colours, key=lambda name: (direction(colours[name]) - direction(mean)).norm().item())
