"""How near a translated picture is to its true partner, which the model has never been shown, and whether it has the
other style.

    PSNR    peak signal-to-noise ratio in dB, of each picture; the mean
    SSIM    structural similarity (Wang et al., 2004, eq. 13) on luminance: 11x11 Gaussian windows of deviation 1.5,
            K1 = 0.01, K2 = 0.03
    found   share of pictures whose partner is the nearest of 200 names in the other style, by emoji_judge.py
    style   share that a linear judge of colours and edges takes for the other style
    cycle   mean |F(G(x)) - x|, in [0, 1]

Two baselines: the picture as it is, and the nearest picture of the other style among those of the training.
"""

import torch
import torch.nn.functional as F

from shared.evaluation import emoji_judge
from shared.evaluation.image_metrics import psnr

WINDOW, DEVIATION = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
LUMINANCE = 0.299, 0.587, 0.114
COLOURS, EDGES = 6, 24  # bins: of each colour channel, of how strong an edge is
RIDGE = 0.01


def ssim(a, b):
    """Pictures (n, 3, h, w) in [0, 1] -> mean structural similarity, 1 for the same."""
    window = torch.exp(-((torch.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * DEVIATION**2))
    window = (window / window.sum()).to(a)

    def blurred(x):
        return F.conv2d(F.conv2d(x, window.view(1, 1, 1, -1)), window.view(1, 1, -1, 1))

    x, y = grey(a), grey(b)
    m_x, m_y = blurred(x), blurred(y)
    v_x, v_y, v_xy = blurred(x * x) - m_x**2, blurred(y * y) - m_y**2, blurred(x * y) - m_x * m_y
    same = ((2 * m_x * m_y + C1) * (2 * v_xy + C2)) / ((m_x**2 + m_y**2 + C1) * (v_x + v_y + C2))
    return same.mean().item()


def grey(pictures):
    return (pictures * pictures.new_tensor(LUMINANCE).view(1, 3, 1, 1)).sum(1, keepdim=True)


def likeness(made, wanted):
    """Both (n, 3, h, w) in [0, 1] -> {"psnr": dB, "ssim": ...}."""
    return {"psnr": psnr(made, wanted), "ssim": ssim(made, wanted)}


# ---- which style is it? ---------------------------------------------------------------------------------------------


def manner(pictures):
    """(n, 3, h, w) in [0, 1] -> (n, d): how often each colour comes, and each strength of an edge; not where."""
    n = len(pictures)
    bins = (pictures * COLOURS).long().clamp(max=COLOURS - 1)
    place = (bins * torch.tensor([COLOURS**2, COLOURS, 1]).view(1, 3, 1, 1)).sum(1).flatten(1)
    light = grey(pictures)[:, 0]
    steps = [(light[:, :, 1:] - light[:, :, :-1])[:, 1:], (light[:, 1:] - light[:, :-1])[:, :, 1:]]
    strength = (steps[0].square() + steps[1].square()).sqrt()
    level = ((strength + 1e-4).log2() + 13.5).mul(EDGES / 14).long().clamp(0, EDGES - 1).flatten(1)
    counts = [
        torch.zeros(n, size).scatter_add_(1, index, torch.ones(index.shape)) / index.shape[1]
        for index, size in ((place, COLOURS**3), (level, EDGES))
    ]
    return torch.cat([one.sqrt() for one in counts], 1)


class StyleJudge:
    """Ridge regression on `manner`, -1 for the first style and 1 for the second, fitted to the training pictures."""

    def __init__(self, first, second):
        x = torch.cat([manner(first), manner(second)]).double()
        y = torch.cat([-torch.ones(len(first)), torch.ones(len(second))]).double()
        self.mean = x.mean(0)
        x = torch.cat([x - self.mean, torch.ones(len(x), 1)], 1)
        weights = RIDGE * len(x) * torch.eye(x.shape[1], dtype=torch.float64) * x.var(0).mean() + x.T @ x
        self.weights = torch.linalg.solve(weights, x.T @ y)

    def second(self, pictures):
        """(n,) bool: whether each is of the second style."""
        x = manner(pictures).double() - self.mean
        return x @ self.weights[:-1] + self.weights[-1] > 0


# ---- all of it ------------------------------------------------------------------------------------------------------


def scores(model, data):
    """A CycleGAN on the held-out names of emoji_styles.Styles, each way -> {"there_psnr": ..., "back_found": ...}."""
    found = {"held_out": len(data.held_out_names)}
    first, second = (side.float() / 255 for side in (data.first, data.second))
    judge = StyleJudge(first, second)
    sides = [side.float() / 255 for side in (data.held_out_first, data.held_out_second)]
    right = torch.cat([~judge.second(sides[0]), judge.second(sides[1])])
    found["style_judge"] = right.float().mean().item()
    learned = ((second, data.second_names), (first, data.first_names))
    for way, (pictures, names) in zip(("there", "back"), learned, strict=True):
        back = way == "back"
        given, wanted = sides[::-1] if back else sides
        gallery = emoji_judge.features(torch.cat([pictures, wanted]))
        every = [*names, *data.held_out_names]

        def measured(made, back=back, wanted=wanted, gallery=gallery, every=every):
            ranks = emoji_judge.ranks(made, data.held_out_names, gallery, every)
            style = (judge.second(made) != back).float().mean().item()
            return likeness(made, wanted) | {"found": emoji_judge.top(ranks, 1), "style": style}

        made = model.convert(given, back)
        nearest = pictures[torch.cdist(emoji_judge.features(given), gallery[: len(pictures)]).argmin(1)]
        for what, shown in (("", made), ("untouched_", given), ("nearest_", nearest)):
            found |= {f"{way}_{what}{key}": value for key, value in measured(shown).items()}
        found[f"{way}_cycle"] = (model.convert(made, not back) - given).abs().mean().item()
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
