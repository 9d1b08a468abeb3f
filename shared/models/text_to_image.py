"""Text to picture: any pipeline folder of diffusers' Stable Diffusion family, made ready for this machine.

Latent diffusion (Rombach et al., 2022, arXiv:2112.10752): a text encoder reads the prompt, a UNet takes the noise out
of a small latent picture step by step, an autoencoder makes pixels of it. The bundled `emoji-diffusion` and Stable
Diffusion from the Hub are such folders, loaded by the same code: safetensors only, strictly, and no code that lies in
the folder is run.

    painter = load("shared/weights/emoji-diffusion")
    latents = painter.noise([seed, seed + 1], width, height)    # (2, c, h, w), one CPU generator for each picture
    ...                                                         # the loop over painter.pipe.unet: shared/engines/
    pictures = painter.decode(latents)                          # (2, 3, height, width) in [0, 1]

What a Painter has:

    pipe        the diffusers pipeline: .unet, .vae, .text_encoder, .tokenizer, .scheduler, and for SDXL a second of two
    decoder     the autoencoder of previews, and of results on a CPU: TAESD beside a Stable Diffusion, else pipe.vae
    defaults    registry.Picture: steps, guidance, width, height, scheduler; schedulers, sizes, most_steps
    words       what lies in vocabulary.json ({"styles": [], "names": [], "keywords": {}}), or None
    lock        schedulers and hooks belong to the pipeline: whoever draws holds it, one drawing at a time
    device      "cpu" or "cuda"
    dtype       "float32", "bfloat16" or "float16": of the UNet and the text encoders
    precision   "exact": float32 and the model's own decoder, as the plain pipeline computes; or "fast"
    guides_itself   guidance is an input of the UNet (LCM): one pass a step whatever it is
    predicts    "epsilon", "v_prediction" or "sample"
    channels, shrink   of the latents: how many channels, and how many pixels a side one of them stands for
    notices     sentences to show, such as that it computes more slowly because the memory is small
    checked     the folder's safety checker is loaded: see `safe`
    memory_bytes    of all tensors
"""

import json
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from shared.core import machine, turns
from shared.core.errors import UserError
from shared.core.registry import Picture
from shared.core.settings import settings
from shared.core.threads import use_physical_cores
from shared.models import pipeline_folder
from shared.models.one_call import OneCall
from shared.models.pipeline_folder import Pipeline

SMALL = 100_000_000  # weights; below, float32 is fast enough, and a picture is the same alone, in a batch and elsewhere
GAIN = 1.2  # bfloat16 has to be this much faster to be taken: two starts of the app should decide alike
WORK_PIXELS = 2 * 512 * 512  # decoded at a time; AutoencoderKL takes 2.5 GB for each 512x512 of them in float32
GREY = 0.5  # what is shown of a picture that the safety checker objects to


class Painter:
    """A pipeline on its device. The attributes are those of the module's first lines."""

    def __init__(
        self,
        pipe: Pipeline,
        decoder: Any,
        defaults: Picture,
        precision: str = "fast",
        device: str = "cpu",
        words: dict[str, Any] | None = None,
        notices: Iterable[str] = (),
    ):
        self.pipe, self.decoder, self.defaults = pipe, decoder, defaults
        self.precision, self.device, self.words, self.notices = precision, device, words, list(notices)
        self.lock = threading.Lock()
        self.loras: dict[tuple[str, str], Any] = {}  # those read so far, see shared.models.lora
        self.dtype = str(pipe.unet.dtype).removeprefix("torch.")
        self.guides_itself = pipe.unet.config.time_cond_proj_dim is not None
        self.predicts = pipe.scheduler.config.get("prediction_type", "epsilon")
        self.channels: int = pipe.unet.config.in_channels
        self.shrink: int = pipe.vae_scale_factor
        self.checked = getattr(pipe, "safety_checker", None) is not None
        self.small = sum(part.numel() for part in pipe.unet.parameters()) < SMALL
        self.calls: dict[Callable[..., Any], OneCall] = {}

    @property
    def memory_bytes(self) -> int:
        parts = (*self.pipe.components.values(), self.decoder)
        networks = [part for part in parts if isinstance(part, nn.Module)]
        tensors = {t.data_ptr(): t.nbytes for network in networks for t in (*network.parameters(), *network.buffers())}
        return sum(tensors.values())  # what two parts share counts once

    def once(self, function: Callable[..., Any], *inputs: Tensor) -> Any:
        """`function(self, *inputs)`, a pass of its networks; of a small model on a CPU without Python's lock, see
        `one_call`. Not while somebody's hooks hang on the networks."""
        if not self.small or self.device != "cpu":
            return function(self, *inputs)
        if function not in self.calls:
            self.calls[function] = OneCall(partial(function, self), self.lock)
        return self.calls[function](*inputs)

    # Before the loop

    def noise(self, seeds: Iterable[int], width: int, height: int) -> Tensor:
        """Seeds, size in pixels -> (n, channels, height / shrink, width / shrink), N(0, 1), float32 on the CPU.

        Each picture has a generator of its own, so it is the same alone and among others.
        """
        assert width % self.shrink == height % self.shrink == 0, f"{width}x{height} is no multiple of {self.shrink}"
        shape = (self.channels, height // self.shrink, width // self.shrink)
        return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])

    # Latents <-> pixels

    @torch.inference_mode()
    def decode(self, latents: Tensor, fine: bool | None = None) -> Tensor:
        """Latents as the UNet has them (n, c, h, w) -> pictures (n, 3, H, W) float32 in [0, 1] on the CPU.

        fine: the model's own decoder (True) or the small one (False, for previews); None: what `precision` and the
        device suggest, which is the small one on a CPU unless the precision is "exact".
        """
        fine = self.precision == "exact" or self.device != "cpu" if fine is None else fine
        vae = self.pipe.vae if fine else self.decoder
        latents = latents.float() / vae.config.scaling_factor + (getattr(vae.config, "shift_factor", None) or 0)
        at_once = max(1, WORK_PIXELS // (latents[0, 0].numel() * self.shrink**2))
        parts = []
        for part in latents.split(at_once):
            with turns.turn():
                given = part.to(vae.device, vae.dtype)
                pixels = self.once(_decoded, given) if vae is self.decoder else vae.decode(given).sample
                parts.append(pixels.float().cpu())
        return torch.cat(parts).add(1).div(2).clamp(0, 1)

    @torch.inference_mode()
    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, H, W) in [0, 1] -> latents as the UNet has them, float32 on the CPU. No noise is drawn."""
        fine = self.precision == "exact" or self.device != "cpu"
        vae = self.pipe.vae if fine else self.decoder
        latents = []
        for picture in pictures.split(1):
            out = vae.encode((2 * picture - 1).to(vae.device, vae.dtype))
            latents.append((out.latents if hasattr(out, "latents") else out.latent_dist.mode()).float().cpu())
        shift, scale = getattr(vae.config, "shift_factor", None) or 0, float(vae.config.scaling_factor)
        return (torch.cat(latents) - shift) * scale

    # After the loop

    @torch.inference_mode()
    def safe(self, pictures: Tensor) -> tuple[Tensor, list[bool]]:
        """Pictures (n, 3, H, W) in [0, 1] -> (pictures, flags): those that the checker objects to are grey.

        flags: n times True or False; all False where the model has no checker or the host turned it off.
        """
        if not self.checked:
            return pictures, [False] * len(pictures)
        checker = self.pipe.safety_checker
        arrays = [picture.permute(1, 2, 0).mul(255).byte().numpy() for picture in pictures]  # (H, W, 3)
        seen = self.pipe.feature_extractor(arrays, return_tensors="pt").pixel_values.to(checker.device, checker.dtype)
        _, objections = checker(clip_input=seen, images=[array.astype("float32") for array in arrays])
        flags = [bool(objection) for objection in objections]
        return torch.where(torch.tensor(flags).view(-1, 1, 1, 1), GREY, pictures), flags

    # The plain way, in one call

    def sample(self, n: int = 1, seed: int = 0, prompt: str = "", steps: int | None = None) -> Tensor:
        """n pictures (n, 3, height, width) in [0, 1] of seeds seed, seed + 1, ... by the pipeline's loop and scheduler.

        For golden values and as a reference; the tab draws with shared/engines/diffusion/, which can be stopped.
        """
        chosen, seeds = self.defaults, range(seed, seed + n)
        with self.lock:
            latents = self.pipe(
                prompt=[prompt] * n,
                num_inference_steps=steps or chosen.steps,
                guidance_scale=chosen.guidance,
                width=chosen.width,
                height=chosen.height,
                latents=self.noise(seeds, chosen.width, chosen.height).to(self.device, self.pipe.unet.dtype),
                generator=[torch.Generator().manual_seed(each + 2**40) for each in seeds],
                output_type="latent",
            ).images
        return self.decode(latents)


def _decoded(painter: Painter, latents: Tensor) -> Tensor:
    pixels: Tensor = painter.decoder.decode(latents).sample
    return pixels


# Loading


def load(
    folder: str | Path, precision: str = "fast", decoder: Path | None = None, defaults: Picture | None = None
) -> Painter:
    """The pipeline in `folder`, ready to draw.

    precision: "fast" or "exact"; decoder: the folder of a TAESD, where the model has one; defaults: those of its
    registry row, or None to read them off the folder. UserError, a sentence, for a folder that holds no such
    pipeline, weights that are damaged or another architecture's, or too little memory.
    """
    folder = Path(folder)
    pipeline_folder.parts_of(folder)  # says what is wrong with it before anything large is read
    device = "cuda" if machine.device() == "cuda" else "cpu"  # Apple's GPU was never tried
    dtype, notices = _dtype(folder, precision, device)
    pipe = pipeline_folder.read(folder, dtype, device, checked=settings().safety_checker)
    small: Any = pipe.vae if decoder is None else load_decoder(decoder, dtype=dtype).to(device)
    if small.config.latent_channels != pipe.unet.config.in_channels:
        raise UserError(f"The small decoder is made for other latents than those of {folder.name}.")
    if dtype == "bfloat16" or pipeline_folder.count(folder) < SMALL:  # a quarter faster in decoding
        for part in (pipe.unet, pipe.vae, small):
            part.to(memory_format=torch.channels_last)
    vocabulary = folder / "vocabulary.json"
    words = json.loads(vocabulary.read_text("utf-8")) if vocabulary.is_file() else None
    return Painter(pipe, small, defaults or _defaults(pipe), precision, device, words, notices)


def load_decoder(folder: str | Path, precision: str = "exact", dtype: str = "float32") -> nn.Module:
    """The AutoencoderTiny in `folder`, on the CPU."""
    from diffusers import AutoencoderTiny

    return pipeline_folder.network(Path(folder), AutoencoderTiny, dtype, "The weights of the small decoder")


# What is not told


def _defaults(pipe: Pipeline) -> Picture:
    """For a pipeline without a registry row: the family's usual settings at the size it was trained at."""
    side = pipe.unet.config.sample_size * pipe.vae_scale_factor
    latent_consistency = pipe.unet.config.time_cond_proj_dim is not None
    if latent_consistency:
        return Picture(steps=4, guidance=8.0, width=side, height=side, scheduler="LCM", schedulers=("LCM",))
    sizes = (side, side, pipe.vae_scale_factor) if side < 256 else (256, 1024, 64)
    return Picture(width=side, height=side, sizes=sizes)


# Number format


def _dtype(folder: Path, precision: str, device: str) -> tuple[str, list[str]]:
    """The format that is fastest here and fits into the memory, and notices. UserError where none fits."""
    weights = pipeline_folder.count(folder)
    wanted = ["float32"]
    if precision == "fast" and device == "cuda":
        wanted = ["float16"]
    elif precision == "fast" and weights > SMALL:
        wanted = ["bfloat16"] if half_is_faster() else ["float32", "bfloat16"]
    room = torch.cuda.mem_get_info()[0] if device == "cuda" else machine.memory_budget_mb() * 1e6
    for dtype in wanted:
        need = weights * getattr(torch, dtype).itemsize
        if need <= room:
            slow = "It computes in bfloat16, which is slow on this processor, because float32 needs more memory."
            return dtype, [slow] if dtype != wanted[0] else []
    raise UserError(
        f"{folder.name} needs {need / 1e9:.1f} GB of memory for its weights alone, and there are {room / 1e9:.1f} GB."
    )


@cache
@torch.inference_mode()
def half_is_faster() -> bool:
    """Whether this processor computes a layer of Stable Diffusion 1.5 faster in bfloat16 than in float32."""
    use_physical_cores()
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        layer = nn.Conv2d(640, 640, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        x = torch.zeros(1, 640, 32, 32, dtype=dtype).to(memory_format=torch.channels_last)
        layer(x)
        taken = []
        for _ in range(3):
            start = time.perf_counter()
            layer(x)
            taken.append(time.perf_counter() - start)
        seconds[dtype] = min(taken)
    return seconds[torch.float32] > GAIN * seconds[torch.bfloat16]
