"""Emoji in six styles with what can be said of them: what a model learns from that compares pictures with words.

A picture has many captions ("noto emoji of dog", "a dog", "pet, animal"). What each of them asks for is kept beside it:
a thing, a style, keywords, each of them or none. So it is known which other pictures a caption fits as well: "a dog"
fits the dogs of all six styles. Pictures are made of them, too: a thing in another colour, and two things side by side.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from shared.data.emoji import MORE_NAMES, SMALL, emoji_file, held_out, vocabulary
from shared.data.emoji_scenes import COLOURS, LENGTH, OWN_COLOURS, article, styled, trained_tokenizer

VARIANTS = 24  # captions of a picture
MADE = 30_000  # pictures made of them
TINTED = 0.12  # share of the things of a pair that are
COLOURED = OWN_COLOURS | {"grey", "golden", "coloured", "rainbow", "traffic"}  # in a name: its colours are not changed
SIDED = {"left", "right", "moon", "arrow", "chart", "clock", "pointing", "facing"}  # in a name: it is not mirrored
STYLED = ("{style} emoji of {name}", "{style} emoji of {thing}", "{thing}, {style}", "{name}, {style}")
TOLD = ("{}", "{}", "emoji of {}", "a picture of {}", "a drawing of {}")


@dataclass(frozen=True)
class CaptionedEmoji:
    images: torch.Tensor  # uint8 (n, 4, 64, 64), red, green, blue and how opaque
    styles: torch.Tensor  # int64 (n,), places in style_names
    names: torch.Tensor  # int64 (n,), places in thing_names
    words: torch.Tensor  # bool (n, w + 1): which of all keywords each has; the last one, "none", all have
    free: torch.Tensor  # bool (n, 2): may be mirrored, may lose its colours
    tokens: torch.Tensor  # int16 (n, VARIANTS, LENGTH)
    wants: torch.Tensor  # int16 (n, VARIANTS, 4): name, style, keyword, keyword; -1 is none
    made: torch.Tensor  # int16 (m, 4): picture, colour, picture to its right, colour; -1 is none
    made_tokens: torch.Tensor  # int16 (m, LENGTH)
    held_out_images: torch.Tensor  # uint8 (h, 4, 64, 64)
    held_out_styles: torch.Tensor
    held_out_names: torch.Tensor
    held_out_tokens: torch.Tensor  # (h, LENGTH): "STYLE emoji of NAME"
    name_tokens: torch.Tensor  # (names, LENGTH): "NAME"
    style_names: list[str]
    thing_names: list[str]
    tokenizer: dict[str, str]  # file -> its text
    source: str = "emoji"

    def __len__(self):
        return len(self.images)

    def batch(self, part):
        """Indices (m,) -> pictures uint8 (m, 4, 64, 64), and their indices."""
        return self.images[part], part

    def fits(self, wants, which):
        """What each caption wants (t, 4) and indices of pictures (m,) -> bool (t, m): is it true of that picture?"""
        name, style, *keywords = wants.long()[:, :, None].unbind(1)  # (t, 1) each
        fit = ((name < 0) | (name == self.names[which])) & ((style < 0) | (style == self.styles[which]))
        words = self.words[which]
        for keyword in keywords:
            fit &= words[:, keyword[:, 0]].T
        return fit


def read_captioned(folder):
    """The pictures in emoji.parquet without those that are held out; SystemExit where there are none."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(emoji_file(folder)).to_pydict()
    return captioned(_opened(table["image"]), table["style"], table["name"], table["keywords"])


def captioned(images, styles, names, keywords, made=MADE):
    """uint8 (n, 4, 64, 64) and what each picture is -> CaptionedEmoji."""
    style_names, thing_names = sorted(set(styles)), sorted(set(names))
    every_word = sorted({word for several in keywords for word in several})
    said = [*thing_names, *every_word, *COLOURS]
    templates = [styled(article("ball"), style, random.Random(i)) for style in style_names for i in range(9)]
    templates += [told.format("ball") for told in TOLD]
    tokenizer = trained_tokenizer([*said, *templates] * 20)  # so often that each word becomes one token

    def tokens(texts):
        options = {"padding": "max_length", "max_length": LENGTH, "truncation": True, "return_tensors": "pt"}
        return tokenizer(texts, **options).input_ids.to(torch.int16)

    place = {word: i for i, word in enumerate(every_word)}
    style_of = torch.tensor([style_names.index(style) for style in styles])
    name_of = torch.tensor([{name: i for i, name in enumerate(thing_names)}[name] for name in names])
    words = torch.zeros(len(names), len(every_word) + 1, dtype=torch.bool)
    words[:, -1] = True
    for i, several in enumerate(keywords):
        words[i, [place[word] for word in several]] = True
    things = {*vocabulary(), *vocabulary(MORE_NAMES)}
    free = torch.tensor([(n in things and not SIDED & _parts(n), not COLOURED & _parts(n)) for n in names])
    measured = torch.tensor([held_out(style, name) for style, name in zip(styles, names, strict=True)])
    kept, measured = (~measured).nonzero().flatten(), measured.nonzero().flatten()

    captions, wants = [], []
    for i in kept.tolist():
        draw = random.Random(i)
        for _ in range(VARIANTS):
            text, (named, in_style, told) = caption(styles[i], names[i], keywords[i], draw)
            captions.append(text)
            asked = [place[word] for word in told] + [-1, -1]
            wants.append([int(name_of[i]) if named else -1, int(style_of[i]) if in_style else -1, *asked[:2]])
    plans, plan_captions = compositions(kept.tolist(), styles, names, made)
    return CaptionedEmoji(
        images=images[kept],
        styles=style_of[kept],
        names=name_of[kept],
        words=words[kept],
        free=free[kept],
        tokens=tokens(captions).view(len(kept), VARIANTS, LENGTH),
        wants=torch.tensor(wants, dtype=torch.int16).view(len(kept), VARIANTS, 4),
        made=torch.tensor(plans, dtype=torch.int16).view(-1, 4),
        made_tokens=tokens(plan_captions) if plans else torch.zeros(0, LENGTH, dtype=torch.int16),
        held_out_images=images[measured],
        held_out_styles=style_of[measured],
        held_out_names=name_of[measured],
        held_out_tokens=tokens([f"{styles[i]} emoji of {names[i]}" for i in measured] or [""]),
        name_tokens=tokens(thing_names),
        style_names=style_names,
        thing_names=thing_names,
        tokenizer=_files(tokenizer),
    )


def caption(style, name, keywords, draw):
    """-> (one caption of a picture, (is the thing named, is the style told, which keywords are))"""
    others = [word for word in keywords if word != name]
    kind = draw.random()
    if kind < 0.45:
        form = draw.choice(
            ("{style} emoji of {name}", "{style} emoji of {name}", "{thing}, {style}", "{name}, {style}")
        )
        return form.format(style=style, name=name, thing=article(name)), (True, True, [])
    if kind < 0.7 or not others:
        return _told(name, draw), (True, False, [])
    told = draw.sample(others, min(len(others), 1 + draw.randrange(2)))
    if kind < 0.82:
        listed = ", ".join([name, *told])
        if draw.random() < 0.5:
            return f"{style} emoji of {listed}", (True, True, [])
        return listed, (True, False, [])
    return _told(draw.choice((" ", ", ")).join(told), draw), (False, False, told)


def compositions(kept, styles, names, n):
    """n plans (picture, colour, picture to its right, colour) of pictures in `kept`, and a caption of each.

    A quarter are one thing in another colour, the others two things of one style.
    """
    draw, things = random.Random(0), set(vocabulary())
    of_style = {}
    for i in kept:
        if names[i] in things:
            of_style.setdefault(styles[i], []).append(i)
    plain = [i for several in of_style.values() for i in several if not COLOURED & _parts(names[i])]
    if not plain:
        return [], []
    colours = list(COLOURS)

    def thing(i, colour):
        return article(f"{colours[colour]} {names[i]}" if colour >= 0 else names[i])

    plans, captions = [], []
    for _ in range(n):
        if draw.random() < 0.25:
            i, colour = draw.choice(plain), draw.randrange(len(colours))
            plans.append((i, colour, -1, -1))
            captions.append(styled(thing(i, colour), styles[i], draw))
            continue
        style = draw.choice(list(of_style))
        two = [
            (i, draw.randrange(len(colours)) if _tintable(names[i], draw) else -1)
            for i in draw.choices(of_style[style], k=2)
        ]
        plans.append((*two[0], *two[1]))
        captions.append(styled(" and ".join(thing(*one) for one in two), style, draw))
    place = {i: k for k, i in enumerate(kept)}  # pictures are numbered anew without those that are held out
    return [(place[a], x, place.get(b, -1), y) for a, x, b, y in plans], captions


def _tintable(name, draw):
    return draw.random() < TINTED and not COLOURED & _parts(name)


def _told(what, draw):
    return draw.choice(TOLD).format(article(what) if draw.random() < 0.5 else what)


def _parts(name):
    return set(name.lower().replace("-", " ").split())


def _opened(pictures):
    """PNG or WebP, as bytes -> uint8 (n, 4, 64, 64)"""
    import io

    from PIL import Image

    opened = np.empty((len(pictures), SMALL, SMALL, 4), np.uint8)
    for i, image in enumerate(pictures):
        data = image["bytes"] if isinstance(image, dict) else image
        opened[i] = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    return torch.from_numpy(opened).permute(0, 3, 1, 2).contiguous()


def _files(tokenizer):
    """What `save_pretrained` writes, file by file."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        return {path.name: path.read_text("utf-8") for path in Path(folder).iterdir()}
