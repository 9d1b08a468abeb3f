"""The quiet sections of the VAE tab as HTML: posterior, side by side, arithmetic. Numbers from parts.py."""

import html
from pathlib import Path

from shared.page import digit_html, words
from shared.page.digit_html import figure, picture

from .parts import STEPS

WORDS = words.beside(__file__)

CSS = digit_html.CSS + Path(__file__).with_name("parts.css").read_text("utf-8")


def _page(inside: str) -> str:
    return f'<style>{CSS}</style><div class="dg">{inside}</div>'


def _note(text: str) -> str:
    return f'<p class="quiet">{html.escape(text)}</p>' if text else ""


def message(text: str) -> str:
    return _page(f'<p role="status" class="quiet">{html.escape(text)}</p>')


# ---- the posterior -------------------------------------------------------------------------------------------------


def posterior(found: dict, chinese: bool) -> str:
    say = WORDS.speaker(chinese, "part")
    small = found["picture"], found["reconstruction"]
    pair = [figure(picture(one, say(key), 4), say(key)) for one, key in zip(small, ("seen", "at_mean"), strict=True)]
    samples = "".join(picture(one, say("draw_alt", i=i + 1), 2) for i, one in enumerate(found["samples"]))
    cloud = figure(_cloud(found, say), say("cloud_note", a=found["axes"][0] + 1, b=found["axes"][1] + 1), "vp-plot")
    bars = figure(_bars(found, say), say("bars_note", n=len(found["order"]), of=len(found["mean"])), "vp-plot")
    total = float(found["kl"].sum())
    line = say("posterior_line", title=found["title"], bce=found["bce"], kl=total, sum=found["bce"] + total)
    return _page(
        f'<div class="vp"><p class="vp-wide">{html.escape(line)}</p>{"".join(pair)}{cloud}{bars}'
        f'<figure class="vp-wide"><div class="vp-samples">{samples}</div>'
        f"<figcaption>{say('draws_note')}</figcaption></figure></div>"
    )


def _cloud(found: dict, say) -> str:
    """The posterior in two latents, near by: dots, and its ellipses of 1 and 2 deviations. In the corner the whole
    plane: the prior's circles of 1, 2 and 3 deviations, and the window that is shown."""
    side, small = 260, 72
    mean, deviation = found["mean"][found["axes"]], found["deviation"][found["axes"]]
    reach = max(0.2, 4 * float(deviation.max()))
    unit = side / 2 / reach
    accent, orange = "var(--color-accent)", "#d97706"
    ground = 'fill="var(--background-fill-primary)" stroke="var(--border-color-primary)"'
    parts = [
        f'<svg viewBox="0 0 {side} {side}" width="{side}" height="{side}" role="img" '
        f'aria-label="{html.escape(say("cloud_alt", x=mean[0], y=mean[1], sx=deviation[0], sy=deviation[1]))}">',
        f'<rect x="0.5" y="0.5" width="{side - 1}" height="{side - 1}" rx="6" {ground}/>',
    ]
    for x, y in found["cloud"].tolist():
        across, down = side / 2 + (x - mean[0]) * unit, side / 2 - (y - mean[1]) * unit
        parts.append(f'<circle cx="{across:.1f}" cy="{down:.1f}" r="1.8" fill="{accent}" opacity="0.5"/>')
    for r in (1, 2):
        rx, ry = (r * deviation * unit).tolist()
        parts.append(
            f'<ellipse cx="{side / 2}" cy="{side / 2}" rx="{rx:.1f}" ry="{ry:.1f}" fill="none" stroke="{orange}" '
            f'stroke-width="1.5"/>'
        )
    corner, scale = side - small / 2 - 6, small / 8  # the small plane reaches from -4 to 4
    parts.append(f'<rect x="{corner - small / 2}" y="6" width="{small}" height="{small}" rx="4" {ground}/>')
    for r in (1, 2, 3):
        parts.append(
            f'<circle cx="{corner}" cy="{6 + small / 2}" r="{r * scale}" fill="none" stroke="currentColor" '
            f'opacity="0.3"/>'
        )
    half = max(1.5, min(4.0, reach) * scale)
    x, y = corner + max(-4, min(4, mean[0])) * scale, 6 + small / 2 - max(-4, min(4, mean[1])) * scale
    parts.append(
        f'<rect x="{x - half:.1f}" y="{y - half:.1f}" width="{2 * half:.1f}" height="{2 * half:.1f}" fill="none" '
        f'stroke="{orange}" stroke-width="1.5"/>'
    )
    names = [f"z{axis + 1}" for axis in found["axes"]]
    parts.append(f'<text x="8" y="{side - 8}">{names[0]} {mean[0]:.2f} ± {deviation[0]:.2f}</text>')
    parts.append(f'<text x="8" y="{side - 24}">{names[1]} {mean[1]:.2f} ± {deviation[1]:.2f}</text>')
    return "".join(parts) + "</svg>"


def _bars(found: dict, say) -> str:
    """For each latent its mean and deviation, over the prior's; the KL it carries below."""
    order, high, low = found["order"], 170, 60
    step = max(14, min(26, 520 // len(order)))
    width, reach = step * len(order) + 34, 3.5

    def y(value):
        return high / 2 * (1 - max(-reach, min(reach, value)) / reach) + 4

    most = max(1e-6, float(found["kl"][order].max()))
    parts = [
        f'<svg viewBox="0 0 {width} {high + low + 22}" width="{width}" height="{high + low + 22}" role="img" '
        f'aria-label="{html.escape(say("bars_alt"))}">',
        f'<rect x="30" y="{y(1):.1f}" width="{width - 34}" height="{y(-1) - y(1):.1f}" fill="currentColor" '
        f'opacity="0.07"/>',
        f'<path d="M30 {y(0):.1f}H{width - 4}" stroke="currentColor" opacity="0.25"/>',
        *(f'<text x="24" y="{y(v) + 4:.1f}" text-anchor="end">{v:+d}</text>' for v in (-3, -1, 1, 3)),
        f'<text x="24" y="{high + 24}" text-anchor="end">KL</text>',
    ]
    for column, i in enumerate(order):
        x, mean, deviation = 30 + step * (column + 0.5), float(found["mean"][i]), float(found["deviation"][i])
        tall = low * float(found["kl"][i]) / most
        parts.append(
            f"<g><title>z{i + 1}: μ {mean:.2f}, σ {deviation:.2f}, KL {found['kl'][i]:.2f}</title>"
            f'<path d="M{x} {y(mean - deviation):.1f}V{y(mean + deviation):.1f}" stroke="#d97706" stroke-width="3"/>'
            f'<circle cx="{x}" cy="{y(mean):.1f}" r="3.5" fill="var(--color-accent)"/>'
            f'<rect x="{x - step / 3:.1f}" y="{high + 12}" width="{2 * step / 3:.1f}" height="{tall:.1f}" '
            f'fill="var(--color-accent)" opacity="0.6"/></g>'
        )
    return "".join(parts) + "</svg>"


# ---- side by side --------------------------------------------------------------------------------------------------


def compare(rows: list[dict], chinese: bool) -> str:
    say = WORDS.speaker(chinese, "part")
    heads = (
        ("name", "model_head"),
        ("", "seen"),
        ("", "at_mean"),
        ("", "bce"),
        ("", "kl"),
        ("", "sum"),
        ("room", "error"),
    )
    cells = [f'<span class="head {kind}">{say(key)}</span>' for kind, key in heads]
    totals = [row["bce"] + float(row["kl"].sum()) if "kl" in row else float("inf") for row in rows]
    for row, total in zip(rows, totals, strict=True):
        if "error" in row:
            cells += ['<i class="rule"></i>', f'<span class="name"><b>{html.escape(row["title"])}</b></span>']
            cells.append(f'<span class="quiet failed">{html.escape(row["error"])}</span>')
            continue
        kl = float(row["kl"].sum())
        active = int((row["kl"] > 0.05).sum())
        best = ' class="best"' if total == min(totals) else ""
        difference = digit_html.signed(row["reconstruction"] - row["picture"], row["picture"])
        size = (difference.width * 3, difference.height * 3)
        cells += [
            '<i class="rule"></i>',
            f'<span class="name"><b>{html.escape(row["title"])}</b><br>'
            f'<span class="quiet">{say("active", n=active, of=len(row["kl"]))}</span></span>',
            picture(row["picture"], say("seen"), 3),
            picture(row["reconstruction"], say("at_mean_of", title=row["title"]), 3),
            f"<span>{row['bce']:.1f}</span>",
            f"<span>{kl:.1f}</span>",
            f"<span{best}>{total:.1f}</span>",
            f'<span class="room">{digit_html.tag(difference.resize(size, 0), say("error"))}</span>',
        ]
    return _page(
        f'<div class="vc">{"".join(cells)}</div><p class="quiet" style="margin-top:14px">{say("compare_note")}</p>'
    )


# ---- arithmetic ----------------------------------------------------------------------------------------------------


def arithmetic(found: dict, chinese: bool) -> str:
    say = WORDS.speaker(chinese, "part")
    names = [WORDS.say(key, chinese) for key in ("start", "end", "third")]
    a, b, c = (figure(picture(digit, name, 3), name) for digit, name in zip(found["digits"], names, strict=True))
    whole = found["results"][STEPS.index(1.0)]
    result = figure(picture(whole, say("sum_alt"), 3), say("sum_is"))
    steps = "".join(
        figure(picture(one, say("step_alt", t=t), 2), f"t = {t:g}", "")
        for t, one in zip(STEPS, found["results"], strict=True)
    )
    return _page(
        f'<div class="va">{a}<b>−</b>{b}<b>+</b>{c}<b>=</b>{result}</div>'
        f'<p class="quiet" style="margin:16px 0 8px">{say("steps_note")}</p>'
        f'<div class="va-steps dg-cells">{steps}</div>{_note(found["notice"])}'
    )
