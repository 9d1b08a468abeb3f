"""Scores of illustrated stories, whole books as the tab makes them, by the judge of emoji_judge.py.

story_named      share of the pages on which the judge reads, of 200 names, that of somebody or something in its text
story_named5     share of the pages with such a name among the judge's first five
story_clip, ...  the same by the bundled CLIP, which chooses from all names of the vocabulary
story_drawable   share of the pages whose text names something that is on the picture
same_character   mean likeness of a character on a page to its figure, in [-1, 1]
two_characters   and of the characters of two books to each other

The judge sees the figures before they stand on a backdrop: it knows pictures on white paper.
"""

import itertools
import threading

TASK = "text-to-image"  # whose models are measured here, see shared/tools/score.py

SUBJECTS = (
    "a fox",
    "a little girl named Mia",
    "two dogs",
    "an old bear",
    "a brave mouse",
    "a boy named Tom",
    "a sleepy owl",
    "a dragon",
    "a cat named Lily",
    "a robot",
)
PLOTS = (
    "who is afraid of the dark",
    "who lost a red ball",
    "who finds a boat by the sea",
    "who wants to bake a cake",
    "on a rainy day in the forest",
)


def scores(data, model):
    """data: a folder that holds emoji.parquet, also in a folder of it."""
    import torch.nn.functional as F

    from shared.data.emoji import emoji_folder, read_emoji, vocabulary
    from shared.engines import seeing
    from shared.engines.diffusion import prompts
    from shared.evaluation.emoji_judge import features, ranks

    from . import runs
    from .drawing import illustrate
    from .request import Story
    from .scenes.mentions import mentions

    names = set(vocabulary())
    real = read_emoji(emoji_folder(data)).only(lambda style, name: name in names)
    gallery = features(real.batch(slice(None))[0])
    pages, alike, leads = [], [], []
    for seed, (subject, plot) in enumerate(itertools.product(SUBJECTS, PLOTS)):
        asked = Story.check({"idea": f"{subject[:1].upper()}{subject[1:]} {plot}", "image_model": model, "seed": seed})
        *_, state = runs.make(asked, threading.Event())
        book = state.book
        alike += [page.likeness for page in book.pages if page.likeness is not None]
        for page in book.pages:
            named = {one.name for one in mentions(page.text, model)}
            named |= {drawn for (_, name), (drawn, _) in illustrate.POOR.items() if name in named}
            named |= {drawn for name, drawn in illustrate.COLOURED.items() if name in named}
            drawn = figures_of(illustrate.cast_of(page, book, model), model)
            told = [row for row in drawn if row[0].character or row[0].name in named]
            pages.append([(one.name, picture) for one, picture in told if one.name in names])
        leads += [picture for thing, picture in figures_of(illustrate.cast_of(book.cover, book, model), model)][:1]
    drawn = [one for page in pages for one in page]
    found = iter(ranks(pixels([picture for _, picture in drawn]), [name for name, _ in drawn], gallery, real.names))
    best = [min((int(next(found)) for _ in page), default=len(names)) for page in pages]
    among = prompts.known(model)["names"]
    read = iter(seeing.places(seeing.seen([picture for _, picture in drawn]), [name for name, _ in drawn], among))
    clip = [min((next(read) for _ in page), default=len(names)) for page in pages]
    known = features(pixels(leads))
    apart = F.cosine_similarity(known[1:], known[:-1])
    return {
        "story_pages": len(pages),
        "story_named": share(rank == 0 for rank in best),
        "story_named5": share(rank < 5 for rank in best),
        "story_clip": share(place == 1 for place in clip),
        "story_clip5": share(place <= 5 for place in clip),
        "story_drawable": share(bool(page) for page in pages),
        "same_character": round(sum(alike) / max(1, len(alike)), 3),
        "two_characters": round(apart.mean().item(), 3),
    }


def figures_of(cast, model):
    """(thing, picture uint8 (h, w, 3)) of each figure; they have been drawn for the page, and are still there."""
    from shared.core import loaders

    from .drawing import figures

    with loaders.use(model) as loaded:
        *_, found = figures.drawn(loaded, [figure for _, figure in cast.figures])
    return [(thing, found[figure]) for thing, figure in cast.figures]


def pixels(pictures):
    """uint8 (h, w, 3) each -> float32 in [0, 1] (n, 3, h, w)."""
    import torch

    return torch.stack([torch.from_numpy(picture) for picture in pictures]).permute(0, 3, 1, 2) / 255


def share(truths):
    truths = list(truths)
    return round(sum(truths) / len(truths), 3)
