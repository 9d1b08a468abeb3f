"""How far a training is, by its steps or by the clock: with `--minutes` the rate is zero when the time is up."""

import json
import time
from pathlib import Path

LAST = 0.999  # a first step is made, however late it is


class Schedule:
    """steps: how many there are, without minutes. `resume` goes on with the steps and the seconds of before."""

    def __init__(self, steps, minutes=None, accelerator=None):
        self.steps, self.seconds, self.accelerator = steps, 60 * minutes if minutes else None, accelerator
        self.start, self.begun = 0, time.monotonic()

    def resume(self, folder):
        """Takes over what `save` wrote into the folder of a checkpoint."""
        kept = json.loads((Path(folder) / "step.json").read_text())
        self.start, seconds = kept if isinstance(kept, list) else (kept, 0.0)
        self.begun = time.monotonic() - seconds

    def save(self, folder, step):
        (Path(folder) / "step.json").write_text(json.dumps([step, round(time.monotonic() - self.begun, 1)]))

    def done(self, step):
        """The share in [0, 1] that is over before this step; the same in all processes."""
        if not self.seconds:
            return step / self.steps
        share = (time.monotonic() - self.begun) / self.seconds
        if self.accelerator is not None and self.accelerator.num_processes > 1:
            import torch

            share = self.accelerator.reduce(torch.tensor(share, device=self.accelerator.device), "mean").item()
        return min(1.0 if step > self.start else LAST, share)

    def expected(self, step):
        """How many steps there will be; by the clock a guess from those that were made since it began."""
        if not self.seconds:
            return self.steps
        share = (time.monotonic() - self.begun) / self.seconds
        return max(step, round(step / share)) if share < 1 else step


def rate(done, decay, step=0, rise=0):
    """Share of the learning rate: linear up over the first `rise` steps, constant, then linear to zero over the last
    `decay` of the training."""
    return min(1.0, (step + 1) / max(1, rise), (1 - done) / decay if decay else 1.0)
