"""The process that trains for one visitor; process.py starts it.

Commands come on standard input, {"do": "pause" | "resume" | "step" | "stop", "n": 1}, after a first line with the plan.
Events go to standard output: data, progress, grid, score, tick (once a second, so that a cut pipe is noticed), end.
"""

import json
import math
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from shared.training.live.model import grid, save
from shared.training.live.plans import Plan, score_steps, training_recipe
from shared.training.live.process import MOST_PAUSE_S, MOST_SECONDS, THREADS

SCORED = 1000  # pictures
PROGRESS_S = 0.25
GRID_S = 2.0


def main(follow: Callable[..., None], plan: type) -> None:
    """follow(plan, folder, data, events, hand) trains; plan: the class of what the first line holds."""
    events = Events()
    threading.Thread(target=events.tick, daemon=True).start()
    given = json.loads(sys.stdin.readline())
    folder, data = Path(given.pop("folder")), given.pop("data")
    hand = Hand()
    threading.Thread(target=hand.listen, daemon=True).start()
    lower_priority()
    try:
        follow(plan(**given), folder, data or None, events, hand)
    except (Exception, SystemExit) as error:
        traceback.print_exc()  # into the log of this training
        words = str(error) if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
        events.send("end", why="failed", sentence=f"The training failed. {' '.join(words.split())[:300]}")
    os._exit(0)  # the threads wait for input that may never come


def lower_priority() -> None:
    """Clicks of other visitors come first."""
    if hasattr(os, "nice"):
        os.nice(10)
    else:
        import psutil

        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


class Events:
    """Standard output, for events alone: whatever else is printed goes to the log."""

    def __init__(self):
        self.stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self.lock = threading.Lock()
        os.dup2(2, 1)

    def send(self, event: str, **fields) -> None:
        with self.lock:
            try:
                self.stream.write(json.dumps({"event": event, **fields}) + "\n")
                self.stream.flush()
            except OSError:  # nobody listens any more
                os._exit(1)

    def tick(self) -> None:
        while True:
            time.sleep(1)
            self.send("tick")


class Hand:
    """The visitor's hand on the training: what has been asked for, and how long it has been paused."""

    def __init__(self):
        self.commands = queue.Queue()
        self.allowed = math.inf  # steps until the next pause
        self.stopped = False
        self.paused_s = 0.0

    def listen(self) -> None:
        for line in sys.stdin:
            self.commands.put(json.loads(line))
        os._exit(1)  # the other side is gone

    def take(self, wait: float | None = None) -> None:
        """Does what the commands say that have come; with `wait`, waits up to so many seconds for the first."""
        while True:
            try:
                command = self.commands.get(timeout=wait) if wait else self.commands.get_nowait()
            except queue.Empty:
                return
            wait = None
            what = command["do"]
            self.stopped = self.stopped or what == "stop"
            if what != "stop":
                self.allowed = {"pause": 0, "resume": math.inf, "step": command["n"]}[what]


def follow(plan: Plan, folder: Path, data: str | None, events: Events, hand: Hand) -> None:
    """Trains, and tells of it."""
    import torch

    from shared.data.digits import MNIST, read_digits
    from shared.training.loop import EarlyStopping, train

    torch.set_num_threads(THREADS)
    digits = read_digits(data)
    floor = distance_of(digits) if digits.source != MNIST else None
    events.send("data", source=digits.source, floor=floor)
    every, running, smooth = score_steps(plan.steps), 0.0, {}
    scores, stopping, told_at, drawn_at, progress = [], EarlyStopping(plan.patience), 0.0, 0.0, None
    events.send("data", phase="running")
    mark = None  # the clock starts after the first step: what comes before is building

    def tell(phase: str) -> None:
        losses = {name: round(value, 4) for name, value in smooth.items()}
        events.send("progress", step=progress.step, steps=plan.steps, losses=losses, seconds=running, phase=phase)

    def draw() -> None:
        events.send("grid", grid=grid(progress.training.sampler()), grid_step=progress.step)

    def score() -> None:
        from shared.evaluation.digits import quick

        model = progress.training.sampler()
        measured = quick(model, SCORED)
        scores.append({"step": progress.step, "frechet": measured["frechet"], "classes": measured["classes"]})
        events.send("score", **scores[-1])
        stopping.see(measured["frechet"], lambda: (model, progress.step))

    def end(why: str) -> None:
        model, step = stopping.kept or (progress.training.sampler(), progress.step)
        save(model, plan, folder, {"kept_step": step, "data": digits.source, "seconds": running, "scores": scores})
        events.send("end", why=why, kept_step=step)

    for progress in train(training_recipe(plan), digits, plan.steps):
        running += time.monotonic() - (mark or time.monotonic())
        mark = time.monotonic()
        if not all(math.isfinite(value) for value in progress.losses.values()):
            lost = f"The training diverged: at step {progress.step} its loss was no longer a number."
            events.send("end", why="diverged", sentence=f"{lost} Try a lower learning rate.")
            return
        for name, value in progress.losses.items():
            smooth[name] = 0.9 * smooth.get(name, value) + 0.1 * value
        hand.take()
        hand.allowed -= 1
        last = progress.step == plan.steps or running > MOST_SECONDS
        pausing = hand.allowed <= 0 and not (hand.stopped or last)
        if mark - told_at > PROGRESS_S or pausing or last or hand.stopped:
            tell("paused" if pausing else "running")
            told_at = mark
        if mark - drawn_at > GRID_S or pausing or last or hand.stopped:
            draw()
            drawn_at = mark
        if not hand.stopped and (progress.step % every == 0 or last):
            score()
        if hand.stopped or last or stopping.over:
            finished = progress.step == plan.steps
            return end("stopped" if hand.stopped else "finished" if finished else "time" if last else "early")
        running += time.monotonic() - mark  # drawing and scoring are part of what it costs
        if pausing:
            begun = time.monotonic()
            while hand.allowed <= 0 and not hand.stopped:
                hand.take(wait=1)
                if hand.paused_s + time.monotonic() - begun > MOST_PAUSE_S:
                    return end("pause")
            hand.paused_s += time.monotonic() - begun
            if hand.stopped:
                return end("stopped")
            events.send("data", phase="running")
        mark = time.monotonic()


def distance_of(digits) -> float:
    """How far the training pictures themselves lie from MNIST's: no generator of them comes closer."""
    from shared.data.digits import unit
    from shared.evaluation.digits import frechet, gaussian, judge, reference

    _, features = judge().judge(unit(digits.images[:SCORED]))
    return frechet(gaussian(features), reference())


if __name__ == "__main__":
    main(follow, Plan)
