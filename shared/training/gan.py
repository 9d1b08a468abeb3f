"""Trains GANs: four losses, and the remedies for what goes wrong as fields of the recipe.

    loss      discriminator minimises                      generator minimises
    bce       -log s(D(x)) - log(1 - s(D(G(z))))           -log s(D(G(z)))     Goodfellow et al., 2014, arXiv:1406.2661
    lsgan     ((D(x) - 1)^2 + D(G(z))^2) / 2               (D(G(z)) - 1)^2 / 2 Mao et al., 2016, arXiv:1611.04076
    hinge     max(0, 1 - D(x)) + max(0, 1 + D(G(z)))       -D(G(z))            Lim and Ye, 2017, arXiv:1705.02894
    wgan-gp   D(G(z)) - D(x) + 10 (|grad D| - 1)^2         -D(G(z))            Gulrajani et al., 2017, arXiv:1704.00028

s is the sigmoid; each is the mean over a batch.
"""

import torch
import torch.nn.functional as F

from shared.training.loop import Training, frozen


def bce(real, fake, smoothing=0.0):
    return ((1 - smoothing) * F.softplus(-real) + smoothing * F.softplus(real)).mean() + F.softplus(fake).mean()


def lsgan(real, fake, smoothing=0.0):
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def hinge(real, fake, smoothing=0.0):
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein(real, fake, smoothing=0.0):
    return fake.mean() - real.mean()


# name -> (discriminator's loss of its scores for real and generated pictures, generator's loss of the latter)
LOSSES = {
    "bce": (bce, lambda fake: F.softplus(-fake).mean()),
    "lsgan": (lsgan, lambda fake: (fake - 1).square().mean() / 2),
    "hinge": (hinge, lambda fake: -fake.mean()),
    "wgan-gp": (wasserstein, lambda fake: -fake.mean()),
}


def gradient_penalty(discriminator, real, fake, labels, noise):
    """Mean of (|gradient of D| - 1)^2 at random points between real and generated pictures (Gulrajani, eq. 3)."""
    share = torch.rand(len(real), 1, 1, 1, generator=noise, device=real.device)
    between = torch.lerp(real, fake, share).requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(between, labels).sum(), between, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def squared_gradient(discriminator, real, labels):
    """Mean of |gradient of D|^2 / 2 at real pictures: R1 of Mescheder et al., 2018, arXiv:1801.04406, eq. 9."""
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(real, labels).sum(), real, create_graph=True)
    return gradient.flatten(1).square().sum(1).mean() / 2


def shifted(images, most, noise):
    """The pictures moved by up to `most` pixels, each by its own amount; differentiable (Zhao et al., 2020)."""
    n, size = len(images), images.shape[-1]
    start = torch.randint(0, 2 * most + 1, (2, n, 1), generator=noise, device=images.device)
    rows, columns = start + torch.arange(size, device=images.device)  # each (n, size)
    padded = F.pad(images, (most,) * 4, value=-1.0)[:, 0]
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]][:, None]


class GANTraining(Training):
    averaged_part = "generator"

    def build(self):
        self.generator = self.network.generator
        recipe = self.recipe
        self.optimizers = [
            torch.optim.Adam(part.parameters(), rate, betas=(recipe.beta1, 0.999), fused=True)
            for part, rate in (
                (self.network.generator, recipe.learning_rate * recipe.generator_rate),
                (self.network.discriminator, recipe.learning_rate),
            )
        ]
        self.discriminator_loss, self.generator_loss = LOSSES[self.recipe.loss]
        # Statistics of batch normalisation are of one kind of picture; elsewhere one pass for both is faster.
        self.apart = self.recipe.model.get("norm") == "batch"

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.G, self.D, *self.optimizers = accelerator.prepare(
            self.network.generator, self.network.discriminator, *self.optimizers
        )

    def step(self, images, labels, noise, done):
        self.network.train()
        recipe = self.recipe
        labels = labels if self.network.conditional else None
        losses = {}
        real = (2 * images - 1).chunk(recipe.critic_steps)
        classes = [None] * recipe.critic_steps if labels is None else labels.chunk(recipe.critic_steps)
        for i, (x, y) in enumerate(zip(real, classes, strict=True)):
            # The last pictures that the discriminator learns from are those that the generator learns from.
            last = i == recipe.critic_steps - 1
            z = torch.randn(len(x), self.network.latent_size, generator=noise, device=x.device)
            with torch.set_grad_enabled(last):
                fake = self.G(z, y)
            losses["discriminator"] = self.update_discriminator(x, fake.detach(), y, noise)
        losses["generator"] = self.update_generator(real[-1], fake, classes[-1], noise)
        return losses

    def update_discriminator(self, real, fake, labels, noise):
        recipe = self.recipe
        real, fake = self.seen(real, noise), self.seen(fake, noise)
        if self.apart:
            on_real, on_fake = self.D(real, labels), self.D(fake, labels)
        else:
            twice = None if labels is None else torch.cat([labels, labels])
            on_real, on_fake = self.D(torch.cat([real, fake]), twice).chunk(2)
        loss = self.discriminator_loss(on_real.float(), on_fake.float(), recipe.label_smoothing)
        value = loss.item()
        if recipe.loss == "wgan-gp":
            loss = loss + recipe.gradient_penalty * gradient_penalty(self.D, real, fake, labels, noise)
        if recipe.r1:
            loss = loss + recipe.r1 * squared_gradient(self.D, real, labels)
        self.accelerator.backward(loss)
        self.optimizers[1].step()
        self.optimizers[1].zero_grad()
        return value

    def update_generator(self, real, fake, labels, noise):
        with frozen(self.network.discriminator):
            seen = self.seen(fake, noise)
            loss = self.generator_loss(self.D(seen, labels).float())
            value = loss.item()
            if self.recipe.feature_matching:
                features = self.network.discriminator.features
                with torch.no_grad():
                    wanted = features(real).flatten(1).mean(0)
                distance = (features(seen).flatten(1).mean(0) - wanted).square().mean()
                loss = loss + self.recipe.feature_matching * distance
            self.accelerator.backward(loss)
        self.optimizers[0].step()
        self.optimizers[0].zero_grad()
        return value

    def seen(self, images, noise):
        return shifted(images, self.recipe.shift, noise) if self.recipe.shift else images
