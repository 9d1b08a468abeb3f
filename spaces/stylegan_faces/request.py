"""What can be asked of the tab: faces of two rows of seeds, mixed at a border, truncated, pushed in a direction; or a
face of the visitor's own, for which a style is looked for.
"""

import base64
import binascii
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from PIL import Image

from shared.core.errors import UserError
from shared.core.kinds import EMBED, Choice, Model, Number, Seed, Text, Whole
from shared.core.request import Request
from shared.media import photos

TASK = "face-gan"
LAYERS = 7  # of a network that draws 32x32 pixels
SIDE = 64  # pixels a side that are shown, and kept of a face
FIXED, NONE, OWN = "fixed", "none", "own"
DIRECTIONS = tuple("12345")
PACKED = "face:"  # how a packed picture begins


@dataclass(frozen=True)
class FaceText(Text):
    """A picture as a data URL, as a packed face, or as a file that gradio_client has sent; or nothing."""

    most: int = 0  # whatever a picture may have

    @property
    def wanted(self) -> str:
        return "a picture, or nothing"

    def schema(self) -> dict[str, Any]:
        return {}

    def check(self, value: Any, name: str) -> str:
        if isinstance(value, dict):
            from shared.page.files import uploaded  # brings Gradio with it

            value = uploaded(value)
        if value is None or isinstance(value, str) and not value.strip():
            return ""
        if isinstance(value, str) and value.startswith(PACKED):
            unpack(value)
            return value
        if not isinstance(value, Path) and not (isinstance(value, str) and value.strip().startswith("data:")):
            raise self.refused(value, name)
        return pack(value.strip() if isinstance(value, str) else value)


def pack(value: str | Path) -> str:
    """A picture as it was sent -> its middle square in 64x64 on white, as a text of a kilobyte or two."""
    with photos.opened(photos.bytes_of(value)) as picture:
        whole = photos.on_paper(photos.upright(picture, 512)).convert("RGB")
    side = min(whole.size)
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    small = whole.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=88, method=6)
    return PACKED + base64.urlsafe_b64encode(file.getvalue()).decode().rstrip("=")


def unpack(text: str) -> Image.Image:
    """The picture in what `pack` wrote. Errors: UserError."""
    packed = text.removeprefix(PACKED)
    try:
        data = base64.b64decode(packed[:12_000] + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        with photos.opened(data) as picture:
            if picture.size == (SIDE, SIDE) and len(packed) <= 12_000:
                return picture.convert("RGB")
    except (binascii.Error, ValueError, OSError):
        pass
    raise UserError("The face in this recipe is damaged.")


class Mixing(Request):
    """Rows give the layers before `cut`, columns the others."""

    model: Annotated[str, Model(task=TASK, noun="StyleGAN of faces")] = "stylegan-emoji"
    cut: Annotated[int, Whole(0, LAYERS, called="The border")] = 2
    psi: Annotated[float, Number(0, 1.2, step=0.05, called="Psi")] = 0.7
    direction: Annotated[str, Choice(DIRECTIONS, called="The direction")] = DIRECTIONS[0]
    far: Annotated[float, Number(-2, 2, step=0.25, called="How far")] = 0.0
    noise: Annotated[str, Choice((FIXED, NONE, OWN), called="The noise")] = FIXED
    face: Annotated[str, FaceText(called="The face")] = ""
    seed: Annotated[int, Seed()] = 4  # faces that everybody can read
    embed: Annotated[bool, EMBED] = True
