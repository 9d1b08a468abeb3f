"""Denoising: a loop of our own over the parts of a diffusers pipeline, one network pass at a time.

    for step in denoise(painter, plan, brake=brake):
        step.x          what the scheduler holds after this step, (n, c, h, w) float32
        step.guess      x_0, the clean picture as the network guesses it, in the same latents

The pipelines of diffusers cannot yield. Here a step ends with a `yield`, so that a picture can be shown, a run stopped
or left, kept, and gone on with from any step with other words (`Plan.turns`) without anything being told twice.

Classifier-free guidance (Ho and Salimans, 2021, arXiv:2207.12598): out = out_negative + g (out_prompt - out_negative).
At g = 1 the negative prompt cancels out, and one pass is made where there would be two.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch

from shared.core import turns
from shared.core.errors import UserError
from shared.engines.diffusion import attention, schedulers
from shared.models.lora import worn


@dataclass(frozen=True)
class Turn:
    """What is asked for from a step on. A run begins with a turn at step 0; the time machine adds others."""

    step: int
    prompt: str
    negative_prompt: str
    guidance: float


@dataclass(frozen=True)
class Plan:
    """One batch. `source`: latents of a picture to start from, (1, c, h, w); `mask` (1, 1, h, w): 1 is painted anew."""

    turns: tuple[Turn, ...]
    width: int
    height: int
    steps: int
    scheduler: str
    seeds: tuple[int, ...]
    source: torch.Tensor | None = None
    mask: torch.Tensor | None = None
    strength: float = 1.0  # how much of the way is walked: 1 begins at pure noise
    lora: str = ""  # the Hub id of one that has been fetched
    lora_strength: float = 1.0

    @property
    def first(self) -> int:
        """The step at which it begins: those before it are left out where a picture is kept in part."""
        if self.source is None:
            return 0
        return self.steps - max(round(self.steps * self.strength), 1 if self.strength else 0)


@dataclass(frozen=True)
class Step:
    number: int  # 1 after the first step that was made
    of: int
    x: torch.Tensor
    guess: torch.Tensor
    state: dict  # of the scheduler, so that a run can go on from here


def denoise(
    painter, plan: Plan, start: Step | None = None, heat: "attention.Heat | None" = None, brake=None
) -> Iterator[Step]:
    """Yields after each step; ends within a pass once `brake`, an Event, is set. Ends at once for a plan of no steps.

    start: a step of the same plan, made before, to go on from. heat: collects the attention of the last turn.
    Errors: UserError where the arithmetic overflows.
    """
    iterator = _denoise(painter, plan, start, heat, brake)
    while True:
        # Gradio asks for each step in another thread; inference mode belongs to a thread and must not leak into it.
        with torch.inference_mode():
            try:
                step = next(iterator)
            except StopIteration:
                return
        yield step


def _denoise(painter, plan: Plan, start: Step | None, heat, brake) -> Iterator[Step]:
    scheduler = schedulers.made(painter.pipe.scheduler, plan.scheduler, plan.steps)
    timesteps, order = scheduler.timesteps, scheduler.order
    noise = painter.noise(plan.seeds, plan.width, plan.height).to(painter.device)
    source = None if plan.source is None else plan.source.to(painter.device)
    mask = None if plan.mask is None else plan.mask.to(painter.device)
    of = plan.steps - plan.first
    i = plan.first * order
    if start is None:
        schedulers.begin(scheduler, i)
        if plan.first:
            x = schedulers.noised(scheduler, source, noise, i)
        else:
            x = noise * getattr(scheduler, "init_noise_sigma", 1.0)
        number = 0
    else:
        schedulers.restore(scheduler, start.state)
        x, number = start.x.to(painter.device), start.number
        i += number * order
    said = None
    while i < len(timesteps):
        if brake is not None and brake.is_set():
            return
        turn = [turn for turn in plan.turns if turn.step <= number][-1]
        watched = heat if turn is plan.turns[-1] else None
        with _at_work(painter, plan):
            if turn is not said:
                words, said = condition(painter, turn, plan.width, plan.height), turn
                words = {name: value.repeat_interleave(len(x), 0) for name, value in words.items()}
            output = predicted(painter, scheduler, x, timesteps[i], words, turn.guidance, watched, bool(plan.lora))
        guess = schedulers.clean(scheduler, output, x, i)
        x = scheduler.step(output, timesteps[i], x, **schedulers.draws(scheduler, plan.seeds, i), return_dict=False)[0]
        if not torch.isfinite(x).all():
            raise UserError("The numbers of this model overflowed: lower the guidance, or choose another scheduler.")
        i += 1
        if mask is not None:  # what is not painted anew is put back, as noisy as the rest (arXiv:2201.09865, RePaint)
            x = mask * x + (1 - mask) * schedulers.noised(scheduler, source, noise, i)
            guess = mask * guess + (1 - mask) * source
        if i % order == 0 or i == len(timesteps):
            number += 1
            yield Step(number, of, x.cpu(), guess.cpu(), schedulers.state(scheduler))


@contextmanager
def _at_work(painter, plan: Plan):
    """The networks belong to one visitor for the length of a pass: a LoRA is worn by all who use them meanwhile."""
    with turns.turn(), painter.lock, worn(painter, plan.lora, plan.lora_strength) if plan.lora else nullcontext():
        yield


def condition(painter, turn: Turn, width: int, height: int) -> dict:
    """What the UNet is told beside the latents, for one picture: two rows, negative and prompt, where it is guided."""
    # What does not fit into the text encoder is said to the visitor; diffusers would write it into the server's log.
    logging.getLogger("diffusers.pipelines").setLevel(logging.ERROR)
    pipe, twice = painter.pipe, passes(painter, turn.guidance) == 2
    embeddings = pipe.encode_prompt(
        turn.prompt,
        device=pipe.unet.device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=twice,
        negative_prompt=turn.negative_prompt or None,
    )
    inputs = {"encoder_hidden_states": torch.cat([embeddings[1], embeddings[0]]) if twice else embeddings[0]}
    if hasattr(pipe, "text_encoder_2"):  # SDXL: the whole prompt as one vector, and the size of the picture
        pooled = torch.cat([embeddings[3], embeddings[2]]) if twice else embeddings[2]
        size = (height, width)
        projected = pipe.text_encoder_2.config.projection_dim
        ids = pipe._get_add_time_ids(size, (0, 0), size, pooled.dtype, text_encoder_projection_dim=projected)
        inputs |= {"text_embeds": pooled, "time_ids": ids.to(pooled.device).expand(len(pooled), -1)}
    if painter.guides_itself:  # LCM: guidance is an input (Luo et al., 2023, arXiv:2310.04378)
        wide = pipe.unet.config.time_cond_proj_dim
        inputs["timestep_cond"] = pipe.get_guidance_scale_embedding(torch.tensor([turn.guidance - 1]), wide)
    return {name: value.to(pipe.unet.device, pipe.unet.dtype) for name, value in inputs.items()}


def passes(painter, guidance: float) -> int:
    """Of the network through one picture in a step."""
    return 2 if guidance > 1 and not painter.guides_itself else 1


def passes_of(painter, plan: Plan) -> int:
    """The same for one step of a plan, with the second look that Heun's scheduler takes."""
    return passes(painter, plan.turns[-1].guidance) * (2 if plan.scheduler == "Heun" else 1)


def heat_of(painter, plan: Plan) -> attention.Heat:
    return attention.Heat(plan.width // painter.shrink, plan.height // painter.shrink)


def predicted(painter, scheduler, x, t, words: dict, guidance: float, heat=None, hooked: bool = False):
    """The output of the UNet for samples x (n, c, h, w), guided: float32, like x.

    words: as of `condition`, for all of them: n rows, or n negatives and then n prompts. hooked: a LoRA is worn.
    """
    unet, n = painter.pipe.unet, len(x)
    twice = len(words["encoder_hidden_states"]) == 2 * n
    given = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
    given = (torch.cat([given, given]) if twice else given).to(unet.dtype)
    if hooked or words.keys() != {"encoder_hidden_states"}:
        inputs = dict(words)
        added = {name: inputs.pop(name) for name in ("text_embeds", "time_ids") if name in inputs}
        with attention.watched(unet, n) if heat is not None else nullcontext([]) as scores:
            output = unet(given, t, **inputs, added_cond_kwargs=added or None, return_dict=False)[0]
    else:
        inputs = given, t.float(), words["encoder_hidden_states"]
        output, *scores = painter.once(_seen, *inputs, x) if heat is not None else (painter.once(_pass, *inputs),)
    for each in scores:
        heat.add(each)
    output = output.float()
    if not twice:
        return output
    without, output = output.chunk(2)
    return without + guidance * (output - without)


def _pass(painter, given, t, words):
    return painter.pipe.unet(given, t, encoder_hidden_states=words, return_dict=False)[0]


def _seen(painter, given, t, words, x):
    """The same, and what was looked at by the last of the rows, as many as x has."""
    with attention.watched(painter.pipe.unet, x.shape[0]) as scores:
        output = _pass(painter, given, t, words)
    return output, *scores


def truncated(tokenizer, prompt: str) -> str:
    """The end of a prompt that does not fit into the text encoder, as it was written."""
    encoded = tokenizer(prompt, return_offsets_mapping=True, verbose=False)
    places = encoded["offset_mapping"][1:-1]  # without the marks of beginning and end
    room = tokenizer.model_max_length - 2
    return prompt[places[room][0] :] if len(places) > room else ""
