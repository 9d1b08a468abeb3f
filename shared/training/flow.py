"""Trains normalizing flows: the exact likelihood, in bits for each pixel, of pictures with uniform noise inside their
grey levels (Dinh et al., 2017, section 4.1; Theis et al., 2016, section 3.1)."""

import torch
from accelerate.utils import broadcast

from shared.data.digits import unit
from shared.models.flow import Step, bits_per_dimension, dequantised, log_normal
from shared.training.loop import Training

FASTER = 10  # a logarithm of a scale has units to go, a weight hundredths
LOOKED_AT = 500  # held-out pictures that the log's figure is of


class FlowTraining(Training):
    def build(self):
        alone = self.network.of_single_pixels()
        others = [p for p in self.network.parameters() if all(p is not one for one in alone)]
        rate = self.recipe.learning_rate
        groups = [{"params": others, "lr": rate}, {"params": alone, "lr": FASTER * rate}]
        self.optimizers = [torch.optim.AdamW(groups, rate, weight_decay=0.0, fused=True)]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.flow, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def compile(self):
        """Glow's steps are all alike: one is compiled, and a minute is enough."""
        parts = [part for part in self.network.modules() if isinstance(part, Step)]
        for part in parts or [self.network]:
            part.compile()

    def step(self, images, labels, noise, done):
        self.flow.train()
        x = dequantised(images, torch.rand(images.shape, generator=noise, device=images.device))
        if not getattr(self.network, "fitted", True):
            with torch.compiler.set_stance("force_eager"):
                self.network.fit(x, labels)
            for parameter in self.network.parameters():  # all processes begin with the same
                broadcast(parameter.data)
        z, change = self.flow(x, labels)
        loss = bits_per_dimension(log_normal(z) + change).mean()
        self.descend(loss)
        return {"bits": loss.item()}

    def show(self, model, data, file):
        super().show(model, data, file)
        images = unit(data.held_out_images[:LOOKED_AT])
        x = dequantised(images, torch.rand(images.shape, generator=torch.Generator().manual_seed(0)))
        with torch.inference_mode():
            log_prob = model.log_prob_of(x, data.held_out_labels[:LOOKED_AT])
        return {"held-out bits": round(bits_per_dimension(log_prob).mean().item(), 4)}


class PlaneTraining(FlowTraining):
    """Of points in a plane, in nats a point."""

    def build(self):
        rate = self.recipe.learning_rate
        self.optimizers = [torch.optim.AdamW(self.network.parameters(), rate, weight_decay=0.0, fused=True)]

    def step(self, points, labels, noise, done):
        self.flow.train()
        z, change = self.flow(points)
        loss = -(log_normal(z.float()) + change.float()).mean()
        self.descend(loss)
        return {"nats": loss.item()}

    def show(self, model, data, file):
        with torch.inference_mode():
            return {"held-out nats": round(-model.log_prob(data.held_out).mean().item(), 4)}
