"""Trains VAEs: binary cross-entropy plus beta times the KL, in nats a picture (Kingma and Welling, 2013).

beta 1 is the evidence lower bound; above 1, beta-VAE (Higgins et al., 2017). With `adversarial`, a discriminator is
trained beside it, and distances between its features are added to those between pixels (VAE-GAN: Larsen et al., 2015,
arXiv:1512.09300; there they replace them, which costs the model its likelihood).
"""

import torch
import torch.nn.functional as F

from shared.training.gan import hinge
from shared.training.loop import Training, frozen


class VAETraining(Training):
    def build(self):
        self.optimizers = [
            torch.optim.AdamW(self.network.parameters(), self.recipe.learning_rate, weight_decay=0.0, fused=True)
        ]
        self.critic = None
        if self.recipe.adversarial:
            from shared.models.gan import ConvDiscriminator

            self.critic = ConvDiscriminator(96, "spectral", 0)
            self.optimizers.append(torch.optim.Adam(self.critic.parameters(), 2e-4, betas=(0.5, 0.999), fused=True))

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.vae, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)
        if self.critic is not None:
            self.critic = accelerator.prepare(self.critic)

    def step(self, images, labels, noise, done):
        self.vae.train()
        recipe = self.recipe
        x = torch.bernoulli(images, generator=noise) if recipe.binary else images
        z = torch.randn(len(x), self.network.latent_size, generator=noise, device=x.device)
        logits, kl = self.vae(x, z)
        logits = logits.float()
        bce = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1).mean()
        kl = kl.float().sum(1).mean()
        beta = recipe.beta * min(1.0, done / recipe.warmup) if recipe.warmup else recipe.beta
        loss = bce + beta * kl
        losses = {"bce": bce.item(), "kl": kl.item()}
        if self.critic is not None:
            drawn = 2 * logits.sigmoid() - 1
            real = 2 * images - 1
            losses["discriminator"] = self.update_critic(real, drawn.detach())
            loss = loss + recipe.adversarial * self.verdict(real, drawn)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.network.parameters(), 100.0)
        self.optimizers[0].step()
        self.optimizers[0].zero_grad()
        return losses

    def update_critic(self, real, drawn):
        on_real, on_drawn = self.critic(torch.cat([real, drawn])).float().chunk(2)
        loss = hinge(on_real, on_drawn)
        self.accelerator.backward(loss)
        self.optimizers[1].step()
        self.optimizers[1].zero_grad()
        return loss.item()

    def verdict(self, real, drawn):
        """What the discriminator holds against reconstructions: unlike features, and its score."""
        critic = self.accelerator.unwrap_model(self.critic)
        with frozen(critic):
            with torch.no_grad():
                wanted = critic.features(real)
            features = critic.features(drawn)
            score = critic.head(features).mean()
            return (features - wanted).square().sum(1).mean() - 5 * score
