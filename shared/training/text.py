"""Training loop of the neural language models: next-token cross-entropy, Muon for matrices, AdamW for the rest.

A recipe with `teaching` learns from a larger network, too: the teacher's probabilities at every place say more than
the one word that stands there (Hinton et al., 2015, arXiv:1503.02531). What is saved at the end is what had the fewest
bits a character on held-out stories.

Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) orthogonalises each matrix's momentum. Its steps
are scaled to AdamW's size (Liu et al., 2025, arXiv:2502.16982), so that one learning rate serves both.
"""

import itertools
import json
import shutil
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from safetensors.torch import load_file, save_file
from tqdm.auto import tqdm

from shared.core.machine import bfloat16_is_fast
from shared.core.registry import WEIGHTS
from shared.data.stories import TokenRows, batches, read_stories
from shared.evaluation.text import bits_per_character
from shared.models.gpt2 import read_network
from shared.models.text import TextTokenizer, train_tokenizer
from shared.training.muon import Muon
from shared.training.packing import StoryRows, within
from shared.training.recast import recast
from shared.training.recipes.text import STORIES
from shared.training.schedule import Schedule, rate

CHECKPOINT_SECONDS = 300
REPORT_STEPS = 100
SAMPLE_STEPS = 500
TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
BEST = "best.safetensors"
OPENING = "Once upon a time, there was a little fox who"


def build(recipe, tokenizer):
    """A fresh network of the recipe's sizes."""
    if recipe.family == "lstm":
        from shared.models.lstm import LSTMLanguageModel

        return LSTMLanguageModel(len(tokenizer), **recipe.model)
    from transformers import GPT2Config, GPT2LMHeadModel

    end = tokenizer.end_id
    dropout = {"resid_pdrop": recipe.dropout, "embd_pdrop": recipe.dropout, "attn_pdrop": 0.0}
    special = {"bos_token_id": end, "eos_token_id": end, "begins_with_end": True}
    network = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **recipe.model, **dropout, **special))
    network.config.use_cache = False  # keys and values of past tokens are of no use in training
    return network


def optimizers(network, recipe):
    """Muon for the hidden layers' matrices, AdamW for embeddings, biases and gains."""
    hidden = [p for name, p in network.named_parameters() if p.ndim == 2 and (".h." in name or "lstm." in name)]
    rest = [p for p in network.parameters() if not any(p is h for h in hidden)]
    muon = Muon(hidden, recipe.learning_rate, recipe.weight_decay)
    return muon, torch.optim.AdamW(rest, lr=recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


def taught(logits, targets, teacher=None, teaching=0.0):
    """(loss, cross-entropy with the text), in nats a token. logits (n, vocab); targets (n,), -100: not predicted.

    The loss is (1 - teaching) times that cross-entropy + teaching times KL(teacher || pupil), where the teacher's
    logits (n, vocab) are given (Hinton et al., 2015, eq. 1 at temperature 1).
    """
    hard = F.cross_entropy(logits.float(), targets)
    if teacher is None:
        return hard, hard
    known = targets >= 0
    soft = F.kl_div(
        logits[known].float().log_softmax(-1),
        teacher[known].float().log_softmax(-1),
        reduction="batchmean",
        log_target=True,
    )
    return (1 - teaching) * hard + teaching * soft, hard


def teacher_folder(recipe, output):
    """Where the recipe of the teacher has saved it; SystemExit with the command where it has not."""
    places = output / "teacher", WEIGHTS / recipe.name / "teacher"
    folder = next((place for place in places if (place / "config.json").is_file()), None)
    if folder is None:
        raise SystemExit(
            f"{recipe.name} is taught by a larger network. Train it first: "
            f"python -m shared.training {recipe.name}/teacher --data DIR --output {places[0]}"
        )
    return folder


def stage_batches(sources, recipe, schedule):
    """(step, batch) for every step from the schedule's start on, until it is over.

    By steps, a resumed run sees the batches that it would have seen; by the clock, others of the same stage.
    """
    step, end = 0, 0.0
    for number, stage in enumerate(recipe.stages):
        end = 1.0 if number == len(recipe.stages) - 1 else end + stage.share
        stream = batches(sources, stage, seed=(recipe.seed, number))
        while schedule.done(step) < end:
            batch = next(stream)
            if step >= schedule.start:
                yield step, torch.from_numpy(batch)
            step += 1


def logits_of(network):
    """ids -> (n, vocab), for evaluation: the same call for GPT-2 and the LSTM."""

    def call(ids):
        device = next(network.parameters()).device
        out = network(torch.tensor([ids], device=device))
        return getattr(out, "logits", out)[0].cpu()

    return call


@torch.inference_mode()
def sample(network, tokenizer, opening=OPENING, length=120, temperature=0.8, seed=0):
    """A short text from the network as it is now; slow and simple, for the training log."""
    ids = [tokenizer.end_id, *tokenizer.encode(opening)]
    noise = torch.Generator().manual_seed(seed)
    for _ in range(length):
        p = (logits_of(network)(ids)[-1].float() / temperature).softmax(-1)
        ids.append(torch.multinomial(p, 1, generator=noise).item())
        if ids[-1] == tokenizer.end_id:
            break
    return tokenizer.decode(ids)


def train(recipe, data, output, steps=None, resume=False, minutes=None):
    """Train and save into `output`: weights, tokenizer, training.json (loss curve), samples.txt, checkpoint/.

    minutes: the training ends by the clock, in the place of `steps`, whatever its speed.
    """
    output = Path(output)
    accelerator = Accelerator(mixed_precision="bf16" if bfloat16_is_fast() else "no", cpu=not torch.cuda.is_available())
    schedule = Schedule(steps or recipe.steps, minutes, accelerator)
    set_seed(recipe.seed)
    stories = read_stories(data)
    school = teacher_folder(recipe, output) if recipe.teaching else None
    if accelerator.is_main_process:
        output.mkdir(parents=True, exist_ok=True)
        if school and not resume:  # the two must speak of the same tokens
            for name in TOKENIZER:
                shutil.copy(school / name, output / name)
        tokenizer_for(recipe, stories, output)
    accelerator.wait_for_everyone()
    tokenizer = TextTokenizer.load(output)
    rows_of = StoryRows if recipe.packed else TokenRows
    sources = {
        name: rows_of(train, tokenizer, (recipe.seed, i), recast if name in recipe.recast else None)
        for i, (name, (train, _)) in enumerate(stories.items())
    }
    held_out = stories[main_source(stories)][1][:100]

    network = build(recipe, tokenizer)
    teacher = read_network(school).to(accelerator.device) if school else None
    network, *optims = accelerator.prepare(network, *optimizers(network, recipe))
    context = recipe.stages[-1].length
    points = []
    if resume and (output / "checkpoint").is_dir():
        accelerator.load_state(str(output / "checkpoint"))
        points = json.loads((output / "training.json").read_text())["points"]
        schedule.resume(output / "checkpoint")

    def save(step):
        accelerator.save_state(str(output / "checkpoint"))
        if accelerator.is_main_process:
            schedule.save(output / "checkpoint", step)
            log = {"recipe": recipe.name, "steps": schedule.expected(step), "points": points}
            (output / "training.json").write_text(json.dumps(log))

    total, quiet = schedule.expected(schedule.start), not accelerator.is_main_process
    bar = tqdm(total=total, initial=schedule.start, unit="step", mininterval=10, disable=quiet)
    running, saved, step = None, time.monotonic(), schedule.start - 1
    for step, batch in stage_batches(sources, recipe, schedule):
        done = schedule.done(step)
        for optimizer in optims:
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * rate(done, recipe.decay, step, recipe.warmup)
        rows = batch[accelerator.process_index :: accelerator.num_processes].to(accelerator.device)
        network.train()
        with accelerator.autocast():
            logits, targets = predicted(network, rows)
            with torch.no_grad():
                theirs = predicted(teacher, rows)[0] if teacher else None
        loss, told = taught(logits, targets, theirs, recipe.teaching)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optims:
            optimizer.step()
            optimizer.zero_grad()

        last = schedule.done(step + 1) >= 1
        value = accelerator.reduce(told.detach(), "mean").item()
        running = value if running is None else 0.98 * running + 0.02 * value
        bar.update()
        bar.set_postfix(loss=f"{running:.3f}", refresh=False)
        if accelerator.is_main_process and ((step + 1) % REPORT_STEPS == 0 or last):
            network.eval()
            bits = bits_per_character(logits_of(accelerator.unwrap_model(network)), tokenizer, held_out, context)
            points.append({"step": step + 1, "loss": round(running, 4), "held_out_bits_per_character": round(bits, 4)})
            if points[-1] is min(points, key=lambda point: point["held_out_bits_per_character"]):
                keep_best(accelerator.unwrap_model(network), output)
            bar.write(f"step {step + 1}: loss {running:.4f} nats a token, held out {bits:.4f} bits a character")
        if accelerator.is_main_process and ((step + 1) % SAMPLE_STEPS == 0 or last):
            network.eval()
            text = sample(accelerator.unwrap_model(network), tokenizer)
            bar.write(text)
            with open(output / "samples.txt", "a", encoding="utf-8") as file:
                file.write(f"--- step {step + 1}\n{text}\n")
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save(step + 1)
            saved = time.monotonic()
    save(step + 1)
    if accelerator.is_main_process:
        export(best(accelerator.unwrap_model(network), output), output)


def predicted(network, rows):
    """Rows -> logits (n, vocab), targets (n,). rows: (n, length + 1) of a stream, or (n, 3, length) packed."""
    if rows.dim() == 2:
        out, targets = network(rows[:, :-1]), rows[:, 1:]
    else:
        ids, targets, positions = rows.unbind(1)
        out = network(ids, attention_mask=within(positions), position_ids=positions)
    return getattr(out, "logits", out).flatten(0, 1), targets.flatten()


def keep_best(network, output):
    (output / "checkpoint").mkdir(exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    tensors.pop("lm_head.weight", None)  # the same as wte's
    save_file(tensors, output / "checkpoint" / BEST)


def best(network, output):
    """The network with the weights that `keep_best` kept last."""
    kept = load_file(output / "checkpoint" / BEST)
    missing, unknown = network.load_state_dict(kept, strict=False)
    assert set(missing) <= {"lm_head.weight"} and not unknown, (missing, unknown)
    return network


def tokenizer_for(recipe, stories, output):
    """The tokenizer in `output`, learned from the stories when there is none. Old novels do not take part: their
    words would push out those of a four-year-old."""
    if not (output / "tokenizer.json").is_file():
        modern = [train for name, (train, _) in stories.items() if STORIES.get(name, 1.0) > 0]
        train_tokenizer(itertools.chain(*modern), recipe.vocab_size, output)
    return TextTokenizer.load(output)


def main_source(stories):
    """The source with the largest weight: on its held-out stories loss curves are drawn and models are measured."""
    return max(stories, key=lambda name: STORIES.get(name, 1.0))


def export(network, output):
    """Half precision, in files below 10 MB, in the format `from_pretrained` reads."""
    network = network.eval().half()
    if hasattr(network, "generate"):
        network.config.resid_pdrop = network.config.embd_pdrop = 0.0
        network.config.use_cache = True
        network.save_pretrained(output, max_shard_size="9MB")
    else:
        network.save_pretrained(output)
