"""Trains the autoencoder that takes pictures to latents and back, for latent diffusion (Rombach et al., 2022).

The loss is the mean absolute error of the pixels and of their differences to the neighbours, which keeps edges sharp.
Latents get a little noise before they are decoded: what a diffusion model draws is never quite exact either. A weak
pull to zero keeps them within the range that the decoder's tanh lets through.
"""

import torch
import torch.nn.functional as F
from torch import nn

from shared.evaluation.image_metrics import psnr
from shared.evaluation.text_to_image import reconstructed
from shared.training.loop import Training

LATENT = 16, 16  # a quarter of the picture's height and width


class RoundTrip(nn.Module):
    """Pictures -> latents -> pictures in one call, as `accelerate` wants it; AutoencoderTiny itself rounds latents."""

    def __init__(self, autoencoder):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, pictures, noise):
        """pictures in [-1, 1] (n, 3, 64, 64), noise like the latents -> pictures, latents (n, c, 16, 16)."""
        latents = self.autoencoder.encoder(pictures)
        return self.autoencoder.decoder(latents + noise), latents


class AutoencoderTraining(Training):
    scaling = 1.0  # of the latents, to the width of the noise

    def build(self):
        self.network = self.network.to(memory_format=torch.channels_last)  # twice as fast in bfloat16
        self.optimizers = [
            torch.optim.AdamW(self.network.parameters(), self.recipe.learning_rate, weight_decay=0.0, fused=True)
        ]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.round_trip, *self.optimizers = accelerator.prepare(RoundTrip(self.network), *self.optimizers)

    def step(self, images, _, noise, done):
        self.round_trip.train()
        pictures = (2 * augmented(images, noise) - 1).contiguous(memory_format=torch.channels_last)
        shape = len(pictures), self.network.config.latent_channels, *LATENT
        drawn = self.recipe.noise * torch.randn(shape, generator=noise, device=pictures.device)
        back, latents = (tensor.float() for tensor in self.round_trip(pictures, drawn))
        pixels = F.l1_loss(back, pictures)
        edges = sum(F.l1_loss(back.diff(dim=d), pictures.diff(dim=d)) for d in (2, 3))
        loss = pixels + self.recipe.edges * edges + 1e-3 * latents.square().mean()
        self.descend(loss)
        return {"pixels": pixels.item(), "edges": edges.item()}

    def sampler(self):
        network = super().sampler()
        network.register_to_config(scaling_factor=self.scaling)
        return network

    def show(self, model, data, file):
        """Held-out pictures above what comes back of them; returns the PSNR and sets the scale of the latents."""
        from PIL import Image

        self.scaling, back = reconstructed(model, data.held_out)
        pictures, _ = data.held_out.batch(slice(None))
        sheet = torch.stack([pictures[:20], back[:20]]).permute(0, 3, 1, 4, 2).reshape(2 * 64, -1, 3)
        Image.fromarray((255 * sheet).byte().numpy()).save(file)
        return {"psnr": round(psnr(back, pictures), 2)}


def augmented(images, noise):
    """Half of the pictures mirrored, half with their colours exchanged, a quarter beside another one, both halved."""
    n = len(images)

    def chosen(share):
        return torch.rand(n, 1, 1, 1, generator=noise, device=images.device) < share

    images = torch.where(chosen(0.5), images.flip(3), images)
    images = torch.where(chosen(0.25), images.roll(1, dims=1), images)
    images = torch.where(chosen(0.25), images.flip(1), images)
    small = F.avg_pool2d(images, 2)
    pairs = F.pad(torch.cat([small, small.roll(1, dims=0)], 3), (0, 0, 16, 16), value=1.0)
    return torch.where(chosen(0.25), pairs, images)
