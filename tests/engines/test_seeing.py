"""What the bundled CLIP says of pictures that small models have drawn."""

import numpy as np
import pytest
from PIL import Image

from shared.engines import seeing
from shared.engines.diffusion import prompts
from tests.conftest import ROOT

NAMES = prompts.known("emoji-diffusion")["names"]


@pytest.fixture(scope="module")
def pictures():
    """Drawn by emoji-diffusion: those of the tab that sees, by what they were drawn of."""
    folder = ROOT / "spaces" / "seeing"
    sheet = Image.open(folder / "pictures.webp").convert("RGB")
    said = (folder / "pictures.txt").read_text("utf-8").splitlines()
    across, side = sheet.width // 128, 128
    boxes = [(side * (i % across), side * (i // across)) for i in range(len(said))]
    return {
        text.split(" emoji of ")[1]: np.asarray(sheet.crop((x, y, x + side, y + side)))
        for text, (x, y) in zip(said, boxes, strict=True)
    }


@pytest.mark.slow
def test_a_picture_is_named_and_its_name_has_the_first_place(pictures):
    plain = [name for name in pictures if name in NAMES]
    drawn = seeing.seen([pictures[name] for name in plain])
    found = seeing.best_names(drawn, NAMES)
    right = [name == one for name, one in zip(plain, found, strict=True)]
    assert np.mean(right) > 0.9
    places = seeing.places(drawn, plain, NAMES)
    assert [place == 1 for place in places] == right
    assert seeing.places(seeing.seen([pictures["fox"]]), ["castle"], NAMES)[0] > 20


def test_the_words_fit_the_picture_of_them_best(pictures):
    fits = seeing.fits(seeing.seen([pictures[name] for name in ("castle", "fox", "pizza")]), "a fox")
    assert fits.index(max(fits)) == 1 and all(-1 <= fit <= 1 for fit in fits)
    assert seeing.fits(seeing.seen([pictures["fox"]]), "qwertz 狐狸") is None


def test_it_speaks_of_small_models_only():
    assert seeing.knows("emoji-diffusion") and not seeing.knows("sd-turbo")
