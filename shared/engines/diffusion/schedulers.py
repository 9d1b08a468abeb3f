"""Schedulers: the seven that are offered, and what the loop must know of each beside its `step`.

    x_t = a x_0 + s noise

is what a scheduler holds before pass i; `levels` gives (a, s). Three families (Song et al., 2021, arXiv:2011.13456;
Karras et al., 2022, arXiv:2206.00364; Lipman et al., 2023, arXiv:2210.02747):

    variance preserving   a^2 + s^2 = 1      DDIM, DPM++ 2M, UniPC, LCM
    variance exploding    a = 1, s = sigma   Euler, Euler a, Heun
    flow matching         a = 1 - s          a flow model's own, and no other

A pass is one call of the network. Heun makes two of them a step, the others one.
"""

import hashlib
import inspect

from shared.core.errors import UserError

# The names are those of AUTOMATIC1111's `parameters` text, so that its pictures can be restored.
CLASSES = {
    "DDIM": "DDIMScheduler",
    "DPM++ 2M": "DPMSolverMultistepScheduler",
    "Euler": "EulerDiscreteScheduler",
    "Euler a": "EulerAncestralDiscreteScheduler",
    "LCM": "LCMScheduler",
    "UniPC": "UniPCMultistepScheduler",
    "Heun": "HeunDiscreteScheduler",
}
EXPLODING = ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler")
TINY = 2.0**-24  # abar of pure noise; at 0 itself sigma is infinite (diffusers' own choice in its other schedulers)


def made(own, name: str, steps: int):
    """A fresh scheduler called `name`, by the noise levels that `own`, the pipeline's, was trained with.

    Errors: UserError where the model is a flow model, or where LCM is asked for more steps than it was distilled from.
    """
    import diffusers

    if is_flow(own):
        scheduler = type(own).from_config(own.config)
    else:
        # Latents are not pictures: clipped to [-1, 1] they lose their colours, and DDIM clips unless told not to.
        options = {"clip_sample": False, "thresholding": False} | OPTIONS.get(name, {})
        kind = getattr(diffusers, CLASSES[name])
        if name == "Heun" and own.config.get("rescale_betas_zero_snr"):
            options["trained_betas"] = _betas_of(own)
        known = inspect.signature(kind.__init__).parameters
        unsaid = own.config.get("_use_default_values", ())  # defaults of the pipeline's class, not choices of its maker
        config = {key: value for key, value in own.config.items() if key not in unsaid} | options
        scheduler = kind(**{key: value for key, value in config.items() if key in known})
    if name == "LCM" and steps > scheduler.config.original_inference_steps:
        raise UserError(f"The scheduler LCM takes up to {scheduler.config.original_inference_steps} steps.")
    scheduler.set_timesteps(steps)
    return scheduler


OPTIONS = {"DPM++ 2M": {"algorithm_type": "dpmsolver++", "solver_order": 2, "solver_type": "midpoint"}}


def is_flow(scheduler) -> bool:
    return "FlowMatch" in type(scheduler).__name__


def _betas_of(own) -> list[float]:
    """Betas that end in pure noise (Lin et al., 2023, arXiv:2305.08891), for Heun, which cannot rescale its own."""
    from diffusers import DDIMScheduler

    known = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas")
    abar = DDIMScheduler(**{key: own.config[key] for key in known}, rescale_betas_zero_snr=True).alphas_cumprod.double()
    abar = abar.clamp(min=TINY)
    return [1 - float(abar[0]), *(1 - abar[1:] / abar[:-1]).tolist()]


def levels(scheduler, i: int) -> tuple[float, float]:
    """(a, s) of the sample before pass i; after the last one it is clean."""
    if i >= len(scheduler.timesteps):
        return 1.0, 0.0
    if not hasattr(scheduler, "sigmas"):
        abar = float(scheduler.alphas_cumprod[int(scheduler.timesteps[i])])
        return abar**0.5, (1 - abar) ** 0.5
    sigma = float(scheduler.sigmas[i])
    if is_flow(scheduler):
        return 1 - sigma, sigma
    if type(scheduler).__name__ in EXPLODING:
        return 1.0, sigma
    a = (sigma**2 + 1) ** -0.5
    return a, sigma * a


def clean(scheduler, output, x, i: int):
    """x_0 as the network guesses it in pass i, from its output and the sample x it was made from."""
    a, s = levels(scheduler, i)
    if is_flow(scheduler):  # output = noise - x_0
        return x - s * output
    kind = scheduler.config.prediction_type
    if kind == "sample":
        return output
    if kind == "v_prediction":  # of the sample at variance 1 (Salimans and Ho, 2022, arXiv:2202.00512)
        r2 = a * a + s * s
        return (a * x - s * r2**0.5 * output) / r2
    assert kind == "epsilon", f"unknown prediction type {kind}"
    return (x - s * output) / max(a, TINY**0.5)


def noised(scheduler, x0, noise, i: int):
    """x_0 as it is before pass i."""
    a, s = levels(scheduler, i)
    return a * x0 + s * noise


def begin(scheduler, i: int) -> None:
    """The first pass will be number i."""
    if hasattr(scheduler, "set_begin_index"):  # DDIM keeps no index
        scheduler.set_begin_index(i)


def state(scheduler) -> dict:
    """What `step` has changed so far. Tensors are replaced by it and never written into, so that lists are enough."""
    return {key: list(value) if isinstance(value, list) else value for key, value in vars(scheduler).items()}


def restore(scheduler, kept: dict) -> None:
    vars(scheduler).update({key: list(value) if isinstance(value, list) else value for key, value in kept.items()})


def draws(scheduler, seeds, i: int) -> dict:
    """The generators that pass i may draw from, one an item, as keyword arguments of `step`.

    Each pass has its own, so that a run that goes on from the middle draws what the whole run would have drawn.
    """
    import torch

    if "generator" not in inspect.signature(scheduler.step).parameters:
        return {}
    return {"generator": [torch.Generator().manual_seed(_mixed(seed, i)) for seed in seeds]}


def _mixed(seed: int, i: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{i}".encode()).digest()[:8], "big") >> 1
