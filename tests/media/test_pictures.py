"""Pictures from outside: what is refused and how, and what becomes of the rest."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from shared.core.errors import UserError
from shared.media import photos, pictures
from shared.page import canvas


def seven(side=280, pen=22, paper="black", ink="white", mode="RGB"):
    picture = Image.new(mode, (side, side), paper)
    draw = ImageDraw.Draw(picture)
    points = [(0.25 * side, 0.2 * side), (0.75 * side, 0.2 * side), (0.42 * side, 0.85 * side)]
    draw.line(points, ink, pen, joint="curve")
    return picture


def file(folder, picture, name="digit.png", **options):
    picture.save(folder / name, **options)
    return folder / name


def url(picture):
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()


def like(one, other):
    """Correlation of two pictures, 1 where they are the same."""
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


# What becomes of a picture


def test_a_drawing_is_centred_like_mnist():
    found = pictures.digit_from(url(seven()))
    assert found.shape == (28, 28) and found.dtype == np.float32
    assert found.min() == 0 and found.max() == 1
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    assert rows[-1] - rows[0] + 1 == 20 and columns[-1] - columns[0] + 1 < 20  # 20 pixels high, the aspect kept
    y, x = np.indices(found.shape)
    assert abs((found * y).sum() / found.sum() - 13.5) <= 0.6 and abs((found * x).sum() / found.sum() - 13.5) <= 0.6
    assert len(np.unique(found)) > 20  # antialiased


def test_where_and_how_large_it_was_drawn_does_not_matter():
    small = Image.new("RGB", (280, 280))
    small.paste(seven(120, 10), (10, 150))
    assert like(pictures.digit_from(url(small)), pictures.digit_from(url(seven()))) > 0.95


@pytest.mark.parametrize("paper, ink", [("white", "black"), ("black", "white"), ("#ddd", "#235"), ("#420", "#fe8")])
def test_paper_and_ink_are_told_apart(tmp_path, paper, ink):
    found = pictures.digit_from(file(tmp_path, seven(paper=paper, ink=ink)))
    assert like(found, pictures.digit_from(url(seven()))) > 0.97


def test_a_transparent_picture_of_either_ink(tmp_path):
    for ink in ("black", "white"):
        found = pictures.digit_from(file(tmp_path, seven(paper=(0, 0, 0, 0), ink=ink, mode="RGBA")))
        assert like(found, pictures.digit_from(url(seven()))) > 0.97


def test_a_fine_pen_on_paper_in_uneven_light_does_not_fade(tmp_path):
    sheet = np.asarray(seven(900, 14, "white", "#303030", "L"), np.float32)
    light = np.linspace(1, 0.55, 900)[None] * np.linspace(1, 0.85, 900)[:, None]
    noisy = sheet * light + np.random.default_rng(0).normal(0, 4, sheet.shape)
    photo = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    found = pictures.digit_from(file(tmp_path, photo, "photo.jpg"))
    assert like(found, pictures.digit_from(url(seven()))) > 0.85
    assert found[0].sum() == found[:, 0].sum() == 0


@pytest.mark.parametrize("lean", [0, -2, 3])
@pytest.mark.parametrize("squared", [True, False])
def test_the_lines_of_exercise_paper_are_no_ink(tmp_path, squared, lean):
    def sheet(ruled):
        whole = Image.new("L", (900, 900), 236)
        for at in range(0, 900 if ruled else 0, 26):
            ImageDraw.Draw(whole).line([(0, at), (900, at)], 160, 2)
            if squared:
                ImageDraw.Draw(whole).line([(at, 0), (at, 900)], 160, 2)
        paper = whole.rotate(lean, Image.Resampling.BICUBIC).crop((200, 200, 700, 700))
        ImageDraw.Draw(paper).line([(150, 130), (340, 130), (220, 390)], 50, 14, joint="curve")
        return pictures.read_digit(file(tmp_path, paper))

    (plain, _), (found, says) = sheet(False), sheet(True)
    assert np.abs(plain - found).mean() < 0.01 and says == ""


def test_a_picture_of_mnist_stays_as_it_is():
    digit = pictures.digit_from(url(seven()))
    again = pictures.digit_from(pictures.data_url(digit))
    assert np.array_equal(digit, again)
    assert np.array_equal(digit, pictures.digit_from(pictures.pack(digit)))


def test_scikit_learns_small_digits_work(tmp_path):
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    for pixels in digits.images[:10]:
        path = file(tmp_path, Image.fromarray((pixels / 16 * 255).astype(np.uint8)))
        assert 0.05 < pictures.digit_from(path).mean() < 0.4


def test_a_photo_on_its_side_is_turned(tmp_path):
    sideways = seven(paper="white", ink="black").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right
    found = pictures.digit_from(file(tmp_path, sideways, "photo.jpg", exif=exif))
    assert like(found, pictures.digit_from(url(seven()))) > 0.95


def test_a_colour_photo_is_taken_with_a_sentence(tmp_path):
    y, x = np.mgrid[:300, :400] / 300
    colours = np.stack([x % 1, y, (1 - x * y) % 1], 2)
    path = file(tmp_path, Image.fromarray((colours * 255).astype(np.uint8)), "photo.jpg")
    found, notice = pictures.read_digit(path)
    assert found.shape == (28, 28) and "colour" in notice
    assert pictures.read_digit(url(seven()))[1] == ""


def test_pack_is_short_and_exact():
    digit = pictures.digit_from(url(seven()))
    assert len(pictures.pack(digit)) < 600
    assert np.array_equal(pictures.unpack(pictures.pack(digit)), digit)


# What is refused, in one sentence


def refused(value):
    with pytest.raises(UserError) as caught:
        pictures.digit_from(value)
    sentence = str(caught.value)
    assert sentence.endswith((".", ".)")) and "\n" not in sentence and len(sentence) < 200
    return sentence


def test_an_empty_canvas():
    for nothing in ("", "  ", None):
        assert "empty" in refused(nothing)


@pytest.mark.parametrize("colour, word", [("black", "all black"), ("white", "all white"), ("#888", "one grey")])
def test_a_picture_of_one_colour(tmp_path, colour, word):
    assert word in refused(file(tmp_path, Image.new("RGB", (300, 300), colour)))


def test_one_pixel(tmp_path):
    assert "1 × 1 pixel:" in refused(file(tmp_path, Image.new("L", (1, 1))))


def test_noise_alone_is_no_digit_or_a_busy_one(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    _, notice = pictures.read_digit(file(tmp_path, Image.fromarray(noise)))
    assert notice == pictures.BUSY


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    with path.open("wb") as hole:
        hole.truncate(photos.MOST_BYTES + 1)

    def read(*_):
        raise AssertionError("the file was opened")

    monkeypatch.setattr(photos.Path, "open", read)
    assert "10 MB" in refused(path)


def test_a_large_data_url_is_refused():
    assert "10 MB" in refused("data:image/png;base64," + "A" * (15 * 1024 * 1024))


def bomb(width, height):
    """A PNG that says it is huge, in 100 bytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 9_000), (1_000_000, 20)])
def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path, size):
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    assert "million" in refused(tmp_path / "bomb.png")


def test_a_cut_off_picture(tmp_path):
    path = file(tmp_path, seven())
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged" in refused(path)


def test_a_wrong_file(tmp_path):
    for name, data in {"notes.txt": b"seven", "fake.png": b"\x89PNG\r\n\x1a\nno", "a.svg": b"<svg/>"}.items():
        (tmp_path / name).write_bytes(data)
        assert "not a picture" in refused(tmp_path / name)
    (tmp_path / "empty.png").touch()
    assert "empty" in refused(tmp_path / "empty.png")
    assert "cannot be read" in refused(tmp_path / "nowhere.png")
    assert "cannot be read" in refused(tmp_path)


@pytest.mark.parametrize("value", ["data:text/html;base64,AAAA", "data:image/png,AAAA", "data:,", 7, {"path": "/"}])
def test_what_is_no_picture_at_all(value):
    assert "not a picture" in refused(value)


@pytest.mark.parametrize("text", ["digit:", "digit:!!", "digit:" + "A" * 5000, "digit:eJwDAAAAAAE", "digit:é"])
def test_a_damaged_packed_digit(text):
    assert "damaged" in refused(text)


def test_a_packed_bomb_is_bounded():
    packed = base64.urlsafe_b64encode(zlib.compress(bytes(1_000_000), 9)).decode()
    assert "damaged" in refused(pictures.PACKED + packed)


# The canvas


def test_the_canvas_answers_what_a_model_sees():
    answer = canvas.canvas_seen(url(seven()))
    seen = np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8).reshape(28, 28)
    assert np.array_equal(seen, np.round(pictures.digit_from(url(seven())) * 255))
    for value in ("", None, {}, "/etc/passwd", "data:nonsense"):
        assert canvas.canvas_seen(value)["error"]
