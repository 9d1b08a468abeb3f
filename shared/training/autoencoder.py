"""Trains the autoencoder that takes pictures to latents and back, for latent diffusion (Rombach et al., 2022).

The loss is the mean absolute error of the pixels and of their differences to the neighbours, in two sizes, which keeps
edges sharp. Latents get some noise before they are decoded, more or less of it: what a diffusion model draws is never
quite exact either. A weak pull to zero keeps them within the range that the decoder's tanh lets through.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from shared.data.emoji_scenes import COLOURS, beside, tinted
from shared.evaluation.image_metrics import psnr
from shared.evaluation.text_to_image import reconstructed
from shared.training.loop import Training

TINTED, MOVED = 0.15, 1 / 16  # share of the pictures; by up to this share of their side


class RoundTrip(nn.Module):
    """Pictures -> latents -> pictures in one call, as `accelerate` wants it; AutoencoderTiny itself rounds latents."""

    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, pictures, noise):
        """pictures in [-1, 1] (n, 3, h, w), noise as `noise_for` draws it -> pictures, latents (n, c, h / 8, w / 8)."""
        latents = self.autoencoder.encoder(pictures)
        return self.autoencoder.decoder(latents + noise), latents


class AutoencoderTraining(Training):
    scaling = 1.0  # of the latents, to the width of the noise

    def build(self):
        self.network = self.network.to(memory_format=torch.channels_last)  # twice as fast in bfloat16
        self.optimizers = [
            torch.optim.AdamW(self.network.parameters(), self.recipe.learning_rate, weight_decay=0.0, fused=True)
        ]

    def prepared(self, data, schedule):
        return replace(data, images=data.images.to(self.accelerator.device))

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.round_trip, *self.optimizers = accelerator.prepare(RoundTrip(self.network), *self.optimizers)

    def step(self, images, _, noise, done):
        self.round_trip.train()
        pictures = (2 * augmented(images, noise) - 1).contiguous(memory_format=torch.channels_last)
        back, latents = (tensor.float() for tensor in self.round_trip(pictures, self.noise_for(pictures, noise)))
        pixels, edges = F.l1_loss(back, pictures), edges_apart(back, pictures)
        coarse = edges_apart(F.avg_pool2d(back, 2), F.avg_pool2d(pictures, 2))
        loss = pixels + self.recipe.edges * (edges + coarse / 2) + 1e-3 * latents.square().mean()
        self.descend(loss)
        return {"pixels": pixels.item(), "edges": edges.item()}

    def noise_for(self, pictures, noise):
        """Like the latents of these pictures, of a width of its own for each."""
        config, on = self.network.config, pictures.device
        side = pictures.shape[-1] >> (len(config.encoder_block_out_channels) - 1)
        width = torch.rand(len(pictures), 1, 1, 1, generator=noise, device=on)
        shape = len(pictures), config.latent_channels, side, side
        return self.recipe.noise * width * torch.randn(shape, generator=noise, device=on)

    def sampler(self):
        network = super().sampler()
        network.register_to_config(scaling_factor=self.scaling)
        return network

    def show(self, model, data, file):
        """Held-out pictures above what comes back of them; returns the PSNR and sets the scale of the latents."""
        from PIL import Image

        self.scaling, back = reconstructed(model, data.held_out)
        pictures, _ = data.held_out.batch(slice(None))
        sheet = torch.stack([pictures[:20], back[:20]]).permute(0, 3, 1, 4, 2).reshape(2 * pictures.shape[-1], -1, 3)
        Image.fromarray((255 * sheet).byte().numpy()).save(file)
        return {"psnr": round(psnr(back, pictures), 2)}


def edges_apart(made, wanted):
    """How far apart the differences between neighbouring pixels are."""
    return sum(F.l1_loss(made.diff(dim=d), wanted.diff(dim=d)) for d in (2, 3))


def augmented(images, noise):
    """Half of the pictures mirrored, half moved a little, some tinted, a quarter beside another one, both made smaller.

    (n, 3, h, h) in [0, 1] -> the same; what is moved drags its border along.
    """
    n, side, on = len(images), images.shape[-1], images.device

    def chosen(share):
        return torch.rand(n, 1, 1, 1, generator=noise, device=on) < share

    images = torch.where(chosen(0.5), images.flip(3), images)
    images = torch.where(chosen(0.5), moved(images, round(MOVED * side), noise), images)
    which = torch.randint(len(COLOURS), (n,), generator=noise, device=on)
    images = torch.where(chosen(TINTED), tinted(images, which), images)
    return torch.where(chosen(0.25), beside(images, images.roll(1, dims=0)), images)


def moved(images, most, noise):
    """Each by up to `most` pixels down or up and to a side."""
    n, side, on = len(images), images.shape[-1], images.device
    place = torch.arange(side, device=on)
    y, x = (
        (place + torch.randint(-most, most + 1, (n, 1), generator=noise, device=on)).clamp(0, side - 1)
        for _ in range(2)
    )
    rows = images.gather(2, y[:, None, :, None].expand(-1, 3, -1, side))
    return rows.gather(3, x[:, None, None, :].expand(-1, 3, side, -1))
