"""Trains the judge of emoji faces: cross-entropy of style and of name, on pictures moved, turned, scaled and dyed.

What it has to tell is the style and the name at once, of six pictures a name at most, so all of them are changed.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F

from shared.training.augmentation import augmented
from shared.training.loop import Training


class EmojiClassifierTraining(Training):
    def build(self):
        network = self.network.to(memory_format=torch.channels_last)
        self.optimizers = [
            torch.optim.AdamW(
                network.parameters(), self.recipe.learning_rate, weight_decay=self.recipe.weight_decay, fused=True
            )
        ]
        self.steps = 0

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.classifier, *self.optimizers = accelerator.prepare(self.network, *self.optimizers)

    def prepared(self, data, schedule):
        on = self.accelerator.device
        return replace(data, images=data.images.to(on), labels=data.labels.to(on))

    def step(self, images, labels, noise, done):
        self.classifier.train()
        chance = torch.full((), self.recipe.changed, device=images.device)
        seen = (augmented(2 * images - 1, chance, noise) + 1) / 2
        styles, names, _ = self.classifier(seen.contiguous(memory_format=torch.channels_last))
        losses = [
            F.cross_entropy(logits.float(), labels[:, i], label_smoothing=self.recipe.label_smoothing)
            for i, logits in enumerate((styles, names))
        ]
        self.accelerator.backward(sum(losses))
        self.optimizers[0].step()
        self.optimizers[0].zero_grad()
        self.steps += 1
        if self.steps % 20 != 1:  # reading a number from a GPU makes the steps wait for it
            return {}
        return {"style": losses[0].item(), "name": losses[1].item()}

    def show(self, model, data, file):
        """Shares of the held-out pictures whose style, and whose name, is told right."""
        if not len(data.held_out_images):
            return {}
        styles, names, _ = model.judge(data.held_out_images.float() / 255)
        told = torch.stack([styles.argmax(1), names.argmax(1)], 1) == data.held_out_labels
        style, name = told.float().mean(0).tolist()
        return {"style_accuracy": round(style, 4), "name_accuracy": round(name, 4)}
