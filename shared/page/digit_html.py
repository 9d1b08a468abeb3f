"""Digits in a page, as HTML: figures with a caption, bars, and words in the visitor's language."""

import html

import numpy as np
from PIL import Image

from shared.media import sheets

CSS = """
.dg { color: var(--body-text-color); font-size: 14px; line-height: 1.5; }
.dg p { margin: 0; max-width: 68ch; }
.dg-idea { margin-top: -10px; }
.dg .quiet, .dg figcaption, .dg dd { color: var(--body-text-color-subdued); font-size: 13px; }
.dg img { display: block; width: 100%; image-rendering: pixelated; background: #fff; border-radius: 4px; }
.dg figure { margin: 0; min-width: 0; }
.dg figcaption { margin-top: 4px; line-height: 1.35; font-variant-numeric: tabular-nums; }
.dg-row { display: flex; flex-wrap: wrap; gap: 16px; }
.dg-row > figure { width: var(--side, 140px); }
.dg-cells { display: grid; gap: 8px; }
.dg-cells figcaption { font-size: 12px; text-align: center; margin-top: 2px; }
.dg-facts { display: grid; grid-template-columns: max-content 1fr; gap: 6px 14px; margin: 0; align-items: baseline; }
.dg-facts dt { font-weight: 600; font-variant-numeric: tabular-nums; }
.dg-facts dd { margin: 0; max-width: 60ch; }
.dg-progress { height: 3px; border-radius: 2px; background: var(--border-color-primary); overflow: hidden; }
.dg-progress > div { height: 100%; background: var(--color-accent); }
@media (max-width: 640px) { .dg-facts { grid-template-columns: 1fr; gap: 0; } .dg-facts dd { margin-bottom: 8px; } }
"""


def picture(images, alt: str, scale: int = 1, columns: int | None = None) -> str:
    """One picture, or several in a grid, (n, 28, 28) or (28, 28) in [0, 1], as an <img>."""
    images = np.asarray(images, np.float32)
    return tag(sheets.grid(images.reshape(-1, *images.shape[-2:]), columns, scale), alt)


def tag(image: Image.Image, alt: str) -> str:
    return f'<img src="{sheets.png_url(image)}" alt="{html.escape(alt)}">'


def figure(inside: str, caption: str = "", kind: str = "") -> str:
    caption = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure class="{kind}">{inside}{caption}</figure>'


def facts(rows: list[tuple[str, str]]) -> str:
    """[(the number, what it means)]"""
    return '<dl class="dg-facts">' + "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in rows) + "</dl>"


def progress(share: float) -> str:
    return f'<div class="dg-progress"><div style="width:{100 * share:.0f}%"></div></div>'


def signed(weights, under) -> Image.Image:
    """Weights (28, 28) in [-1, 1] over a faint picture: teal above 0, orange below; as strong as the weight."""
    weights, under = np.asarray(weights, np.float32), np.asarray(under, np.float32)
    paper = 1 - 0.25 * under[..., None] * np.ones(3)
    colour = np.where(weights[..., None] > 0, np.float32([13, 116, 110]) / 255, np.float32([217, 119, 6]) / 255)
    strength = np.abs(weights)[..., None] ** 0.7  # small ones should be seen, too
    mixed = paper * (1 - strength) + colour * strength
    return Image.fromarray(np.rint(255 * mixed.clip(0, 1)).astype(np.uint8))
