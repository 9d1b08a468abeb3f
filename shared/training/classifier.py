"""Trains the judge of the digits: cross-entropy on moved, turned and scaled pictures, AdamW, averaged weights."""

import math

import torch
import torch.nn.functional as F

from shared.data.digits import unit
from shared.training.loop import Training


class ClassifierTraining(Training):
    def build(self):
        self.optimizers = [
            torch.optim.AdamW(
                self.network.parameters(), self.recipe.learning_rate, weight_decay=self.recipe.weight_decay, fused=True
            )
        ]

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.classifier, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def step(self, images, labels, noise, done):
        self.classifier.train()
        logits, _ = self.classifier(moved(images, self.recipe, noise))
        loss = F.cross_entropy(logits.float(), labels)
        self.accelerator.backward(loss)
        self.optimizers[0].step()
        self.optimizers[0].zero_grad()
        return {"loss": loss.item()}

    def show(self, model, data, file):
        probabilities, _ = model.judge(unit(data.held_out_images))
        right = (probabilities.argmax(1) == data.held_out_labels).float().mean().item()
        return {"accuracy": round(right, 4)}


def moved(images, recipe, noise):
    """Each picture turned, scaled and shifted by amounts of its own."""
    n = len(images)
    turn, scale, dx, dy = (2 * torch.rand(4, n, generator=noise, device=images.device) - 1).unbind()
    angle, scale = turn * math.radians(recipe.turn), 1 + recipe.scale * scale
    cos, sin = angle.cos() * scale, angle.sin() * scale
    shift = 2 * recipe.shift
    theta = torch.stack([cos, -sin, shift * dx, sin, cos, shift * dy], 1).view(n, 2, 3)
    return F.grid_sample(images, F.affine_grid(theta, images.shape, align_corners=False), align_corners=False)
