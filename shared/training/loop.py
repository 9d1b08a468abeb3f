"""The loop that trains every model of pictures, and what its families share.

    for progress in train(recipe("hinge-mnist"), read_digits(folder)):
        print(progress.step, progress.losses)

The data has a length and `batch(indices) -> (images float32 in [0, 1], labels)`. A family (gan.py, vae.py,
diffusion.py, ... in this folder) is a class with

    networks, optimizers   what accelerate prepares
    prepared(data, schedule)    the data as its steps take it, on the device where that pays
    step(images, labels, noise, done) -> {name: loss}, one update; `done` is the share of the steps before it
    network                the trained model as it is saved
    averaged               {attribute of `network`: its moving average}, or {}

Everything that a step draws comes from one generator that is seeded by (seed, step, process): a resumed run goes on
as if it had never stopped.
"""

import importlib
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, set_seed
from safetensors.torch import load_file
from torch.optim.swa_utils import AveragedModel

from shared.core.machine import bfloat16_is_fast
from shared.data import prepared
from shared.training.schedule import Schedule, rate

FAMILIES = {
    "classifier": "shared.training.classifier:ClassifierTraining",
    "gan": "shared.training.gan:GANTraining",
    "vae": "shared.training.vae:VAETraining",
    "diffusion": "shared.training.diffusion:DiffusionTraining",
    "flow": "shared.training.flow:FlowTraining",
    "plane-flow": "shared.training.flow:PlaneTraining",
    "autoencoder": "shared.training.autoencoder:AutoencoderTraining",
    "text-to-image": "shared.training.text_to_image:TextToImageTraining",
    "cyclegan": "shared.training.cyclegan:CycleGANTraining",
    "sentiment": "shared.training.sentiment:SentimentTraining",
    "vit": "shared.training.seeing:ViTTraining",
    "clip": "shared.training.seeing:ClipTraining",
    "wavegan": "shared.training.speech:WaveGANTraining",
    "mel-flow": "shared.training.speech:MelFlowTraining",
    "spoken-judge": "shared.training.speech:SpokenJudgeTraining",
    "translation": "shared.training.translation:TranslationTraining",
    "stylegan": "shared.training.stylegan:StyleGANTraining",
    "emoji-classifier": "shared.training.emoji_classifier:EmojiClassifierTraining",
}
CHECKPOINT_SECONDS = 180
REPORT_STEPS = 100
SHOW_STEPS = 1000
SAMPLE_SEED = 0  # the grids of samples show the same latents from beginning to end


@dataclass(frozen=True)
class Progress:
    step: int  # updates done
    steps: int
    losses: dict[str, float]
    score: float | None  # `training.score()`, where this step measured it
    training: object  # the family; `training.sampler()` is the model as it would be saved now
    seconds: float
    last: bool


def imported(place):
    """The object at "module:name"."""
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)


def read_data(recipe, folder=None):
    """The data of a recipe from the folder or the Hub, or as `bundle` has prepared it there."""
    ready = prepared.place(folder, recipe.data) if folder else None
    return prepared.read(ready) if ready and ready.is_file() else imported(recipe.data)(folder)


def steps_of(recipe, data):
    return max(1, round(recipe.epochs * len(data) / pictures_a_step(recipe)))


def pictures_a_step(recipe):
    return recipe.batch * getattr(recipe, "critic_steps", 1)


def batches(data, size, seed, start=0):
    """Endless (images, labels) from step `start` on; every pass is in an order of its own."""
    size = min(size, len(data))
    in_a_pass = len(data) // size
    step = start
    while True:
        epoch = step // in_a_pass
        order = torch.randperm(len(data), generator=torch.Generator().manual_seed(hash((seed, epoch))))
        for part in order[: in_a_pass * size].view(in_a_pass, size)[step % in_a_pass :]:
            yield data.batch(part)
            step += 1


def average(module, decay):
    """A moving average of the module's weights and statistics, which `update_parameters` moves on. It begins with a
    short memory: a thousandth of the weights at random would still show in pictures."""

    @torch.no_grad()
    def move(averages, values, count):
        if averages[0].is_floating_point():
            torch._foreach_lerp_(averages, values, 1 - min(decay, (1 + count.item()) / (10 + count.item())))
        else:
            torch._foreach_copy_(averages, values)  # how many batches the statistics are of

    return AveragedModel(module, multi_avg_fn=move, use_buffers=True)


@dataclass
class EarlyStopping:
    """Keeps what had the lowest score, and is over once `patience` scores in a row were no lower; 0: keeps nothing."""

    patience: int
    score: float = float("inf")
    kept: object = None
    worse: int = 0

    def see(self, score, now):
        """`now()` is what to keep if this score is the lowest."""
        self.worse = 0 if score < self.score else self.worse + 1
        if self.patience and not self.worse:
            self.score, self.kept = score, now()

    @property
    def over(self):
        return bool(self.patience) and self.worse >= self.patience


@contextmanager
def frozen(module):
    """No gradients for the module's weights; those that pass through it are not touched."""
    module.requires_grad_(False)
    yield
    module.requires_grad_(True)


def train(recipe, data, steps=None, output=None, resume=False, compiled=False, weights=None, minutes=None):
    """Yields a Progress after every step. With `output`, checkpoints go there and `resume` goes on from the last.

    weights: a safetensors file to begin with in the place of random weights, where name and shape are the same.
    minutes: the training ends by the clock, in the place of `steps`, whatever its speed.
    """
    family = imported(FAMILIES[recipe.family])
    # Each process keeps its own statistics of batch normalisation; sending them would change them in mid-step.
    together = DistributedDataParallelKwargs(broadcast_buffers=False, find_unused_parameters=family.parts_rest)
    accelerator = Accelerator(
        mixed_precision="bf16" if bfloat16_is_fast() else "no",
        cpu=not torch.cuda.is_available(),
        kwargs_handlers=[together],
    )
    set_seed(recipe.seed)
    training = family(recipe)
    if weights:
        own, other = training.network.state_dict(), load_file(weights)
        same = {name: other[name] for name in own if name in other and other[name].shape == own[name].shape}
        training.network.load_state_dict(own | same)
        accelerator.print(f"{len(same)} of {len(own)} tensors are from {weights}.")
    for name, average_of in training.averaged.items():
        training.averaged[name] = average_of.to(accelerator.device)
        accelerator.register_for_checkpointing(average_of)
    if compiled or recipe.compiled and accelerator.device.type == "cuda":
        training.compile()
    training.prepare(accelerator)
    schedule = Schedule(steps or steps_of(recipe, data), minutes, accelerator)
    checkpoint = Path(output) / "checkpoint" if output else None
    if resume and checkpoint and (checkpoint / "step.json").is_file():
        accelerator.load_state(str(checkpoint))
        schedule.resume(checkpoint)
    data = training.prepared(data, schedule)
    noise = torch.Generator(accelerator.device)
    saved, begun = time.monotonic(), time.monotonic()
    size = pictures_a_step(recipe)
    stopping = EarlyStopping(recipe.patience)
    last = schedule.done(schedule.start) >= 1
    for step, (images, labels) in enumerate(batches(data, size, recipe.seed, schedule.start), schedule.start):
        if last:
            break
        done = schedule.done(step)
        for optimizer in training.optimizers:
            for group in optimizer.param_groups:
                share = rate(done, recipe.decay, step, recipe.rise)
                group["lr"] = group.setdefault("base_lr", group["lr"]) * share
        noise.manual_seed(hash((recipe.seed, step, accelerator.process_index)))
        mine = slice(accelerator.process_index, None, accelerator.num_processes)
        on = accelerator.device
        losses = training.step(images[mine].to(on), labels[mine].to(on), noise, done)
        for name, average_of in training.averaged.items():
            average_of.update_parameters(getattr(training, name))
        score = None
        if recipe.score_steps and (step + 1) % recipe.score_steps == 0:
            score = training.score()
            stopping.see(score, training.weights)
        last = schedule.done(step + 1) >= 1
        so_far = time.monotonic() - begun
        yield Progress(step + 1, schedule.expected(step + 1), losses, score, training, so_far, last)
        if checkpoint and (time.monotonic() - saved > CHECKPOINT_SECONDS or last):
            accelerator.save_state(str(checkpoint))
            if accelerator.is_main_process:
                schedule.save(checkpoint, step + 1)
            saved = time.monotonic()
        if stopping.over:
            break
    training.best = stopping.kept


class Training:
    """What the families share. A subclass makes `self.network`, `self.optimizers` and `self.step`."""

    averaged_part = "network"  # the attribute whose moving average is kept
    score_name = "frechet"
    parts_rest = False  # whether a step may leave parameters without a gradient, which other processes then wait for
    best = None  # the weights with the best score, once early stopping has ended the training

    def __init__(self, recipe):
        self.recipe = recipe
        self.network = imported(recipe.network)(**recipe.model)
        self.build()
        self.averaged = {}
        if recipe.ema:
            self.averaged[self.averaged_part] = average(getattr(self, self.averaged_part), recipe.ema)

    def prepared(self, data, schedule):
        return data.to(self.accelerator.device) if hasattr(data, "to") else data

    def sampler(self):
        """A copy of the model as it would be saved now, on the CPU, ready to draw from."""
        copy = imported(self.recipe.network)(**self.recipe.model)
        copy.load_state_dict(self.weights())
        return copy.eval()

    def score(self):
        """What early stopping goes by, the lower the better: here the digit Frechet distance."""
        from shared.evaluation.digits import quick

        return quick(self.sampler())["frechet"]

    def weights(self):
        """The state dict to save: the trained one, with moving averages where they are kept."""
        if self.best is not None:
            return self.best
        weights = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}
        for part, average_of in self.averaged.items():
            prefix = "" if part == "network" else f"{part}."
            for name, value in average_of.module.state_dict().items():
                weights[prefix + name] = value.detach().cpu().clone()
        return weights

    def descend(self, loss):
        """One step of every optimiser down the gradient, which is cut to a length of 1."""
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def compile(self):
        """Compiles what takes the time: minutes at first, then every step is faster."""
        self.network.compile()

    def save(self, output, data):
        """Writes what the registry's builders load, in half precision."""
        self.sampler().half().save_pretrained(output)

    def show(self, model, data, file):
        """Draws a sheet of samples into `file` -> {name: figure} for the log."""
        from PIL import Image

        grid = model.sample(100, SAMPLE_SEED).view(10, 10, 28, 28).transpose(1, 2).reshape(280, 280)
        Image.fromarray((255 * (1 - grid)).byte().numpy()).save(file)
        return {}


def run(recipe, data, output, steps=None, resume=False, compiled=False, weights=None, minutes=None):
    """What the command line does: train into `output`, with a progress bar, training.json and grids of samples."""
    from tqdm.auto import tqdm

    output = Path(output)
    (output / "samples").mkdir(parents=True, exist_ok=True)
    log = output / "training.json"
    points = json.loads(log.read_text())["points"] if resume and log.is_file() else []
    running, bar, progress = {}, None, None
    for progress in train(recipe, data, steps, output, resume, compiled, weights, minutes):
        if not progress.training.accelerator.is_main_process:
            continue
        bar = bar or tqdm(total=progress.steps, initial=progress.step - 1, unit="step", mininterval=5)
        bar.total = progress.steps
        bar.update()
        for name, value in progress.losses.items():
            running[name] = value if name not in running else 0.98 * running[name] + 0.02 * value
        last = progress.last
        figures = {} if progress.score is None else {progress.training.score_name: round(progress.score, 3)}
        if progress.step % SHOW_STEPS == 0 or last:
            sheet = output / "samples" / f"{progress.step:06}.png"
            figures |= progress.training.show(progress.training.sampler(), data, sheet)
            if not last:
                progress.training.save(output, data)
        if progress.step % REPORT_STEPS == 0 or figures or last:
            figures = {name: round(value, 4) for name, value in running.items()} | figures
            points = [point for point in points if point["step"] < progress.step]
            points.append({"step": progress.step, **figures})
            bar.set_postfix(figures)
            written = {"recipe": asdict(recipe), "data": data.source, "steps": progress.steps, "points": points}
            log.write_text(json.dumps(written, indent=1))
    if bar:
        bar.close()
    if progress and progress.training.accelerator.is_main_process:
        progress.training.save(output, data)
