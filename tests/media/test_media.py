"""Pictures to files and back; paths between latents against known answers."""

import math

import numpy as np
import pytest
from PIL import Image

from shared import recipe
from shared.media import films, paths, sheets

RECIPE = {"tab": "gan_digits", "model": "cgan-mnist", "settings": {"seed": 3, "frames": 5}}


def digits(n=5, size=28):
    """n pictures, each with one stroke of ink at another place."""
    images = np.zeros((n, size, size), np.float32)
    for i in range(n):
        images[i, :, i % size] = 1
    return images


# Pictures


def test_ink_is_black_on_white_and_pixels_grow_whole():
    images = np.zeros((1, 28, 28))
    images[0, 0, 1] = 1
    picture = np.asarray(sheets.grid(images, scale=3))
    assert picture.shape == (84, 84) and (picture[:3, 3:6] == 0).all() and picture.sum() == 255 * (84 * 84 - 9)


def test_a_grid_has_gaps_between_and_none_outside():
    sheet = sheets.grid(digits(5), columns=3, scale=2, gap=4)
    assert sheet.size == (3 * 56 + 2 * 4, 2 * 56 + 4)
    pixels = np.asarray(sheet)
    assert (pixels[:56, 56:60] == 255).all() and (pixels[60:, 120:] == 255).all()  # the gap; the place of a sixth
    assert np.array_equal(pixels[:56, 60:116], np.asarray(sheets.grid(digits(5)[1:2], scale=2)))


@pytest.mark.parametrize("n, columns", [(1, 1), (16, 4), (17, 5), (100, 10)])
def test_without_columns_a_grid_is_about_square(n, columns):
    assert sheets.grid(digits(n), scale=1, gap=0).width == columns * 28


def test_a_strip_is_one_row_and_takes_a_channel():
    assert sheets.strip(digits(7)[:, None], scale=1, gap=1).size == (7 * 29 - 1, 28)


@pytest.mark.parametrize("wrong", [np.zeros((28, 28)), np.zeros((0, 28, 28)), np.zeros((1, 3, 28, 28)), [[[math.nan]]]])
def test_what_is_no_pile_of_pictures_is_refused(wrong):
    with pytest.raises(AssertionError):
        sheets.grid(wrong)


def test_tensors_and_numbers_outside_are_taken():
    torch = pytest.importorskip("torch")
    assert np.asarray(sheets.grid(torch.tensor([[[-1.0, 2.0]]]), scale=1)).tolist() == [[255, 0]]


# Films


def frames_of_gif(path):
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        for i in range(film.n_frames):
            film.seek(i)
            yield np.asarray(film.convert("L")), film.info["duration"]


@pytest.mark.parametrize("n", [2, 5, 120])
def test_a_gif_holds_every_frame_exactly(tmp_path, n):
    path = tmp_path / "walk.gif"
    films.gif(path, digits(n), scale=4, fps=12, recipe=RECIPE)
    found = list(frames_of_gif(path))
    assert len(found) == n and all(pause == 80 for _, pause in found)
    for (picture, _), image in zip(found, digits(n), strict=True):
        assert np.array_equal(picture, np.asarray(sheets.grid([image], scale=4)))
    assert recipe.read(path)["settings"] == RECIPE["settings"]


def test_frames_that_are_the_same_are_not_dropped(tmp_path):
    films.gif(tmp_path / "still.gif", np.zeros((6, 28, 28)), scale=2)
    assert len(list(frames_of_gif(tmp_path / "still.gif"))) == 6
    with pytest.raises(Exception, match="no recipe"):
        recipe.read(tmp_path / "still.gif")


@pytest.mark.parametrize("size, scale", [(28, 8), (9, 3)])  # 9 * 3 is odd: padded, since 4:2:0 wants even sides
def test_an_mp4_plays_every_frame(tmp_path, size, scale):
    import av

    path = tmp_path / "walk.mp4"
    films.mp4(path, digits(24, size), scale=scale, fps=12, recipe=RECIPE)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.average_rate == 12 and stream.codec_context.pix_fmt == "yuv420p"
        found = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert len(found) == 24
    for picture, image in zip(found, digits(24, size), strict=True):
        wanted = np.asarray(sheets.grid([image], scale=scale), np.float32)
        got = picture[: wanted.shape[0], : wanted.shape[1]]
        assert np.abs(got - wanted).mean() < 8  # of 255: lossy, and near enough
    assert recipe.read(path)["settings"] == RECIPE["settings"]


# Paths between latents


def normal(seed, size=64):
    return np.random.default_rng(seed).standard_normal(size)


@pytest.mark.parametrize("path", paths.PATHS.values())
def test_a_path_begins_and_ends_where_it_should(path):
    a, b = normal(0), normal(1)
    np.testing.assert_allclose(path(a, b, 0), a, atol=1e-12)
    np.testing.assert_allclose(path(a, b, 1), b, atol=1e-12)


def test_lerp_is_the_straight_line():
    np.testing.assert_allclose(paths.lerp(np.array([0.0, 2]), np.array([4.0, 0]), 0.25), [1, 1.5])


def test_slerp_turns_evenly_and_keeps_the_length():
    a, b = np.array([2.0, 0]), np.array([0.0, 2])
    np.testing.assert_allclose(paths.slerp(a, b, 1 / 3), [2 * math.cos(math.pi / 6), 2 * math.sin(math.pi / 6)])
    a, b = normal(2), normal(3)
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    for t in np.linspace(0, 1, 9):
        assert np.linalg.norm(paths.slerp(a, b, t)) == pytest.approx(np.linalg.norm(a))
    assert np.linalg.norm(paths.lerp(a, b, 0.5)) < 0.9 * np.linalg.norm(a)  # which is why there is slerp


def test_slerp_between_lengths_goes_evenly():
    a, b = np.array([1.0, 0]), np.array([0.0, 3])
    assert np.linalg.norm(paths.slerp(a, b, 0.5)) == pytest.approx(2)


@pytest.mark.parametrize("factor", [1, 1 + 1e-9, 3, -1, 0])
def test_slerp_of_parallel_opposite_and_zero_vectors_is_the_line(factor):
    a = normal(4)
    found = paths.slerp(a, factor * a, 0.3)
    np.testing.assert_allclose(found, paths.lerp(a, factor * a, 0.3), atol=1e-12)


def test_slerp_of_almost_parallel_vectors_does_not_jump():
    a = normal(5)
    near = a + 1e-6 * normal(6)
    np.testing.assert_allclose(paths.slerp(a, near, 0.5), (a + near) / 2, atol=1e-9)


def test_tensors_stay_tensors():
    torch = pytest.importorskip("torch")
    a, b = torch.tensor(normal(7)).float(), torch.tensor(normal(8)).float()
    found = paths.slerp(a, b, 0.4)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), paths.slerp(a.double().numpy(), b.double().numpy(), 0.4), atol=1e-5)
