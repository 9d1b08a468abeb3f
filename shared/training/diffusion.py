"""Trains the diffusion model of digits: mean squared error of v at random times (Salimans and Ho, 2022, section 4)."""

import torch

from shared.models.digit_diffusion import ANY
from shared.training.loop import Training


class DiffusionTraining(Training):
    def build(self):
        self.optimizers = [
            torch.optim.AdamW(self.network.parameters(), self.recipe.learning_rate, weight_decay=0.0, fused=True)
        ]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.unet, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def step(self, images, labels, noise, done):
        self.unet.train()
        on = images.device
        n = len(images)
        # Times spread evenly over the batch: less noise in the loss than n independent ones (Kingma et al., 2021).
        t = ((torch.rand((), generator=noise, device=on) + torch.arange(n, device=on) / n) % 1 * 1000).long()
        labels = labels.masked_fill(torch.rand(n, generator=noise, device=on) < self.recipe.drop_label, ANY)
        drawn = torch.randn(images.shape, generator=noise, device=on)
        x = self.network.noised(images, t, drawn)
        alpha = self.network.alphas_cumprod.to(on)[t].view(-1, 1, 1, 1)
        v = alpha.sqrt() * drawn - (1 - alpha).sqrt() * (2 * images - 1)
        loss = (self.unet(x, t, labels).float() - v).square().mean()
        self.descend(loss)
        return {"loss": loss.item()}
