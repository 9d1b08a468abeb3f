"""The process that makes a visitor's adapter from choices; preferences.py says what it gets, child.py how it speaks."""

import time
from pathlib import Path

from shared.training.live.child import Events, Hand, main
from shared.training.live.preferences import BATCH, BETA, LEARNING_RATE, Choices


def follow(plan: Choices, folder: Path, data: str | None, events: Events, hand: Hand) -> None:
    """Trains, and tells of it."""
    import torch

    from shared.core.registry import WEIGHTS
    from shared.training.feedback import adapted, dpo_step, optimizer_of, save_adapter
    from shared.training.live.process import THREADS
    from shared.training.recipes import recipe

    torch.set_num_threads(THREADS)
    row = recipe("gpt2-stories-faithful")
    network = adapted(WEIGHTS / row.base, row.rank, row.alpha, row.layers)
    optimizer, noise = optimizer_of(network, LEARNING_RATE), torch.Generator().manual_seed(0)
    events.send("data", phase="running", source="choices")
    begun, step, smooth = time.monotonic(), 0, {}
    while step < plan.steps and (seconds := time.monotonic() - begun) < plan.seconds and not hand.stopped:
        order = torch.randperm(len(plan.pairs), generator=noise)[:BATCH].tolist()
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - max(step / plan.steps, seconds / plan.seconds))
        loss, right = dpo_step(network, optimizer, [plan.pairs[i] for i in order], BETA)
        step += 1
        for name, value in (("loss", loss), ("right", right)):
            smooth[name] = 0.8 * smooth.get(name, value) + 0.2 * value
        losses = {name: round(value, 4) for name, value in smooth.items()}
        taken = round(time.monotonic() - begun, 1)
        events.send("progress", step=step, steps=plan.steps, losses=losses, seconds=taken, phase="running")
        hand.take()
    save_adapter(network, folder)
    events.send("end", why="stopped" if hand.stopped else "finished", kept_step=step)


if __name__ == "__main__":
    main(follow, Choices)
