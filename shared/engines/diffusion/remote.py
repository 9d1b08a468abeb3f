"""Pictures by another machine: a Hugging Face endpoint, by huggingface_hub's own client.

for picture in Server(spec).draw([Wish("a red house", "", 4, 1.0, 512, 512, seed=7)]):
    picture.save("house.png")
"""

import threading
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from shared.core.errors import UserError
from shared.core.registry.spec import ModelSpec
from shared.core.settings import settings
from shared.engines import remote

KIND = "a Hugging Face endpoint for pictures"


class Wish(NamedTuple):
    """One picture."""

    prompt: str
    negative_prompt: str
    steps: int
    guidance: float
    width: int
    height: int
    seed: int


class Server:
    """One visitor's line to the host's picture server."""

    dtype = ""

    def __init__(self, spec: ModelSpec):
        self.url, self.where = spec.remote, spec.title

    def draw(self, wishes: list[Wish], stop: threading.Event | None = None) -> Iterator[Image.Image]:
        """The pictures, RGB, one after the other. It ends at once where `stop` is set. Errors: UserError."""

        async def ask(put: remote.Put) -> None:
            for wish in wishes:
                put(await self._drawn(wish))

        return remote.streamed(ask, stop)

    async def _drawn(self, wish: Wish) -> Image.Image:
        import httpx2
        from huggingface_hub import AsyncInferenceClient
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError, OfflineModeIsEnabled

        key = settings().remote_pictures_key
        # Without a key of its own it would send the one that this machine has for the Hub.
        headers = None if key else {"authorization": None}
        timeout = httpx2.Timeout(remote.SILENCE_S, connect=remote.REACH_S)
        client = AsyncInferenceClient(self.url, token=key or None, headers=headers, timeout=timeout)
        try:
            async with client:
                picture = await client.text_to_image(
                    wish.prompt,
                    negative_prompt=wish.negative_prompt or None,
                    num_inference_steps=wish.steps,
                    guidance_scale=wish.guidance,
                    width=wish.width,
                    height=wish.height,
                    seed=wish.seed,
                )
            return picture.convert("RGB")
        except OfflineModeIsEnabled as error:
            raise UserError(f"HF_HUB_OFFLINE is set here, and so nobody asks {self.where}.") from error
        except InferenceTimeoutError as error:
            away = isinstance(error.__cause__, httpx2.ConnectTimeout)
            raise (remote.unreachable if away else remote.silent)(self.where) from error
        except HfHubHTTPError as error:
            status, said = error.response.status_code, error.response.text
            raise remote.refused(self.where, status, said, "AIGC_REMOTE_PICTURES") from error
        except httpx2.TransportError as error:
            raise remote.unreachable(self.where) from error
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
            raise remote.strange(self.where, KIND) from error
