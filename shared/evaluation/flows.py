"""What only flows have: an exact likelihood. What scores.json of a flow holds beside digits.py's table:

bits               bits for each pixel of 256 levels, held-out digits with uniform noise inside their grey levels,
                   summed over the classes; lower is better
bits_of_real       the same of the held-out digits one by one, at 0, 1, ... 100 % of them
bits_of_blank      of a sheet without ink
bits_of_noise      of pixels that are drawn evenly
right_class        share of the held-out digits whose class is the one under which they are likeliest; flows that
                   are told the digit
inversion_error    the largest difference of any pixel of any held-out digit, in [0, 1], there and back
nats               moons-flow: nats a point, held-out points; lower is better
"""

import torch

from shared.data.digits import unit
from shared.data.moons import Moons
from shared.models.flow import bits_per_dimension, dequantised

BATCH = 100


@torch.inference_mode()
def flow_scores(model, digits, seed=0):
    """Everything in the table above for a flow of digits."""
    noise = torch.Generator().manual_seed(seed)
    found, right, error = [], [], 0.0
    for part in torch.arange(len(digits.held_out_images)).split(BATCH):
        images, labels = unit(digits.held_out_images[part]), digits.held_out_labels[part]
        x = dequantised(images, torch.rand(images.shape, generator=noise))
        by_class = model.by_class(x)
        found.append(bits_per_dimension(by_class.logsumexp(1)))
        read = by_class.argmax(1)
        right.append(read == labels)
        told = read if model.conditional else None
        error = max(error, (model.inverse(model(x, told)[0], told) - x).abs().max().item())
    bits = torch.cat(found)
    of_real = bits.double().quantile(torch.linspace(0, 1, 101, dtype=torch.float64))
    blank, even = torch.zeros(1, 1, 28, 28), torch.rand(1, 1, 28, 28, generator=noise)
    of_others = [
        bits_per_dimension(model.log_prob(dequantised(one, noise_of_one(seed)))).item() for one in (blank, even)
    ]
    scores = {
        "bits": round(bits.double().mean().item(), 4),
        "bits_of_real": [round(value, 3) for value in of_real.tolist()],
        "bits_of_blank": round(of_others[0], 3),
        "bits_of_noise": round(of_others[1], 3),
        "inversion_error": float(f"{error:.2g}"),
    }
    return scores | ({"right_class": round(torch.cat(right).double().mean().item(), 4)} if model.conditional else {})


def noise_of_one(seed):
    """The noise inside the grey levels of one picture, (1, 1, 28, 28): so far from their edges that no rounding on the
    way there and back makes another level of one."""
    return 0.01 + 0.98 * torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def plane_scores(model):
    """{"nats", "inversion_error"} of held-out points."""
    points = Moons().held_out
    there, _ = model(points)
    error = (model.inverse(there) - points).abs().max().item()
    return {"nats": round(-model.log_prob(points).double().mean().item(), 4), "inversion_error": float(f"{error:.2g}")}
