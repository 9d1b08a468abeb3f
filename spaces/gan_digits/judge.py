"""What the discriminator thinks of a drawing, of pictures whose truth is known, and of the model's own digits: as HTML.

The numbers come from shared/engines/digits/realism.py; the section that shows them is in sections/draw.py.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.core import registry
from shared.page import digit_html, words
from shared.page.digit_html import figure, picture

from .request import GAN

WORDS = words.beside(__file__)

KEPT = 8  # models whose own digits are kept; 2 MB each


@dataclass(frozen=True)
class Known:
    """What does not depend on the drawing: the model's own digits, and pictures of which the truth is known."""

    reference: object  # realism.Reference
    touchstones: dict[str, tuple[np.ndarray, float]]  # scanned, blank, noise -> picture, score
    real: list[float] | None  # quantiles of the scores of held-out real digits


_known: OrderedDict[str, Known] = OrderedDict()  # sha256 of the weights -> ; the newest last
_knowing = threading.Lock()


def known(loaded) -> Known:
    from shared.engines.digits import realism

    with _knowing:
        if loaded.sha256 not in _known:
            model = loaded.model
            among = realism.reference(model)
            stones = {name: _middle(model, images) for name, images in _touchstones().items()}
            real = registry.scores(loaded.spec.name).get("realism_of_real") if loaded.source == "bundled" else None
            _known[loaded.sha256] = Known(among, stones, real)
        _known.move_to_end(loaded.sha256)
        while len(_known) > KEPT:
            _known.popitem(last=False)
        return _known[loaded.sha256]


def _middle(model, images) -> tuple[np.ndarray, float]:
    """The picture in the middle of the order, and its score."""
    from shared.engines.digits import realism

    found = realism.scores(model, images)
    place = found.argsort()[len(found) // 2]
    return images[place, 0].numpy(), float(found[place])


@cache
def _touchstones() -> dict:
    """Pictures that no GAN made. MNIST is not bundled; scikit-learn's digits are, and are real, but have 8x8 pixels."""
    import torch

    from shared.data import digits

    scanned, _ = digits.scikit_learn_digits()
    return {
        "scanned": digits.unit(torch.from_numpy(scanned[:200])),
        "blank": torch.zeros(1, 1, 28, 28),
        "noise": torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0)),
    }


def judged_html(name, pixels=None, found=None, in_chinese: bool = False) -> str:
    """The drawing, what was found for it and the touchstones, each by its rank.

    pixels, found: (28, 28) in [0, 1], or None. Errors: UserError.
    """
    import torch

    from shared.core import loaders
    from shared.engines.digits import realism

    say = WORDS.speaker(in_chinese, "inv")
    with loaders.use(GAN.check(name, "model")) as loaded:
        model, about = loaded.model, known(loaded)
        rows, beside = [], ""
        for key, image in (("yours", pixels), ("own", found)):
            if image is not None:
                score = float(realism.scores(model, torch.as_tensor(image)[None, None])[0])
                rows.append(_rank_row(say, say(key), image, score, about, kind="mine"))
        if about.real:
            rows.append(_real_row(say, about))
        for key, (image, score) in about.touchstones.items():
            note = say("scanned_note") if key == "scanned" else ""
            rows.append(_rank_row(say, say(key), image, score, about, note))
        if pixels is not None:
            pixels = torch.as_tensor(pixels)
            wish = digit_html.tag(digit_html.signed(realism.wishes(model, pixels), pixels), say("wishes"))
            beside = figure(wish, f"<b>{say('wishes')}</b><br>{say('wishes_note')}", "inv-wish")
            if model.conditional:
                beside += _fits_html(say, realism.fits(model, pixels, about.reference))
    notes = [say("honest")] + ([] if about.real else [say("unmeasured")])
    notes = "".join(f'<p class="quiet">{one}</p>' for one in notes)
    ends = f'<div class="inv-ends"><span>{say("fake_end")}</span><span>{say("real_end")}</span></div>'
    idea = say("judge_idea", n=len(about.reference.scores))
    return (
        f'<div class="dg inv-judged"><p>{idea}</p><div class="inv-two"><div class="inv-ranks">{ends}{"".join(rows)}'
        f'{notes}</div><div class="inv-beside">{beside}</div></div></div>'
    )


def _rank_row(say, title, image, score, about, note="", kind="") -> str:
    from shared.engines.digits import realism

    among = about.reference.scores
    share = realism.rank(score, among)
    n = len(among)
    if 0 < share < 1:
        words = say("above", share=_percent(share))
    else:
        words = say("above_all" if share else "below_all", n=n)
    if about.real and kind:
        words += ", " + say("above_real", share=_percent(realism.rank_in_quantiles(score, about.real)))
    return _row(say, picture(image, title, 2), title, note, words, say("score", score=score), share, kind=kind)


def _real_row(say, about) -> str:
    from shared.engines.digits import realism

    middle = len(about.real) // 2
    low, score, high = about.real[1], about.real[middle], about.real[-2]
    share, *ends = (realism.rank(one, about.reference.scores) for one in (score, low, high))
    words = say("above", share=_percent(share))
    return _row(say, "", say("real"), say("real_note"), words, say("score", score=score), share, ends)


def _row(say, image, title, note, words, score, share, ends=None, kind="") -> str:
    line = f'<i style="left:{100 * ends[0]:.1f}%;right:{100 - 100 * ends[1]:.1f}%"></i>' if ends else ""
    note = f' <span class="quiet">{note}</span>' if note else ""
    return (
        f'<div class="inv-rank {kind}"><div class="inv-thumb">{image}</div><div><div><b>{title}</b>{note}</div>'
        f'<div class="inv-track">{line}<b style="left:{100 * share:.1f}%"></b></div>'
        f'<div class="quiet">{words} · {score}</div></div></div>'
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _fits_html(say, shares: list[float]) -> str:
    best = max(range(len(shares)), key=shares.__getitem__)
    bars = "".join(
        f'<div class="{"best" if digit == best else ""}"><b>{digit}</b>'
        f'<span><i style="width:{100 * share:.0f}%"></i></span>'
        f"<em>{_percent(share)}</em></div>"
        for digit, share in enumerate(shares)
    )
    return f'<div class="inv-fits"><p><b>{say("classes")}</b></p>{bars}<p class="quiet">{say("classes_note")}</p></div>'


def sorted_html(name, in_chinese: bool = False) -> str:
    """The model's own digits from most fake to most real; a row for each class of a conditional model."""
    import torch

    from shared.core import loaders

    say = WORDS.speaker(in_chinese, "inv")
    with loaders.use(GAN.check(name, "model")) as loaded:
        among = known(loaded).reference
    n = len(among.scores)
    if among.labels is None:
        lines = [("", torch.linspace(0, n - 1, 40).round().long())]
    else:
        places = ((among.labels == digit).nonzero()[:, 0] for digit in range(10))
        lines = [
            (str(digit), line[torch.linspace(0, len(line) - 1, 8).round().long()])
            for digit, line in enumerate(places)
            if len(line)
        ]
    rows = []
    for title, line in lines:
        cells = "".join(
            figure(picture(among.images[i, 0], say("alt", what=title or i + 1), 2), f"{float(among.scores[i]):+.2f}")
            for i in line.tolist()
        )
        rows.append(f'<div class="inv-line"><b>{title}</b><div class="dg-cells">{cells}</div></div>')
    note = say("sorted_note", n=n, last=n - 1)
    kind = "free" if among.labels is None else "classes"
    ends = f'<div class="inv-ends"><span>{say("fake_end")}</span><span>{say("real_end")}</span></div>'
    return f'<div class="dg inv-sorted {kind}"><p class="quiet">{note}</p>{ends}{"".join(rows)}</div>'
