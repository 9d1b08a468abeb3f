"""A figure on white paper -> the figure alone, large and clean: RGBA with smooth edges.

    figure = cut(picture)                  # uint8 (64, 64, 3) -> float32 (64, 64, 4) in [0, 1]
    large = enlarged(figure, 5)            # PIL RGBA, five times as large, cropped to what is seen

White that is connected to the border is paper; white inside (eyes, a shirt) is part of the figure. A picture of 64
pixels enlarged five times is a blur, or blocks; a shock filter (Osher and Rudin, 1990) makes its edges crisp again, as
those of a paper cut-out are.
"""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

INK = 10, 34  # how far from white, of 255, is no paper: on a clean picture, and at most, on a grainy one
HOLLOW = 0.45  # of its convex hull: a figure that covers less may have lost white parts to the paper
CLOSED = 7  # pixels of 64 by which such a figure is closed
SPECK = 0.06  # of the largest part; smaller ones are crumbs of a picture that was drawn badly
FINEST = 4.0  # times; the shock filter works at this scale at most, what is larger is smooth anyway
STROKES, PUSH = 9, 0.5  # steps of the shock filter, and how far one moves an edge


def cut(picture: np.ndarray) -> np.ndarray:
    """uint8 (h, w, 3) on white -> float32 (h, w, 4) in [0, 1], colours not mixed with white, nothing where paper is."""
    rgb = np.asarray(picture, np.float32)
    away = 255 - rgb.min(2)  # a pale yellow is as little paper as a grey
    inside = _solid(~_paper(away))
    closed = _closed(inside)
    core = ndimage.binary_erosion(inside, np.ones((3, 3)))
    core |= inside & ~ndimage.binary_dilation(core, np.ones((3, 3)), iterations=2)  # thin lines keep their own
    if not core.any():
        return np.dstack([rgb / 255, closed.astype(np.float32)])
    # The outermost pixels are paled by the paper: their colour is that of the next one inside, and how pale they are
    # says how much of them is figure.
    rows, columns = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    full = np.maximum(away[rows, columns], 1)
    rim = inside & ~core
    alpha = np.where(rim, np.clip(away / full, 0, 1), closed | inside).astype(np.float32)
    alpha[ndimage.binary_erosion(inside)] = 1  # what has figure on all sides is figure, however pale
    spread = np.where((rim | ~inside)[..., None] & ~(closed & ~inside)[..., None], rgb[rows, columns], rgb)
    return np.dstack([spread / 255, alpha]).astype(np.float32)


def _paper(away: np.ndarray) -> np.ndarray:
    """What can be reached from the border over white. Gaps of a pixel or two in an outline let nothing through."""
    border = np.concatenate([away[0], away[-1], away[:, 0], away[:, -1]])
    ink = min(max(2.5 * float(np.median(border)) + INK[0], INK[0]), INK[1])
    pale = np.pad(away < ink, 2, constant_values=True)
    wide = ndimage.binary_erosion(pale, np.ones((3, 3)), border_value=1)
    labels, _ = ndimage.label(wide)
    reached = ndimage.binary_dilation(labels == labels[0, 0], np.ones((3, 3))) & pale
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
    y, x = np.mgrid[-CLOSED : CLOSED + 1, -CLOSED : CLOSED + 1]
    padded = np.pad(inside, CLOSED)
    closed = ndimage.binary_closing(padded, x * x + y * y <= CLOSED**2)[CLOSED:-CLOSED, CLOSED:-CLOSED]
    return ndimage.binary_fill_holes(closed)


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
    labels, count = ndimage.label(inside, np.ones((3, 3)))
    if not count:
        return inside
    sizes = np.bincount(labels.ravel())[1:]
    return np.isin(labels, 1 + np.flatnonzero(sizes >= SPECK * sizes.max()))


def enlarged(figure: np.ndarray, scale: float) -> Image.Image:
    """float32 (h, w, 4) -> RGBA, `scale` times as large, without the empty margin."""
    scale_now = min(scale, FINEST)
    rows, columns = (np.flatnonzero((figure[..., 3] > 0.02).any(axis)) for axis in (1, 0))
    if len(rows):
        figure = figure[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    padded = np.pad(figure, ((2, 2), (2, 2), (0, 0)), mode="edge")
    padded[..., 3] = np.pad(figure[..., 3], 2)
    height, width = (max(1, round(side * scale_now)) for side in padded.shape[:2])
    planes = np.stack([_resized(plane, width, height) for plane in padded.transpose(2, 0, 1)])
    colours = np.clip(_shocked(planes[:3], scale_now), 0, 1)
    alpha = ndimage.gaussian_filter(planes[3], 0.5 * scale_now)
    if scale > scale_now:
        size = round(padded.shape[1] * scale), round(padded.shape[0] * scale)
        colours = np.stack([_resized(plane, *size) for plane in colours])
        alpha = _resized(alpha, *size)
    alpha = np.clip((alpha - 0.5) * 1.6 * scale + 0.5, 0, 1)  # an edge of about a pixel
    whole = np.concatenate([np.clip(colours, 0, 1), alpha[None]]).transpose(1, 2, 0)
    picture = Image.fromarray(np.rint(255 * whole).astype(np.uint8), "RGBA")
    box = picture.getchannel("A").point(lambda v: 255 * (v > 40)).getbbox()
    return picture.crop(box) if box else picture


def _resized(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    plane = np.ascontiguousarray(plane, dtype=np.float32)
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC))


def _shocked(planes: np.ndarray, scale: float) -> np.ndarray:
    """(3, h, w): light runs away from edges on the bright side and dark on the other, until they meet in a line.

    I_t = -sign(L) |grad I|, L the Laplacian of the blurred luminance, which decides for all three colours.
    """
    for _ in range(STROKES):
        blurred = ndimage.gaussian_filter(planes.mean(0), 0.6 * scale)
        sign = np.tanh(ndimage.laplace(blurred) * 255 * scale)
        down = ndimage.grey_erosion(planes, (1, 3, 3))
        up = ndimage.grey_dilation(planes, (1, 3, 3))
        planes = planes + PUSH * (np.maximum(sign, 0) * (down - planes) + np.maximum(-sign, 0) * (up - planes))
        planes = ndimage.gaussian_filter(planes, (0, 0.35, 0.35))  # corners of the steps are rounded as they go
    return planes
