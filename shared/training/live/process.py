"""This side of a training: who waits, who runs, the child process and what comes from it. No torch is imported.

The child is child.py; the two speak JSON, one object on each line: commands on the child's standard input, events on
its standard output. The child ends when either pipe is cut, so it never outlives this process.
"""

import atexit
import contextlib
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.core.limits import KEPT, TRAINING
from shared.core.settings import settings
from shared.core.threads import cores
from shared.training.live.state import State

ROOT = Path(__file__).resolve().parents[3]
log = logging.getLogger(__name__)

MOST_SECONDS = 600  # of training,
MOST_PAUSE_S = 300  # and of pauses in all: a paused training still holds its place
GRACE_S = 20  # how long a training goes on that nobody watches
STOP_S = 20  # how long the child may take to save what it has
KEEP_S = KEPT["trainings"].seconds  # how long the weights are kept,
MOST_KEPT = KEPT["trainings"].number  # and of how many trainings: each takes up to 15 MB
MOST_WAITING = 8
THREADS = 1  # with two these small networks are a fifth faster, and the visitors' clicks wait
AT_ONCE = max(1, min(4, cores() // 4))
PACE = 0.5  # seconds between two states that `watch` yields
MOST_POINTS = 160  # of a curve; beyond that every second one goes
PREFIX = TRAINING

_lock = threading.RLock()  # guards the three lists
_waiting: list["Training"] = []
_running: list["Training"] = []
_kept: list["Training"] = []  # ended, with weights on the disk; the oldest first


def begin(plan: Any, root: Path | None = None, kind: "type[Training] | None" = None) -> "Training":
    """Starts a training, or puts it in the line. `root`: where its folder goes, else the place for temporary files.

    kind: another class than Training, for a plan of another kind.
    """
    if not settings().training:
        raise UserError("Training in the page is turned off on this machine (AIGC_TRAINING=0).")
    with _lock:
        _forget_strays(root)
        if len(_waiting) >= MOST_WAITING:
            raise UserError(f"{MOST_WAITING} visitors already wait to train here; please come back in some minutes.")
        training = (kind or Training)(plan, root)
        _waiting.append(training)
        _start_next()
    return training


def _start_next() -> None:
    with _lock:
        now = time.monotonic()
        for alone in [training for training in _waiting if now - training.watched > GRACE_S]:
            alone.leave()
        while _waiting and len(_running) < AT_ONCE:
            _running.append(_waiting.pop(0))
            _running[-1].start()
        for place, training in enumerate(_waiting, 1):
            training.change(place=place)


def _forget_strays(root: Path | None) -> None:
    """Deletes what a process that was killed has left."""
    for folder in (root or Path(tempfile.gettempdir())).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > 2 * (KEEP_S + MOST_SECONDS + MOST_PAUSE_S):
                shutil.rmtree(folder)


@atexit.register
def _leave_all() -> None:
    for training in [*_waiting, *_running, *_kept]:
        training.leave()


class Training:
    """One visitor's training: waits, runs in a child process, and is over."""

    program = "shared.training.live.child"  # the child; it gets the plan as JSON, and leaves in the folder
    weights = "model.safetensors"
    packs = ("config.json", "model.safetensors", "training.json")

    def __init__(self, plan: Any, root: Path | None = None):
        self.plan = plan
        self.state = State(steps=plan.steps)
        self.watched = time.monotonic()
        self.process: subprocess.Popen[str] | None = None
        # The page offers the weights by their path, which only this visitor may be able to name.
        self.folder = Path(root or tempfile.gettempdir()) / (PREFIX + secrets.token_urlsafe(16))
        self.ended = threading.Event()  # set with the last state
        self._news = threading.Condition()
        self._version = 0

    # -- for the page

    def watch(self) -> Iterator[State]:
        """The state at each change, at most every PACE seconds and at least once a second. Closing it stops the
        training and keeps what it has."""
        try:
            seen = -1
            while True:
                with self._news:
                    if self._version == seen:
                        self._news.wait(timeout=1)
                    seen, state = self._version, self.state
                self.watched = time.monotonic()
                yield state
                if state.phase == "ended":
                    return
                time.sleep(PACE)
        finally:
            if self.state.phase != "ended":
                self.tell("stop")

    def tell(self, what: str, n: int = 1) -> None:
        """pause, resume, step (n steps, then pause) or stop (within one step; the model so far is kept)."""
        if what == "stop":
            with _lock:
                if self in _waiting:
                    _waiting.remove(self)
                    self.change(phase="ended", why="stopped")
                    _start_next()
                    return
            if self.state.step == 0:  # it still imports: there is nothing to keep
                self.change(why="stopped")
                self.kill()
                return
            self._later(STOP_S, self.kill)
        if self.process is None or self.state.phase == "ended":
            return
        with contextlib.suppress(OSError):  # it has just ended by itself
            self._send({"do": what, "n": n})

    def leave(self) -> None:
        """Ends it at once and deletes its folder: the visitor is gone, or wants another one."""
        with _lock:
            if self in _waiting:
                _waiting.remove(self)
            if self in _kept:
                _kept.remove(self)
        if self.state.phase != "ended":
            self.change(why="left")
            self.kill()
            if self.process is None:
                self.change(phase="ended")
        shutil.rmtree(self.folder, ignore_errors=True)

    def model_folder(self) -> Path | None:
        """The folder that `load` reads, where there are weights and they are still kept."""
        return self.folder if (self.folder / self.weights).is_file() else None

    def over(self) -> bool:
        """Whether it has ended and nothing of it is left."""
        return self.state.phase == "ended" and self.model_folder() is None

    def packed(self) -> Path | None:
        """NAME.zip with weights, config and how they came to be; None where there are none."""
        if self.model_folder() is None:
            return None
        path = self.folder / f"{self.plan.name}.zip"
        if not path.exists():
            with zipfile.ZipFile(path, "w") as archive:
                for name in self.packs:
                    archive.write(self.folder / name, f"{self.plan.name}/{name}")
        return path

    # -- the child

    def start(self) -> None:
        """Called with a free place, by `_start_next`."""
        self.change(phase="starting", place=0)
        self.folder.mkdir(parents=True)
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "CUDA_VISIBLE_DEVICES": "", "PYTHONUTF8": "1"}
        with (self.folder / "log.txt").open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        self._send(asdict(self.plan) | {"folder": str(self.folder), "data": str(settings().data or "")})
        threading.Thread(target=self._listen, name="training", daemon=True).start()
        self._later(MOST_SECONDS + MOST_PAUSE_S + 120, self.kill)  # should the child's own clock fail

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def change(self, **fields: Any) -> None:
        with self._news:
            self.state = replace(self.state, **fields)
            self._version += 1
            if self.state.phase == "ended":
                self.ended.set()
            self._news.notify_all()

    def _listen(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        end: dict[str, Any] = {}
        for line in self.process.stdout:
            event = json.loads(line)
            kind = event.pop("event")
            if kind == "end":
                end = event
            elif kind != "tick":
                self._take(kind, event)
            if time.monotonic() - self.watched > GRACE_S:
                self.change(why="left")
                self.kill()
        self._over(end, self.process.wait())

    def _take(self, kind: str, event: dict[str, Any]) -> None:
        state = self.state
        if kind == "progress":
            losses = (*state.losses, (event["step"], event.pop("losses")))
            if len(losses) > MOST_POINTS:
                losses = losses[1::2] if len(losses) % 2 == 0 else losses[::2]  # the newest stays
            self.change(losses=losses, **event)
        elif kind == "score":
            self.change(scores=(*state.scores, event))
        else:
            self.change(**event)

    def _over(self, end: dict[str, Any], code: int) -> None:
        why = end.get("why") or self.state.why or "failed"
        sentence = end.get("sentence", "")
        if why == "failed":
            log.warning("A training failed:\n%s", (self.folder / "log.txt").read_text("utf-8")[-4000:])
            sentence = sentence or f"The training ended by itself (code {code}); this machine may be short of memory."
        with _lock:
            _running.remove(self)
            if why == "left" or self.model_folder() is None:
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                _kept.append(self)
                self._later(KEEP_S, self.leave)
            while len(_kept) > MOST_KEPT:
                _kept[0].leave()
        if self.state.step > 20:
            _paces[self.plan.name] = self.state.seconds / self.state.step
        self.change(phase="ended", why=why, sentence=sentence, kept_step=end.get("kept_step", 0))
        _start_next()

    @staticmethod
    def _later(seconds: float, function: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, function)
        timer.daemon = True
        timer.start()


_paces: dict[str, float] = {}  # name of the training recipe -> seconds a step, of the newest training here


def pace(name: str) -> float | None:
    """Seconds that a step takes on this machine; None before the first training."""
    return _paces.get(name)
