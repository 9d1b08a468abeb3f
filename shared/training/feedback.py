"""The storyteller is steered by a reward: LoRA (Hu et al., 2021, arXiv:2106.09685) by DPO or by a policy gradient.

DPO (Rafailov et al., 2023, arXiv:2305.18290) learns from pairs that the model itself has drawn and the reward has
ranked; its loss stands here. TRL's DPOTrainer closes every text of a pair with the end token, which would teach a story
that was cut at a length to end there, and importing it takes 13 seconds of a visitor's minute.

GRPO (Shao et al., 2024, arXiv:2402.03300), REINFORCE (Williams, 1992) whose baseline is the mean of a group, is TRL's.

    python -m shared.training gpt2-stories-faithful --data DIR --minutes 8

training.json, beside the weights, holds the reward and the KL from the reference along the way.
"""

import json
import time
from dataclasses import asdict
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from shared.core.registry import WEIGHTS
from shared.data.stories import read_stories
from shared.evaluation.feedback import Told, kl, mean, openings, padded, rewards, written
from shared.models.gpt2 import read_network
from shared.models.text import TextTokenizer
from shared.training.schedule import Schedule, rate
from shared.training.text import main_source

LOOKS = 6  # how often reward and KL are measured,
LOOKED = 16  # on how many openings, the same ones and from the same seeds each time
MOST_OPENINGS = 4000
OPENINGS_AT_ONCE = 8  # whose drafts are written together
CHECKPOINT_SECONDS = 120
ADAPTER = "adapter_model.safetensors"


# ---- the network and its texts ---------------------------------------------------------------------


def adapted(folder, rank, alpha, layers, seed=0):
    """The network in `folder`, frozen, with two small matrices to learn beside each of its layers of these names."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank, lora_alpha=alpha, target_modules=list(layers), fan_in_fan_out=True, task_type="CAUSAL_LM"
    )
    return get_peft_model(read_network(Path(folder)), config)


def save_adapter(network, folder):
    """In PEFT's format, in half precision."""
    folder = Path(folder)
    network.save_pretrained(folder, selected_adapters=["default"])  # TRL keeps the reference as a second one
    half = {name: tensor.half() for name, tensor in load_file(folder / ADAPTER).items()}
    save_file(half, folder / ADAPTER, {"format": "pt"})
    config = json.loads((folder / "adapter_config.json").read_text())
    kept = ("peft_type", "task_type", "r", "lora_alpha", "target_modules", "fan_in_fan_out", "bias", "inference_mode")
    config = {key: sorted(config[key]) if isinstance(config[key], list) else config[key] for key in kept}
    config["base_model_name_or_path"] = ""
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's own empty one


def log_probabilities(network, begun, continued):
    """Lists of ids -> (n,) log p(continuation | beginning)."""
    ids, mask = padded([one + other for one, other in zip(begun, continued, strict=True)])
    logits = network(input_ids=ids, attention_mask=mask).logits[:, :-1]
    each = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]  # (n, t - 1)
    place = torch.arange(1, ids.shape[1])  # of the token that is told
    starts = torch.tensor([[len(row)] for row in begun])
    ends = starts + torch.tensor([[len(row)] for row in continued])
    return (each * ((place >= starts) & (place < ends))).sum(1)


def looked(network, tokenizer, recipe, begun):
    """{"reward", "kl": nats a text} of the network as it is now, on the same openings and seeds each time."""

    def reference(**given):
        with network.disable_adapter():
            return network(**given)

    network.merge_adapter()  # faster than beside the weights
    texts = written(network, tokenizer, begun, recipe.length, seed=1)
    network.unmerge_adapter()
    found = rewards(recipe.reward, [one.told for one in texts])
    return {"reward": round(mean(found), 4), "kl": round(kl(network, reference, texts), 3)}


# ---- DPO -------------------------------------------------------------------------------------------


def preference_loss(policy, reference, beta):
    """(loss, margins (n,)) of log-probabilities (2, n) of the preferred texts and of the others.

    -log sigmoid(beta (log pi(w) / ref(w) - log pi(l) / ref(l))): equation 7 of Rafailov et al. 2023.
    """
    preferred, other = policy - reference
    margins = beta * (preferred - other)
    return -F.logsigmoid(margins).mean(), margins


def dpo_step(network, optimizer, pairs, beta):
    """One step on pairs [(ids of the opening, preferred ids, other ids)] -> (loss, share that is ranked right)."""
    begun = [head for head, _, _ in pairs] * 2
    continued = [better for _, better, _ in pairs] + [worse for _, _, worse in pairs]
    network.eval()  # dropout would make the two sides of the ratio two networks
    with torch.no_grad(), network.disable_adapter():
        reference = log_probabilities(network, begun, continued).view(2, -1)
    loss, margins = preference_loss(log_probabilities(network, begun, continued).view(2, -1), reference, beta)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    return loss.item(), (margins > 0).float().mean().item()


def optimizer_of(network, learning_rate):
    return torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], learning_rate, weight_decay=0.0)


def ranked(recipe, network, tokenizer, begun, schedule, most):
    """Pairs [ids of the opening, ids of its best draft, of its worst], by the reference."""
    pairs, turn = [], 0
    while len(pairs) < most and (schedule.seconds is None or schedule.done(1) < recipe.drafting or not pairs):
        first = turn * OPENINGS_AT_ONCE
        some = [begun[(first + i) % len(begun)] for i in range(OPENINGS_AT_ONCE) for _ in range(recipe.drafts)]
        with network.disable_adapter():
            texts = written(network, tokenizer, some, recipe.length, recipe.seed + turn)
        values = rewards(recipe.reward, [one.told for one in texts])
        for i in range(0, len(texts), recipe.drafts):
            *_, best = order = sorted(range(i, i + recipe.drafts), key=values.__getitem__)
            if values[best] > values[order[0]]:
                pairs.append([texts[i].head, texts[best].new, texts[order[0]].new])
        turn += 1
        print(f"{len(pairs)} pairs", flush=True)
    return pairs


def by_dpo(recipe, network, begun, schedule, log):
    kept = log.checkpoint / "pairs.json"
    if kept.is_file() and log.resumed:
        pairs = json.loads(kept.read_text())
    else:
        most = min(recipe.pairs, recipe.batch * recipe.steps if schedule.seconds else recipe.batch * schedule.steps)
        pairs = ranked(recipe, network, log.tokenizer, begun, schedule, most)
        kept.write_text(json.dumps(pairs))
    optimizer = optimizer_of(network, recipe.learning_rate)
    log.load(optimizer)
    step = schedule.start
    while schedule.done(step) < 1 or step == schedule.start:
        place = step * recipe.batch
        order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(place // len(pairs))).tolist()
        some = [pairs[order[(place + i) % len(pairs)]] for i in range(min(recipe.batch, len(pairs)))]
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * rate(schedule.done(step), recipe.decay, step, recipe.warmup)
        loss, right = dpo_step(network, optimizer, some, recipe.beta)
        step += 1
        log.take(step, optimizer, loss=loss, right=right)
    return step


# ---- GRPO ------------------------------------------------------------------------------------------


def by_grpo(recipe, network, begun, schedule, log):
    """TRL's trainer, which ends by our clock."""
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from shared.models.text import END_OF_TEXT

    names = AutoTokenizer.from_pretrained(WEIGHTS / recipe.base)
    names.pad_token = names.eos_token
    optimizer = optimizer_of(network, recipe.learning_rate)
    log.load(optimizer)
    at = {"step": schedule.start}

    def share(_):
        return max(0.0, rate(schedule.done(at["step"]), recipe.decay, at["step"], recipe.warmup))

    def reward(prompts, completions, completion_ids, **_):
        told = [
            Told(prompt.removeprefix(END_OF_TEXT), text, ids[-1:] == [names.eos_token_id])
            for prompt, text, ids in zip(prompts, completions, completion_ids, strict=True)
        ]
        at["rewards"] = rewards(recipe.reward, told)
        return at["rewards"]

    class Clock(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            at["step"] += 1
            log.take(at["step"], optimizer, drawn=mean(at["rewards"]))
            network.train()
            control.should_training_stop = schedule.done(at["step"]) >= 1

    trainer = GRPOTrainer(
        model=network,
        reward_funcs=reward,
        args=GRPOConfig(
            output_dir=str(log.checkpoint),
            per_device_train_batch_size=recipe.batch,
            num_generations=recipe.drafts,
            max_completion_length=recipe.length,
            max_steps=schedule.steps - schedule.start if schedule.seconds is None else 1_000_000,
            beta=recipe.beta,
            max_grad_norm=1.0,
            seed=recipe.seed + schedule.start,
            use_cpu=not torch.cuda.is_available(),
            bf16=False,
            gradient_checkpointing=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list([{"prompt": END_OF_TEXT + opening} for opening in begun]),
        processing_class=names,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)),
        callbacks=[Clock()],
    )
    trainer.train()
    return at["step"]


# ---- what both share -------------------------------------------------------------------------------


class Log:
    """Measures along the way, writes training.json and checkpoints."""

    def __init__(self, recipe, output, schedule, network, tokenizer, held_out, resume):
        self.recipe, self.output, self.schedule = recipe, output, schedule
        self.network, self.tokenizer, self.held_out = network, tokenizer, held_out
        self.checkpoint = output / "checkpoint"
        self.checkpoint.mkdir(parents=True, exist_ok=True)
        self.resumed = resume and (self.checkpoint / "step.json").is_file()
        self.points, self.running, self.saved = [], {}, time.monotonic()
        if self.resumed:
            schedule.resume(self.checkpoint)
            self.points = json.loads((output / "training.json").read_text())["points"]

    def load(self, optimizer):
        """The adapter and its optimizer as the checkpoint has them."""
        if self.resumed:
            kept = torch.load(self.checkpoint / "state.pt", weights_only=True)
            self.network.load_state_dict(kept["adapter"], strict=False)
            optimizer.load_state_dict(kept["optimizer"])
        else:
            self.look(0)

    def take(self, step, optimizer, **losses):
        """After a step. Looks when a further part of the time is over."""
        for name, value in losses.items():
            self.running[name] = 0.9 * self.running.get(name, value) + 0.1 * value
        done = self.schedule.done(step)
        if int(done * LOOKS) > int(self.points[-1]["done"] * LOOKS) or done >= 1:
            self.look(step)
        if time.monotonic() - self.saved > CHECKPOINT_SECONDS or done >= 1:
            adapter = {name: p.detach() for name, p in self.network.named_parameters() if p.requires_grad}
            torch.save({"adapter": adapter, "optimizer": optimizer.state_dict()}, self.checkpoint / "state.pt")
            self.schedule.save(self.checkpoint, step)
            self.saved = time.monotonic()

    def look(self, step):
        point = {"step": step, "done": round(min(1.0, self.schedule.done(step)), 3)}
        point |= {name: round(value, 4) for name, value in self.running.items()}
        self.points.append(point | looked(self.network, self.tokenizer, self.recipe, self.held_out))
        print(self.points[-1], flush=True)
        log = {"recipe": asdict(self.recipe), "steps": step, "points": self.points}
        (self.output / "training.json").write_text(json.dumps(log) + "\n")


def train(recipe, data, output, steps=None, resume=False, minutes=None):
    """Train and save into `output`: the adapter, training.json, checkpoint/."""
    output = Path(output)
    sources = read_stories(data)
    stories, held_out = sources[main_source(sources)]
    tokenizer = TextTokenizer.load(WEIGHTS / recipe.base)
    network = adapted(WEIGHTS / recipe.base, recipe.rank, recipe.alpha, recipe.layers, recipe.seed)
    schedule = Schedule(steps or recipe.steps, minutes)
    log = Log(recipe, output, schedule, network, tokenizer, openings(held_out, LOOKED), resume)
    method = {"dpo": by_dpo, "grpo": by_grpo}[recipe.family]
    method(recipe, network, openings(stories, MOST_OPENINGS), schedule, log)
    save_adapter(network, output)
