"""Adaptive discriminator augmentation (Karras et al., 2020, arXiv:2006.06676): GANs from few pictures.

The discriminator sees every picture, real or generated, through random changes, each of which happens with chance p.
As long as most pictures remain as they are the generator does not learn the changes (section 2.2). How many are needed
follows from how far the discriminator knows the training pictures by heart (section 3),

    r_t = E[sign(D(real))],    p rises while r_t > 0.6 and falls while it is below.

All are one matrix of the plane and one of the colours for each picture, in batches on the device.
"""

import math

import torch
import torch.nn.functional as F

TARGET = 0.6  # of r_t
MOST = 0.85  # of p: beyond it the changes would leak into what is generated
MEMORY = 0.1  # how fast the mean of the signs follows


class Adaptive:
    """p, moved on by what the discriminator says of real pictures; it can go from 0 to 1 in `thousands` of them."""

    def __init__(self, thousands, device):
        self.thousands = thousands
        self.p = torch.zeros((), device=device)
        self.signs = torch.zeros((), device=device)
        self.steps = 0

    @torch.no_grad()
    def see(self, on_real):
        self.signs.lerp_(on_real.detach().float().sign().mean(), MEMORY)
        if self.thousands:
            self.p.add_((self.signs - TARGET).sign(), alpha=len(on_real) / (1000 * self.thousands)).clamp_(0, MOST)
        self.steps += 1

    def state_dict(self):
        return {"p": self.p.cpu().clone(), "signs": self.signs.cpu().clone(), "steps": self.steps}

    def load_state_dict(self, state):
        self.p.copy_(state["p"])
        self.signs.copy_(state["signs"])
        self.steps = state["steps"]


def augmented(images, p, noise, paper=1.0):
    """Pictures (n, c, h, h) in [-1, 1], each changed in its own way; differentiable. `paper` lies around them."""
    n, on = len(images), images.device
    chosen = (torch.rand(10, n, generator=noise, device=on) < p).float()
    normal = torch.randn(10, n, generator=noise, device=on) * torch.cat([chosen[:5], chosen[4:9]])
    grid = F.affine_grid(plane(normal[:6]), list(images.shape), align_corners=False)
    images = F.grid_sample(images - paper, grid, align_corners=False) + paper
    images = coloured(images, normal[6:])
    # Cutout: a square of half the side turns grey.
    place = (torch.arange(images.shape[-1], device=on) + 0.5) / images.shape[-1]
    near = (place - torch.rand(2, n, 1, generator=noise, device=on)).abs() < 0.25  # (2, n, h)
    cut = near[0][:, :, None] & near[1][:, None, :] & (chosen[9] > 0)[:, None, None]
    return images.masked_fill(cut[:, None], 0.0)


def plane(normal):
    """(6, n) standard normal numbers, 0 where nothing changes -> theta (n, 2, 3) for `affine_grid`."""
    flip = 1 - 2 * (normal[0] > 0).float()
    scale, stretch = torch.exp2(0.2 * normal[1]), torch.exp2(0.2 * normal[2])
    angle = math.radians(30) * normal[3]
    cos, sin = angle.cos() * scale, angle.sin() * scale
    dx, dy = 0.25 * normal[4:]  # the side is 2: an eighth of it
    return torch.stack([flip * cos * stretch, -sin * stretch, dx, flip * sin / stretch, cos / stretch, dy], 1).view(
        -1, 2, 3
    )


def coloured(images, normal):
    """Brightness, contrast and, of three colours, hue and saturation: x -> M x + b by (4, n) normal numbers."""
    brightness, contrast = (0.2 * normal[0])[:, None, None], torch.exp2(0.5 * normal[1])[:, None, None]
    if images.shape[1] == 1:
        return images * contrast[..., None] + brightness[..., None]
    hue, saturation = (math.pi / 4 * normal[2])[:, None, None], torch.exp2(normal[3])[:, None, None]
    one = torch.eye(3, device=images.device)
    grey = torch.full_like(one, 1 / 3)  # onto the axis of the greys, around which the colours turn (Rodrigues)
    turn = (one.roll(-1, 1) - one.roll(1, 1)) / math.sqrt(3)
    mixed = grey + saturation * (hue.cos() * (one - grey) + hue.sin() * turn)  # (n, 3, 3)
    return torch.baddbmm(brightness, contrast * mixed, images.flatten(2)).view_as(images)
