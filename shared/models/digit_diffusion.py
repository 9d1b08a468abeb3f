"""A denoising diffusion model of digits (Ho et al., 2020, arXiv:2006.11239), on diffusers' UNet and schedulers.

    symbol      here
    x_0         a picture in [-1, 1]
    t           0 (almost clean) to 999 (almost noise)
    abar_t      alphas_cumprod[t]
    q(x_t|x_0)  N(sqrt(abar_t) x_0, (1 - abar_t) I): `noised`
    v           sqrt(abar_t) noise - sqrt(1 - abar_t) x_0: what the network predicts (Salimans and Ho, 2022)

Four pixels of a 2x2 square are four channels: at half the width and height the network is four times as fast. The
class is given as an embedding; its eleventh entry means "any digit", so that one network serves classifier-free
guidance (Ho and Salimans, 2021, arXiv:2207.12598).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, UNet2DModel
from torch import Tensor, nn

from shared.models.digits import DIGITS, SIZE, DigitModel

ANY = DIGITS  # the label of a picture whose digit is not told
SCHEDULERS = {"ddim": DDIMScheduler, "ddpm": DDPMScheduler, "dpm": DPMSolverMultistepScheduler}
NOISING: dict[str, Any] = {
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "num_train_timesteps": 1000,
}
STEPS = 6  # of `decode` and `sample`: digit-FD 8.0 on 10,000 samples, where 20 steps of DDIM had 14.6

Step = tuple[int, int, Tensor, Tensor]  # step, n_steps, x_t, guess of x_0 in [0, 1]


class DigitDiffusion(nn.Module, DigitModel):
    family = "diffusion"
    conditional = True
    latent_size = SIZE * SIZE

    def __init__(self, widths: tuple[int, ...] = (32, 64), layers: int = 2, unet: UNet2DModel | None = None):
        super().__init__()
        self.unet = unet or UNet2DModel(
            sample_size=SIZE // 2,
            in_channels=4,
            out_channels=4,
            block_out_channels=widths,
            layers_per_block=layers,
            down_block_types=("DownBlock2D",) * len(widths),
            up_block_types=("UpBlock2D",) * len(widths),
            attention_head_dim=32,
            norm_num_groups=16,
            num_class_embeds=DIGITS + 1,
        )
        self.alphas_cumprod: Tensor = DDPMScheduler(**NOISING).alphas_cumprod  # (1000,)

    def save_pretrained(self, folder: str | Path) -> None:
        self.unet.save_pretrained(folder)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """x_t (n, 1, 28, 28), t (n,), labels (n,) in 0..10 -> v (n, 1, 28, 28)."""
        return F.pixel_shuffle(self.unet(F.pixel_unshuffle(x, 2), t, class_labels=labels).sample, 2)

    def noised(self, images: Tensor, t: Tensor | int, noise: Tensor) -> Tensor:
        """pictures in [0, 1], t (n,) or one number, noise like the pictures -> x_t by q(x_t|x_0)."""
        alpha = self.alphas_cumprod.to(images.device)[torch.as_tensor(t, device=images.device)].view(-1, 1, 1, 1)
        return alpha.sqrt() * (2 * images - 1) + (1 - alpha).sqrt() * noise

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, 784), labels (n,) -> pictures in [0, 1], by DPM-Solver++, which draws no further noise."""
        for _, _, _, guess in self.denoised(z, labels):  # noqa: B007
            pass
        return guess

    def steps(
        self,
        n: int,
        seed: int = 0,
        digit: int | None = None,
        n_steps: int = STEPS,
        scheduler: str = "dpm",
        guidance: float = 1.0,
    ) -> Iterator[Step]:
        """Yields after each step, from noise to pictures."""
        seeds = range(seed, seed + n)
        yield from self.denoised(self.latents(seeds), self.labels(seeds, digit), n_steps, scheduler, guidance, seeds)

    @torch.inference_mode()
    def denoised(
        self,
        z: Tensor,
        labels: Tensor | None = None,
        n_steps: int = STEPS,
        scheduler: str = "dpm",
        guidance: float = 1.0,
        seeds: Sequence[int] = (),
    ) -> Iterator[Step]:
        """The same from latents (n, 784); `seeds` are needed for "ddpm", which draws noise at every step."""
        options = {"timestep_spacing": "trailing"} | ({"clip_sample": True} if scheduler != "dpm" else {})
        stepper = SCHEDULERS[scheduler].from_config(DDPMScheduler(**NOISING).config, **options)
        stepper.set_timesteps(n_steps)
        x = z.view(-1, 1, SIZE, SIZE)
        labels = torch.full((len(x),), ANY) if labels is None else labels
        draws = [torch.Generator().manual_seed(seed + 2**40) for seed in seeds]
        for step, t in enumerate(stepper.timesteps, start=1):
            v = self.guided(x, t, labels, guidance)
            alpha = self.alphas_cumprod[t]
            guess = (alpha.sqrt() * x - (1 - alpha).sqrt() * v).clamp(-1, 1)
            extra = {"generator": draws} if scheduler == "ddpm" else {}
            x = stepper.step(v, t, x, **extra).prev_sample
            yield step, n_steps, x, ((x if step == n_steps else guess).clamp(-1, 1) + 1) / 2

    def guided(self, x: Tensor, t: Tensor, labels: Tensor, guidance: float) -> Tensor:
        """v; with guidance above 1 pushed away from what it would be for any digit."""
        t = t.expand(len(x))
        if guidance == 1:
            v: Tensor = self(x, t, labels)
            return v
        both: Tensor = self(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, torch.full_like(labels, ANY)]))
        with_digit, without = both.chunk(2)
        return without + guidance * (with_digit - without)


def load(folder: Path, precision: str = "exact") -> DigitDiffusion:
    unet, report = UNet2DModel.from_pretrained(str(folder), output_loading_info=True, use_safetensors=True)
    wrong = report["missing_keys"], report["unexpected_keys"], report["mismatched_keys"]
    if any(wrong):
        raise ValueError(f"The weights in {folder} are not those of the UNet that its config.json describes: {wrong}")
    return DigitDiffusion(unet=unet.float()).eval()
