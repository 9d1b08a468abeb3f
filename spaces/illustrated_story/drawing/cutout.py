"""A figure on white paper -> the figure alone, large and clean: RGBA with smooth edges.

    figure = cut(picture)                  # uint8 (128, 128, 3) -> float32 (128, 128, 4) in [0, 1]
    large = enlarged(figure, 5)            # PIL RGBA, five times as large, cropped to what is seen

White that is connected to the border is paper; white inside (eyes, a shirt) is part of the figure. A picture of 128
pixels enlarged three times is a blur, or blocks. So it is taken as pieces of coloured paper, one for each of its main
shades: their outlines are enlarged and stay crisp, while within a piece the colour changes softly.
"""

from functools import lru_cache

import numpy as np
import scipy  # it reads ndimage and sparse where they are first used: the page is built without them
from PIL import Image, ImageDraw

INK = 10, 34  # how far from white, of 255, is no paper: on a clean picture, and at most, on a grainy one
HOLLOW = 0.45  # of its convex hull: a figure that covers less may have lost white parts to the paper
THIN = 0.03  # of the picture's side from the paper, in the median: so is what is left of such a figure
CLOSED = 0.11  # of the side by which it is closed
SPECK = 0.06  # of the largest part; smaller ones are crumbs of a picture that was drawn badly
RIM = 2.5  # pixels from the paper; so far its white runs into the colours
MARGIN = 3  # pixels of paper that are put around a picture
GRAIN = 20.0  # of 255; smaller differences between neighbours are grain
SHADES = 10  # pieces of paper
CRISP = 3  # squarings of a piece's weight: at 4 times the size one ends within two pixels where another begins
KEPT = 24  # figures that are remembered, 2 MB each: a character is cut once for all pages of a book


def cut(picture: np.ndarray) -> np.ndarray:
    """uint8 (h, w, 3) on white -> float32 (h, w, 4) in [0, 1], colours not mixed with white, nothing where paper is."""
    return _cut(picture.tobytes(), picture.shape)


@lru_cache(KEPT)
def _cut(picture: bytes, shape: tuple[int, ...]) -> np.ndarray:
    rgb = _without_grain(np.frombuffer(picture, np.uint8).reshape(shape).astype(np.float32))
    # What reaches to the end of the picture has a rim there, too.
    rgb = np.pad(rgb, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)
    return _figure(rgb)[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _figure(rgb: np.ndarray) -> np.ndarray:
    """float32 (h, w, 3) in [0, 255], white around -> (h, w, 4)."""
    away = 255 - rgb.min(2)  # a pale yellow is as little paper as a grey
    inside = _solid(~_paper(away))
    depth = scipy.ndimage.distance_transform_edt(inside)
    closed = _closed(inside) if inside.any() and np.median(depth[inside]) < THIN * len(away) else inside
    ridge = depth >= scipy.ndimage.maximum_filter(depth, 5)  # thin lines keep their own colours
    core = inside & ((depth > RIM) | ridge)
    if not core.any():
        return np.dstack([rgb / 255, closed.astype(np.float32)])
    # The outer pixels are paled by the paper: their colour is that of the next ones inside, and how pale they are says
    # how much of them is figure. Those that are darker are an outline.
    rows, columns = scipy.ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    own = scipy.ndimage.gaussian_filter(rgb[rows, columns], (1, 1, 0))
    full = np.maximum(255 - own.min(2), 1)
    rim = inside & ~core
    alpha = np.where(rim, np.clip(away / full, 0, 1), closed).astype(np.float32)
    paled = (rim & (away < full)) | ~closed
    return np.dstack([np.where(paled[..., None], own, rgb) / 255, alpha]).astype(np.float32)


def _without_grain(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3): each pixel becomes the mean of those around it that look like it (Tomasi and Manduchi, 1998)."""
    height, width = rgb.shape[:2]
    padded = np.pad(rgb, ((2, 2), (2, 2), (0, 0)), mode="edge")
    total, weights = np.zeros_like(rgb), np.zeros((height, width, 1), np.float32)
    for y, x in np.ndindex(5, 5):
        other = padded[y : y + height, x : x + width]
        unlike = ((other - rgb) ** 2).sum(2, keepdims=True) / GRAIN**2
        weight = np.exp(-0.5 * ((y - 2) ** 2 + (x - 2) ** 2 + unlike))
        total, weights = total + weight * other, weights + weight
    return total / weights


def _paper(away: np.ndarray) -> np.ndarray:
    """What can be reached from the border over white. Gaps of a pixel or two in an outline let nothing through."""
    border = np.concatenate([away[0], away[-1], away[:, 0], away[:, -1]])
    ink = min(max(2.5 * float(np.median(border)) + INK[0], INK[0]), INK[1])
    pale = np.pad(away < ink, 2, constant_values=True)
    wide = scipy.ndimage.binary_erosion(pale, np.ones((3, 3)), border_value=1)
    labels, _ = scipy.ndimage.label(wide)
    reached = scipy.ndimage.binary_dilation(labels == labels[0, 0], np.ones((3, 3))) & pale
    return reached[2:-2, 2:-2]


def _closed(inside: np.ndarray) -> np.ndarray:
    """White parts that the paper took are given back where what is left is full of bays: a snowman, a polar bear."""
    rows, columns = np.nonzero(inside)
    if len(rows) < 8:
        return inside
    hull = Image.new("1", inside.shape[::-1])
    ImageDraw.Draw(hull).polygon(_hull(sorted(zip(columns.tolist(), rows.tolist(), strict=True))), fill=1)
    if inside.sum() > HOLLOW * np.asarray(hull).sum():
        return inside
    by = round(CLOSED * len(inside))
    y, x = np.mgrid[-by : by + 1, -by : by + 1]
    closed = scipy.ndimage.binary_closing(np.pad(inside, by), x * x + y * y <= by**2)[by:-by, by:-by]
    return scipy.ndimage.binary_fill_holes(closed)


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The convex hull of sorted points (Andrew, 1979)."""

    def half(way):
        line = []
        for p in way:
            while len(line) > 1:
                (ax, ay), (bx, by) = line[-2:]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0:
                    break
                line.pop()
            line.append(p)
        return line[:-1]

    return half(points) + half(points[::-1])


def seen(figure: np.ndarray) -> tuple[int, int]:
    """Width and height of what is not transparent, in pixels; of the whole picture where nothing is left."""
    rows, columns = (np.flatnonzero((figure[..., 3] > 0.3).any(axis)) for axis in (1, 0))
    if not len(rows):
        return figure.shape[1], figure.shape[0]
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def _solid(inside: np.ndarray) -> np.ndarray:
    """Without crumbs."""
    labels, count = scipy.ndimage.label(inside, np.ones((3, 3)))
    if not count:
        return inside
    sizes = np.bincount(labels.ravel())[1:]
    return np.isin(labels, 1 + np.flatnonzero(sizes >= SPECK * sizes.max()))


def enlarged(figure: np.ndarray, scale: float) -> Image.Image:
    """float32 (h, w, 4) -> RGBA, `scale` times as large, without the empty margin."""
    rows, columns = (np.flatnonzero((figure[..., 3] > 0.02).any(axis)) for axis in (1, 0))
    if len(rows):
        figure = figure[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    padded = np.pad(figure, ((2, 2), (2, 2), (0, 0)), mode="edge").astype(np.float32)
    padded[..., 3] = np.pad(figure[..., 3], 2)
    height, width = (max(1, round(side * scale)) for side in padded.shape[:2])
    alpha = _resized(scipy.ndimage.gaussian_filter(padded[..., 3], 0.75)[..., None], width, height)
    alpha = np.clip((alpha - 0.5) * 1.6 * max(1, scale) + 0.5, 0, 1)  # an edge of about a pixel
    colours = _joined(_resized(_pieces(padded.tobytes(), padded.shape), width, height))
    picture = Image.fromarray(np.rint(255 * np.dstack([colours, alpha])).astype(np.uint8), "RGBA")
    box = picture.getchannel("A").point(lambda v: 255 * (v > 40)).getbbox()
    return picture.crop(box) if box else picture


@lru_cache(KEPT)
def _pieces(figure: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """float32 (h, w, 4) -> (h, w, 4 * pieces): how near each piece is, then the colours around each."""
    whole = np.frombuffer(figure, np.float32).reshape(shape)
    rgb, shade, weights, colours = whole[..., :3], _shades(whole), [], []
    for number in np.unique(shade):
        piece = (shade == number).astype(np.float32)
        near = scipy.ndimage.gaussian_filter(piece, 1.5) + 1e-4
        mean = rgb[shade == number].mean(0)
        soft = scipy.ndimage.gaussian_filter(piece[..., None] * rgb, (1.5, 1.5, 0)) + 1e-4 * mean
        weights.append(scipy.ndimage.gaussian_filter(piece, 0.7))
        colours.append(soft / near[..., None])
    return np.dstack([*weights, *colours]).astype(np.float32)


def _joined(pieces: np.ndarray) -> np.ndarray:
    """(h, w, 4 * pieces) -> (h, w, 3) in [0, 1]: the colours of the piece that reaches to a pixel most."""
    count = pieces.shape[-1] // 4
    weight = pieces[..., :count].clip(1e-4, 1)
    for _ in range(CRISP):
        weight = weight * weight
    colours = pieces[..., count:].reshape(*pieces.shape[:2], count, 3)
    return (np.einsum("hwk,hwkc->hwc", weight, colours) / weight.sum(-1, keepdims=True)).clip(0, 1)


def _shades(figure: np.ndarray) -> np.ndarray:
    """(h, w, 4) -> (h, w) whole numbers: the nearest of the figure's main colours."""
    rgb = np.rint(255 * figure[..., :3]).astype(np.uint8)
    seen = figure[..., 3] > 0.3
    colours = rgb[seen] if seen.any() else rgb.reshape(-1, 3)
    reduced = Image.fromarray(colours[None]).quantize(SHADES, Image.Quantize.MEDIANCUT, kmeans=3)
    palette = np.array(reduced.getpalette(), np.float32).reshape(-1, 3)[np.unique(np.asarray(reduced))]
    return ((rgb[:, :, None] - palette) ** 2).sum(-1).argmin(-1)


def _resized(planes: np.ndarray, width: int, height: int) -> np.ndarray:
    """float32 (h, w, n) -> (height, width, n), bicubic: Pillow's numbers, for many planes in a fifth of its time."""
    h, w, n = planes.shape
    rows = (_bicubic(h, height) @ planes.reshape(h, w * n)).reshape(height, w, n)
    columns = _bicubic(w, width) @ rows.swapaxes(0, 1).reshape(w, height * n)
    return columns.reshape(width, height, n).swapaxes(0, 1)


@lru_cache(256)
def _bicubic(old: int, new: int) -> "scipy.sparse.csr_array":
    """(new, old): what each new pixel of a line takes of the old ones."""
    one_by_one = Image.fromarray(np.eye(old, dtype=np.float32))
    return scipy.sparse.csr_array(np.asarray(one_by_one.resize((old, new), Image.Resampling.BICUBIC)))
