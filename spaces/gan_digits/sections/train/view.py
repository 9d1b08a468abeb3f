"""What a training looks like at one moment, as HTML and as the rows of two curves."""

import html

import pandas

from shared.core.errors import UserError
from shared.page import sentences, words
from shared.training import live

WORDS = words.beside(__file__)
# Every loss that a training may report; readable on paper and on dark.
COLOURS = {"discriminator": "#c2410c", "generator": "#2b8880", "bce": "#c2410c", "kl": "#2b8880"}


def say(key: str, chinese: bool = False, **values) -> str:
    """The sentence `train_KEY` in the visitor's language, with these values in it."""
    return WORDS.say(f"train_{key}", chinese, **values)


def wrong(error: UserError) -> str:
    return f"<p role=alert class=gt-alarm>{html.escape(sentences.told(error))}</p>"


def duration(seconds: float, chinese: bool) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if chinese:
        return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def status(state: live.State, chinese: bool = False, recorded: bool = False) -> str:
    """Where the training stands: a sentence, a bar, and what it learns from."""
    share = state.step / state.steps if state.steps else 0
    sentence = html.escape(_sentence(state, chinese))
    badge = f"<span class=gt-badge>{say('recorded', chinese)}</span> " if recorded else ""
    bar = f"<div class=gt-bar><i style='width:{share:.1%}'></i></div>"
    about = []
    if state.source:
        n = 55_000 if state.source == "MNIST" else 1_500
        about.append(say("learns_from", chinese, source=state.source, n=f"{n:,}"))
    if state.floor is not None:
        about.append(say("floor", chinese, floor=f"{state.floor:.0f}"))
    return f"<p role=status>{badge}{sentence}</p>{bar}<p class=gt-quiet>{html.escape(' '.join(about))}</p>"


def _sentence(state: live.State, chinese: bool) -> str:
    if state.phase == "waiting":
        return say("waiting", chinese, place=state.place, running=live.AT_ONCE)
    if state.phase == "starting":
        return say("starting", chinese)
    done = say("done", chinese, step=f"{state.step:,}", steps=f"{state.steps:,}")
    done += say("took", chinese, time=duration(state.seconds, chinese)) if state.step else ""
    if state.phase == "running" and 1 < state.step < state.steps:
        left = state.seconds / state.step * (state.steps - state.step)
        return done + say("left", chinese, time=duration(left, chinese))
    if state.phase == "paused":
        return say("is_paused", chinese) + done
    if state.phase == "ended":
        kept = say("kept", chinese, step=f"{state.kept_step:,}") if state.kept_step not in (0, state.step) else ""
        return (state.sentence or say(f"why_{state.why}", chinese)) + " " + (done if state.step else "") + kept
    return done


def alarm(state: live.State, plan: live.Plan, chinese: bool = False) -> str:
    """A sentence on a mode collapse and the remedy to try, or ""."""
    kind = live.alarm(state)
    if not kind or not live.gan(plan.name):  # a VAE does not collapse
        return ""
    shares = state.scores[-1]["classes"]
    digit = shares.index(max(shares) if kind == "one" else min(shares))
    collapse = say(f"collapse_{kind}", chinese, digit=digit, share=f"{shares[digit]:.1%}")
    return f"<p role=alert class=gt-alarm>{collapse} {say('try_' + live.remedy(plan).replace('-', '_'), chinese)}</p>"


def grid(state: live.State, chinese: bool = False) -> str:
    if not state.grid:
        return f"<div class=gt-empty>{say('no_grid', chinese)}</div>"
    alt = html.escape(say("grid_alt", chinese, step=f"{state.grid_step:,}"))
    return f'<img class=gt-grid src="data:image/png;base64,{state.grid}" alt="{alt}" width=298 height=148>'


def classes(state: live.State, chinese: bool = False) -> str:
    """Ten bars: the share of each digit, with a line where all would be even."""
    scored = bool(state.scores)
    shares = state.scores[-1]["classes"] if scored else [0.0] * 10
    top = max(0.25, *shares)
    bars = "".join(
        f"<span class=gt-class title='{share:.1%}'><b style='height:{100 * share / top:.1f}%' "
        f"class='{'low' if scored and share < 0.01 else ''}'></b><em>{digit}</em></span>"
        for digit, share in enumerate(shares)
    )
    label = html.escape(", ".join(f"{digit}: {share:.0%}" for digit, share in enumerate(shares)))
    even = f"<i class=gt-even style='bottom:{10 / top:.1f}%'></i>"
    return (
        f"<div class=gt-classes role=img aria-label='{label}'>{even}{bars}</div>"
        f"<p class=gt-quiet>{say('classes_hint', chinese)}</p>"
    )


def distance(state: live.State, chinese: bool = False) -> str:
    """The newest digit Frechet distance and the best, in words."""
    number, best_so_far = "–", ""
    if state.scores:
        last, best = state.scores[-1], min(state.scores, key=lambda score: score["frechet"])
        number = _rounded(last["frechet"])
        best_so_far = say("distance_best", chinese, best=_rounded(best["frechet"]), step=f"{best['step']:,}")
    return (
        f"<p class=gt-number><b>{number}</b> {say('distance', chinese)}</p>"
        f"<p class=gt-quiet>{say('distance_hint', chinese)} {best_so_far}</p>"
    )


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def losses(state: live.State, chinese: bool = False) -> pandas.DataFrame:
    # A row without a value for every name: Gradio gives colours to those alone that were there at first.
    names = {name: say(f"of_{name}", chinese) for name in COLOURS}
    rows = [(0, name, None) for name in names.values()]
    rows += [(step, names[name], value) for step, values in state.losses for name, value in values.items()]
    # Without types an empty frame would make the axes lists of words.
    return pandas.DataFrame(rows, columns=["step", "network", "loss"]).astype({"step": int, "loss": float})


def networks(state: live.State, chinese: bool = False) -> list[str]:
    """Those that have losses."""
    found = state.losses[-1][1] if state.losses else ("discriminator", "generator")
    return [say(f"of_{name}", chinese) for name in found]


def colours(chinese: bool = False) -> dict[str, str]:
    return {say(f"of_{name}", chinese): colour for name, colour in COLOURS.items()}


def distances(state: live.State) -> pandas.DataFrame:
    rows = [(score["step"], score["frechet"]) for score in state.scores]
    return pandas.DataFrame(rows, columns=["step", "distance"]).astype({"step": int, "distance": float})
