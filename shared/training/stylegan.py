"""Trains StyleGANs: non-saturating loss, lazy R1, style mixing, adaptive augmentation; growing, where the recipe says.

    discriminator   softplus(-D(x)) + softplus(D(G(z))) + 16 gamma / 2 |grad D(x)|^2 at every 16th step
    generator       softplus(-D(G(z)))

x and G(z) are augmented before D sees them (augmentation.py). Of the faces nine of ten generated pictures take their
style from two latents, one before and one behind a layer drawn for each. The digits do without, and nowhere are path
lengths regularised: so do Karras et al. (2020, arXiv:2006.06676) where pictures are small.

Growing (Karras et al., 2018, arXiv:1710.10196): a resolution starts at its share of the training, and is faded in over
the first half of its time, in generator, discriminator and the real pictures alike.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F

from shared.models.stylegan import Discriminator
from shared.training.augmentation import Adaptive, augmented
from shared.training.gan import LOSSES, squared_gradient
from shared.training.loop import SAMPLE_SEED, Training, frozen

R1_STEPS = 16
LOG_STEPS = 20  # reading a number from a GPU makes the steps wait for it
SHOWN = 8  # pictures of a row on the sheet of stages


class StyleGANTraining(Training):
    averaged_part = "generator"
    parts_rest = True  # the layers from and to colours of the other resolutions

    def build(self):
        recipe, network = self.recipe, self.network.to(memory_format=torch.channels_last)
        self.generator = network.generator
        lazy = R1_STEPS / (R1_STEPS + 1)  # of the rates of what is regularised now and then (2020, appendix B)
        self.optimizers = [
            torch.optim.Adam(network.generator.parameters(), recipe.learning_rate, betas=(0.0, 0.99), fused=True),
            torch.optim.Adam(
                network.discriminator.parameters(),
                recipe.learning_rate * lazy,
                betas=(0.0, 0.99**lazy),
                fused=True,
            ),
        ]
        self.discriminator_loss, self.generator_loss = LOSSES["bce"]
        self.level, self.stages = 0 if recipe.growth else None, []

    def prepare(self, accelerator):
        self.accelerator = accelerator
        network = self.network.to(accelerator.device)
        self.G, self.D, *self.optimizers = accelerator.prepare(
            network.generator, network.discriminator, *self.optimizers
        )
        self.adaptive = Adaptive(self.recipe.adapt, accelerator.device)
        accelerator.register_for_checkpointing(self.adaptive)

    def compile(self):
        if not self.recipe.growth:  # its networks would be compiled anew for every resolution
            self.network.generator.compile(dynamic=False)
            self.network.discriminator.compile(dynamic=False)

    def prepared(self, data, schedule):
        on = self.accelerator.device
        return replace(data, images=data.images.to(on), labels=data.labels.to(on))

    def stage(self, done):
        """The share of the training -> level and alpha."""
        growth = self.recipe.growth
        if not growth:
            return self.network.generator.levels - 1, 1.0
        level = sum(done >= start for start in growth) - 1
        ends = [*growth[1:], 1.0]
        length = (ends[level] - growth[level]) / 2
        return level, min(1.0, (done - growth[level]) / length) if level else 1.0

    def real(self, images, level, alpha, noise):
        """Pictures in [0, 1] -> as the discriminator gets them at this level, in [-1, 1]."""
        border = (self.network.size - images.shape[-1]) // 2
        x = 2 * images - 1
        if border:
            x = F.pad(x, (border,) * 4, value=-1.0)
        if self.recipe.mirror:
            turned = torch.rand(len(x), 1, 1, 1, generator=noise, device=x.device) < 0.5
            x = torch.where(turned, x.flip(3), x)
        smaller = self.network.generator.levels - 1 - level
        if smaller:
            x = F.avg_pool2d(x, 2**smaller)
        if alpha < 1:
            coarse = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bilinear", align_corners=False)
            x = torch.lerp(coarse, x, alpha)
        return x

    def step(self, images, labels, noise, done):
        self.network.train()
        level, alpha = self.stage(done)
        if self.recipe.growth and level != self.level:
            self.grown(level)
        labels = labels if self.network.conditional else None
        n, on, generator = len(images), images.device, self.network.generator
        x = self.real(images, level, alpha, noise)
        z = torch.randn(2 * n, self.network.latent_size, generator=noise, device=on)
        layers = 2 * level + 1
        cut = torch.randint(1, max(2, layers), (n,), generator=noise, device=on)
        mixed = torch.rand(n, generator=noise, device=on) < self.recipe.mixing
        cut = torch.where(mixed, cut, generator.layers)
        speckle = torch.randn(n, generator.pixels, generator=noise, device=on)
        fake = self.G(z, labels, cut, speckle, level, alpha)

        count = self.adaptive.steps
        seen_real, seen_fake = self.seen(x, noise), self.seen(fake.detach(), noise)
        twice = None if labels is None else torch.cat([labels, labels])
        on_real, on_fake = self.D(torch.cat([seen_real, seen_fake]), twice, level, alpha).chunk(2)
        apart = self.discriminator_loss(on_real, on_fake)
        loss = apart
        if count % R1_STEPS == 0:

            def exact(pictures, classes):
                """D in full precision, of which a second derivative exists."""
                return Discriminator.forward(self.network.discriminator, pictures, classes, level, alpha)

            loss = loss + R1_STEPS * self.recipe.gamma * squared_gradient(exact, seen_real, labels)
        self.update(1, loss)
        self.adaptive.see(on_real)

        with frozen(self.network.discriminator):
            deceived = self.generator_loss(self.D(self.seen(fake, noise), labels, level, alpha))
            self.update(0, deceived)
        if count % LOG_STEPS:
            return {}
        figures = {"discriminator": apart, "generator": deceived, "r_t": self.adaptive.signs, "p": self.adaptive.p}
        return {name: value.item() for name, value in figures.items()}

    def update(self, which, loss):
        self.accelerator.backward(loss)
        self.optimizers[which].step()
        self.optimizers[which].zero_grad()

    def seen(self, images, noise):
        images = images.float()
        if not self.recipe.adapt:
            return images
        return augmented(images, self.adaptive.p, noise, paper=self.recipe.paper)

    def weights(self):
        weights = super().weights()
        if self.best is None:
            copy = type(self.network)(**self.recipe.model)
            copy.load_state_dict(weights)
            weights["w_avg"] = copy.mean_styles()
        return weights

    def grown(self, level):
        """Before a larger resolution comes: what the same latents give now, for the sheet of stages."""
        if self.adaptive.steps and self.level is not None and level > self.level:
            self.stages.append(self.row(self.level))
        self.level = level

    @torch.no_grad()
    def row(self, level):
        """(h, SHOWN h, 3) uint8: SHOWN latents at this level, as the averaged generator draws them."""
        generator = self.averaged["generator"].module if self.averaged else self.generator
        on = self.accelerator.device
        z = torch.randn(SHOWN, self.network.latent_size, generator=torch.Generator().manual_seed(0))
        labels = torch.arange(SHOWN, device=on) if self.network.conditional else None
        pictures = generator(z.to(on), labels, level=level).float().cpu()
        large = F.interpolate(pictures, size=(self.network.size,) * 2)
        return as_sheet(large.clamp(-1, 1) / 2 + 0.5, SHOWN)

    def save(self, output, data):
        super().save(output, data)
        if self.recipe.growth:
            from PIL import Image

            rows = [*self.stages, self.row(self.level)]
            Image.fromarray(torch.cat(rows).numpy()).save(output / "stages.png")

    def show(self, model, data, file):
        from PIL import Image

        seeds, columns = range(SAMPLE_SEED, SAMPLE_SEED + 80), 10
        labels = torch.arange(80) % 10 if model.conditional else None
        with torch.inference_mode():
            ws = model.every_layer(model.style(model.latents(seeds), labels))
            pictures = torch.cat([model.draw(part, level=self.level) for part in ws.split(16)])
        Image.fromarray(as_sheet(pictures, columns).numpy()).save(file)
        return {}


def as_sheet(pictures, columns):
    """(n, c, h, w) in [0, 1] -> uint8 (rows h, columns w, 3); of one colour, 1 is ink."""
    n, channels, h, w = pictures.shape
    pictures = 1 - pictures if channels == 1 else pictures
    whole = pictures.expand(-1, 3, -1, -1).view(n // columns, columns, 3, h, w).permute(0, 3, 1, 4, 2)
    return (255 * whole).round().byte().reshape(n // columns * h, columns * w, 3)
