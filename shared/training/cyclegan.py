"""Trains CycleGANs (Zhu et al., 2017, arXiv:1703.10593): two generators G and F, two discriminators, no pairs.

    D minimises       ((D_Y(y) - 1)^2 + D_Y(G(x))^2) / 2, and the same for D_X and F                   (section 4)
    G, F minimise     (D_Y(G(x)) - 1)^2 + (D_X(F(y)) - 1)^2                                            (eq. 1)
                      + cycle (|F(G(x)) - x| + |G(F(y)) - y|)                                          (eq. 2)
                      + cycle identity (|G(y) - y| + |F(x) - x|)                                       (section 5.2)

Each |.| is a mean. With cycle = 0 only the discriminators say what is made of a picture. The discriminators see
pictures of a buffer, half of them old ones (Shrivastava et al., 2017, arXiv:1612.07828).
"""

import copy
from dataclasses import replace

import torch

from shared.models.cyclegan import PatchDiscriminator
from shared.training.gan import lsgan
from shared.training.loop import Training, frozen

REPORTED = 25  # steps from one reading of the losses to the next: to read them is to wait for the device
SHOWN = 12  # held-out pictures in a sheet
LOOKED_AT = 128  # held-out pictures that the log's figures are of
EDGE = 4  # pixels that a picture is moved by, at most, and are white on both sides of it


class Buffer:
    """The last pictures that were made. `seen(new)`: the new ones, half of them exchanged for old ones."""

    def __init__(self, size):
        self.size, self.pictures = size, None

    def seen(self, new, noise):
        if self.pictures is None:
            self.pictures = new[:0].clone()
        missing = self.size - len(self.pictures)
        if missing > 0:
            self.pictures = torch.cat([self.pictures, new[:missing]])
            return new
        new, rest = new[: self.size], new[self.size :]
        slots = torch.randperm(self.size, generator=noise, device=new.device)[: len(new)]
        kept = torch.rand(len(new), 1, 1, 1, generator=noise, device=new.device) < 0.5
        old = self.pictures[slots]
        self.pictures[slots] = torch.where(kept, new, old)
        return torch.cat([torch.where(kept, old, new), rest])

    def state_dict(self):
        return {"pictures": self.pictures}

    def load_state_dict(self, state):
        self.pictures = state["pictures"]


class CycleGANTraining(Training):
    def build(self):
        recipe = self.recipe
        self.judges = torch.nn.ModuleList(PatchDiscriminator(recipe.discriminator) for _ in range(2))
        self.optimizers = [
            torch.optim.Adam(part.parameters(), recipe.learning_rate, betas=(0.5, 0.999), fused=True)
            for part in (self.network, self.judges)
        ]
        self.buffers = [Buffer(recipe.buffer), Buffer(recipe.buffer)]
        self.steps_here, self.losses = 0, {}

    def prepare(self, accelerator):
        self.accelerator = accelerator
        self.G, self.F, self.D_x, self.D_y, *self.optimizers = accelerator.prepare(
            self.network.there, self.network.back, *self.judges, *self.optimizers
        )
        for buffer in self.buffers:
            accelerator.register_for_checkpointing(buffer)

    def compile(self):
        for generator in (self.network.there, self.network.back):
            generator.body.compile(dynamic=False)  # pictures come in two numbers: a batch, or one and a half

    def prepared(self, data, schedule):
        """The data on the device; a step draws the second style's pictures from there."""
        on = self.accelerator.device
        tensors = {name: value.to(on) for name, value in vars(data).items() if isinstance(value, torch.Tensor)}
        self.data = replace(data, **tensors)
        for buffer in self.buffers:  # a resumed one lies on the CPU
            if buffer.pictures is not None:
                buffer.pictures = buffer.pictures.to(on)
        return self.data

    def step(self, images, indices, noise, done):
        self.network.train()
        recipe, data, n = self.recipe, self.data, len(images)
        others = torch.randint(len(data.second), (n,), generator=noise, device=images.device)
        x = augmented(2 * images - 1, data.mirrored_first[indices] & recipe.mirror, noise)
        y = augmented(data.second[others].float() / 127.5 - 1, data.mirrored_second[others] & recipe.mirror, noise)

        weight, some = recipe.cycle * recipe.identity, (n + 1) // 2  # a batch's half tells enough of what stays
        with frozen(self.judges):
            if weight:
                to_y, still_y = self.G(torch.cat([x, y[:some]])).split([n, some])
                to_x, still_x = self.F(torch.cat([y, x[:some]])).split([n, some])
            else:
                to_y, to_x = self.G(x), self.F(y)
            fooled = (self.D_y(to_y).float() - 1).square().mean() + (self.D_x(to_x).float() - 1).square().mean()
            loss, cycle, identity = fooled, None, None
            if recipe.cycle:
                cycle = (self.F(to_y) - x).abs().mean() + (self.G(to_x) - y).abs().mean()
                loss = loss + recipe.cycle * cycle
            if weight:
                identity = (still_y - y[:some]).abs().mean() + (still_x - x[:some]).abs().mean()
                loss = loss + weight * identity
            self.accelerator.backward(loss)
        self.optimizers[0].step()
        self.optimizers[0].zero_grad()

        told = torch.zeros((), device=x.device)
        for judge, buffer, real, made in ((self.D_y, self.buffers[0], y, to_y), (self.D_x, self.buffers[1], x, to_x)):
            on_real, on_made = judge(torch.cat([real, buffer.seen(made.detach(), noise)])).float().chunk(2)
            told = told + lsgan(on_real, on_made)
        self.accelerator.backward(told)
        self.optimizers[1].step()
        self.optimizers[1].zero_grad()

        if self.steps_here % REPORTED == 0:
            losses = {"generators": fooled, "discriminators": told, "cycle": cycle, "identity": identity}
            self.losses = {name: value.item() for name, value in losses.items() if value is not None}
        self.steps_here += 1
        return self.losses

    def show(self, model, data, file):
        """Held-out pictures: there and back, and their true partner; the same for the other style."""
        from PIL import Image

        from shared.evaluation.style_transfer import likeness

        model = copy.deepcopy(model).to(self.accelerator.device)
        sides = [side[:LOOKED_AT].to(self.accelerator.device).float() / 255 for side in held_out_sides(data)]
        rows, figures = [], {}
        for name, back, (given, wanted) in (("there", False, sides), ("back", True, sides[::-1])):
            made = model.convert(given, back)
            again = model.convert(made, not back)
            rows += [part[:SHOWN] for part in (given, made, again, wanted)]
            ours, untouched = likeness(made, wanted), likeness(given, wanted)
            figures |= {f"{name} psnr": ours["psnr"], f"{name} psnr untouched": untouched["psnr"]}
            figures |= {f"{name} ssim": ours["ssim"], f"{name} ssim untouched": untouched["ssim"]}
            figures[f"{name} cycle error"] = (again - given).abs().mean().item()
        sheet = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
        Image.fromarray((255 * sheet).round().byte().permute(1, 2, 0).cpu().numpy()).save(file)
        return {name: round(value, 4) for name, value in figures.items()}


def held_out_sides(data):
    """Both styles of the held-out names, in an order that mixes animals, faces and signs."""
    order = torch.randperm(len(data.held_out_names), generator=torch.Generator().manual_seed(0))
    return [side.cpu()[order] for side in (data.held_out_first, data.held_out_second)]


def augmented(pictures, mirrored, noise):
    """Each picture moved by up to EDGE pixels, and half of those that may be mirrored; (n, 3, s, s) in [-1, 1]."""
    n, side, on = len(pictures), pictures.shape[-1], pictures.device
    turned = mirrored & (torch.rand(n, generator=noise, device=on) < 0.5)
    pictures = torch.where(turned.view(n, 1, 1, 1), pictures.flip(3), pictures)
    start = torch.randint(-EDGE, EDGE + 1, (2, n, 1), generator=noise, device=on)
    rows, columns = start + torch.arange(side, device=on)  # each (n, side)
    inside = ((rows >= 0) & (rows < side))[:, :, None] & ((columns >= 0) & (columns < side))[:, None, :]
    rows, columns = rows.clamp(0, side - 1), columns.clamp(0, side - 1)
    moved = pictures[
        torch.arange(n, device=on)[:, None, None], :, rows[:, :, None], columns[:, None, :]
    ]  # (n, s, s, 3)
    return torch.where(inside[..., None], moved, 1.0).permute(0, 3, 1, 2).contiguous()
