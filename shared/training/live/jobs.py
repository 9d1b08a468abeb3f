"""Training that a visitor watches: in a child process of low priority, a few at a time, for some minutes at most.

    training = begin(checked("dcgan-mnist", steps=600))   # UserError where nobody more can wait
    for state in training.watch():                        # at each change, and at least once a second
        print(state.phase, state.step, state.losses)
    training.tell("pause"), training.tell("step", 100), training.tell("resume"), training.tell("stop")
    training.leave()                                      # ends it and deletes its folder

This side imports no torch. The child is shared/training/live/child.py; the two speak JSON, one object on each line:
commands on the child's standard input, events on its standard output. The child ends when either pipe is cut, so it
never outlives this process.
"""

import atexit
import base64
import contextlib
import io
import json
import logging
import math
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shared.core.errors import UserError
from shared.core.settings import settings
from shared.core.threads import cores
from shared.training import recipes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
log = logging.getLogger(__name__)

MOST_STEPS = 20_000
MOST_SECONDS = 600  # of training,
MOST_PAUSE_S = 300  # and of pauses in all: a paused training still holds its place
GRACE_S = 20  # how long a training goes on that nobody watches
STOP_S = 20  # how long the child may take to save what it has
KEEP_S = 3600  # how long the weights are kept,
MOST_KEPT = 12  # and of how many trainings: each takes up to 15 MB
MOST_WAITING = 8
THREADS = 1  # with two these small networks are a fifth faster, and the visitors' clicks wait
AT_ONCE = max(1, min(4, cores() // 4))
PACE = 0.25  # seconds between two states that `watch` yields
MOST_POINTS = 160  # of a curve; beyond that every second one goes
GRID = (5, 10)  # rows and columns; the columns of a conditional model are the digits 0 to 9
GAP = 2  # pixels between two digits
PREFIX = "aigc-training-"


# ---- what may be trained, and how -------------------------------------------------------------------------

NORMS = ("none", "batch", "layer", "spectral")


@dataclass(frozen=True)
class Job:
    """What a visitor asks for, checked. Fields are those of the recipe that they replace."""

    name: str
    steps: int
    seed: int
    learning_rate: float
    decay: float
    ema: float
    label_smoothing: float = 0.0
    feature_matching: float = 0.0
    critic_steps: int = 1
    norm: str = ""  # of the discriminator; "" where the network has none to choose
    patience: int = 0  # scores in a row without a better one after which it stops and keeps the best; 0: never


# name -> (low, high, what to call it) of the numbers that a visitor may change
RANGES = {
    "steps": (1, MOST_STEPS, "The number of steps"),
    "seed": (0, 2**31 - 1, "The seed"),
    "learning_rate": (1e-6, 0.1, "The learning rate"),
    "decay": (0.0, 1.0, "The share of steps over which the learning rate falls"),
    "ema": (0.0, 0.9999, "The moving average"),
    "label_smoothing": (0.0, 0.4, "Label smoothing"),
    "feature_matching": (0.0, 10.0, "Feature matching"),
    "critic_steps": (1, 5, "Discriminator steps"),
    "patience": (0, 20, "Early stopping"),
}
WHOLE = {"steps", "seed", "critic_steps", "patience"}

# Steps of the two presets: a look in about a minute and a run that converges within three, on two cores without a
# GPU; presets.py measures both.
STEPS = {
    "cgan-mnist": (600, 2000),
    "hinge-mnist": (600, 2000),
    "wgan-gp-mnist": (150, 500),
    "lsgan-mnist": (600, 2000),
    "dcgan-mnist": (600, 2000),
    "gan-mnist": (1500, 3500),
    "vae-mnist": (3000, 9000),
}
NAMES = tuple(STEPS)

# Over so few steps the networks must learn faster than over the whole length of the recipe: measured on 800 steps, this
# brought DCGAN from a distance of 668 to 279, and the conditional GAN from 700 to 442; the textbook GAN came to 630 in
# 3,000 steps instead of 3,388 in 5,000, with Adam's beta1 at 0.5 and a falling rate.
SHORT_RATES = {
    **dict.fromkeys(("cgan-mnist", "hinge-mnist", "wgan-gp-mnist", "lsgan-mnist", "dcgan-mnist"), 2e-3),
    "gan-mnist": 6e-4,
}

# What the third preset changes: so large a learning rate goes wrong where nothing holds the discriminator, and is
# there to be cured with the remedies.
COLLAPSE = {"learning_rate": 1e-2, "ema": 0.0, "decay": 0.0}
FRAGILE = ("lsgan-mnist", "dcgan-mnist", "gan-mnist")


def presets(name: str) -> tuple[str, ...]:
    """The presets that a recipe has."""
    return ("quick", "good", "collapse") if name in FRAGILE else ("quick", "good")


def preset(name: str, which: str) -> Job:
    """The settings of a preset. UserError where the recipe or the preset is not known."""
    if name not in STEPS:
        raise UserError(f"There is no recipe called {str(name)[:40]!r} here; choose one of {', '.join(NAMES)}.")
    if which not in presets(name):
        raise UserError(f"{name} has no preset called {str(which)[:40]!r}; choose one of {', '.join(presets(name))}.")
    row = recipes.recipe(name)
    quick, good = STEPS[name]
    remedies = ("label_smoothing", "feature_matching", "critic_steps") if gan(name) else ()
    job = Job(
        name,
        steps=good if which == "good" else quick,
        seed=0,
        learning_rate=SHORT_RATES.get(name, row.learning_rate),
        decay=0.5 if gan(name) else row.decay,
        # Over so few steps an average of the last thousand would still show the beginning.
        ema=0.99 if row.ema else 0.0,
        norm=row.model.get("norm", ""),
        **{field: getattr(row, field) for field in remedies},
    )
    return replace(job, **COLLAPSE, norm="none" if job.norm else "") if which == "collapse" else job


def gan(name: str) -> bool:
    """Whether the recipe has a discriminator, and so the remedies."""
    return isinstance(recipes.recipe(name), recipes.GANRecipe)


def checked(name: str, **values) -> Job:
    """A job with these values, the others as the preset "good" has them. UserError: one sentence."""
    job = preset(name, "good")
    unknown = values.keys() - asdict(job).keys()
    if unknown:
        raise UserError(f"There is no option called {sorted(unknown)[0][:40]!r}.")
    for key, value in values.items():
        if key in RANGES:
            values[key] = number(key, value)
    job = replace(job, **values)
    row = recipes.recipe(name)
    if not gan(name):
        return replace(job, label_smoothing=0.0, feature_matching=0.0, critic_steps=1, norm="")
    if job.label_smoothing and row.loss != "bce":
        raise UserError("Label smoothing needs the loss of gan-mnist and dcgan-mnist; set it to 0 for the others.")
    if "norm" not in row.model:
        return replace(job, norm="")
    if job.norm not in NORMS:
        raise UserError(f"The normalisation must be one of {', '.join(NORMS)}, not {str(job.norm)[:40]}.")
    if job.norm == "batch" and row.loss == "wgan-gp":
        raise UserError("wgan-gp-mnist takes no batch normalisation: its penalty is for each picture by itself.")
    return job


def number(key: str, value):
    """The number in `value`, in the range that `key` has. UserError: one sentence."""
    low, high, words = RANGES[key]
    kind = "a whole number" if key in WHOLE else "a number"
    right = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not right or not low <= value <= high or (key in WHOLE and value != int(value)):
        raise UserError(f"{words} must be {kind} from {low:,} to {high:,}, not {str(value)[:20]}.")
    return int(value) if key in WHOLE else float(value)


def recipe_of(job: Job):
    """The recipe with the job's changes."""
    row = recipes.recipe(job.name)
    changes = {"learning_rate": job.learning_rate, "decay": job.decay, "ema": job.ema, "seed": job.seed}
    if gan(job.name):
        changes |= {key: getattr(job, key) for key in ("label_smoothing", "feature_matching", "critic_steps")}
        changes["beta1"] = 0.5
    if job.norm:
        changes["model"] = row.model | {"norm": job.norm}
    return replace(row, **changes, score_steps=0, patience=0)  # the child scores by itself: with the classes


def score_steps(steps: int) -> int:
    """How often the digit Frechet distance is measured: it costs about as much as some steps."""
    return max(25, min(200, steps // 10))


# ---- what is known of a training ---------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """A training as it is at one moment."""

    phase: str = "waiting"  # waiting, starting, running, paused, ended
    why: str = ""  # at the end: finished, stopped, early, time, pause, diverged, failed or left
    sentence: str = ""  # what went wrong
    place: int = 0  # in the line, from 1
    step: int = 0
    steps: int = 0
    seconds: float = 0.0  # of training, without pauses
    losses: tuple = ()  # (step, {name: value})
    scores: tuple = ()  # {"step", "frechet", "classes": ten shares}
    grid: str = ""  # base64 of a PNG: five rows of ten digits from the same latents all along
    grid_step: int = 0
    source: str = ""  # the data that it learns from
    floor: float | None = None  # distance of those data themselves
    kept_step: int = 0  # the step whose weights are kept; early stopping goes back to the best


NOISE = 2000  # a single digit, well drawn, is up to 1,950 from MNIST; noise 4,000 to 6,000, and for our judge all an 8


def alarm(state: State) -> str:
    """ "few" where hardly any picture shows some digit, "one" where most show the same, "noise" where none shows any.

    Nothing in the first quarter: every generator begins with noise.
    """
    if not state.scores or state.step < state.steps / 4:
        return ""
    classes = state.scores[-1]["classes"]
    if state.scores[-1]["frechet"] > NOISE:
        return "noise" if state.step > state.steps / 2 else ""
    if max(classes) > 0.5:
        return "one"
    return "few" if min(classes) < 0.01 else ""


def remedy(job: Job) -> str:
    """The name of the option to try against a collapse, the mildest that is not on yet."""
    tried = [
        ("learning_rate", job.learning_rate > 5e-4),
        ("norm", job.norm == "none"),
        ("label_smoothing", gan(job.name) and recipes.recipe(job.name).loss == "bce" and not job.label_smoothing),
        ("feature_matching", not job.feature_matching),
        ("critic_steps", job.critic_steps == 1),
    ]
    return next((name for name, helps in tried if helps), "hinge-mnist" if job.name != "hinge-mnist" else "steps")


# ---- the trainings of this process -------------------------------------------------------------------------

_lock = threading.RLock()  # guards the three lists
_waiting: list["Training"] = []
_running: list["Training"] = []
_kept: list["Training"] = []  # ended, with weights on the disk; the oldest first


def begin(job: Job, root: Path | None = None) -> "Training":
    """Starts a training, or puts it in the line. `root`: where its folder goes, else the place for temporary files."""
    if not settings().training:
        raise UserError("Training in the page is turned off on this machine (AIGC_TRAINING=0).")
    with _lock:
        _forget_strays(root)
        if len(_waiting) >= MOST_WAITING:
            raise UserError(f"{MOST_WAITING} visitors already wait to train here; please come back in some minutes.")
        training = Training(job, root)
        _waiting.append(training)
        _start_next()
    return training


def _start_next() -> None:
    with _lock:
        now = time.monotonic()
        for one in [one for one in _waiting if now - one.watched > GRACE_S]:
            one.leave()
        while _waiting and len(_running) < AT_ONCE:
            one = _waiting.pop(0)
            _running.append(one)
            one.start()
        for place, one in enumerate(_waiting, 1):
            one.change(place=place)


def _forget_strays(root: Path | None) -> None:
    """Deletes what a process that was killed has left."""
    for folder in (root or Path(tempfile.gettempdir())).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > 2 * (KEEP_S + MOST_SECONDS + MOST_PAUSE_S):
                shutil.rmtree(folder)


@atexit.register
def _leave_all() -> None:
    for one in [*_waiting, *_running, *_kept]:
        one.leave()


class Training:
    """One visitor's training: waits, runs in a child process, and is over."""

    def __init__(self, job: Job, root: Path | None = None):
        self.job = job
        self.state = State(steps=job.steps)
        self.watched = time.monotonic()
        self.process: subprocess.Popen | None = None
        # The page offers the weights by their path, which only this visitor may be able to name.
        self.folder = Path(root or tempfile.gettempdir()) / (PREFIX + secrets.token_urlsafe(16))
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
            self.process.stdin.write(json.dumps({"do": what, "n": n}) + "\n")
            self.process.stdin.flush()

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
        return self.folder if (self.folder / "model.safetensors").is_file() else None

    def over(self) -> bool:
        """Whether it has ended and nothing of it is left."""
        return self.state.phase == "ended" and self.model_folder() is None

    def packed(self) -> Path | None:
        """NAME.zip with weights, config and how they came to be; None where there are none."""
        if self.model_folder() is None:
            return None
        path = self.folder / f"{self.job.name}.zip"
        if not path.exists():
            with zipfile.ZipFile(path, "w") as archive:
                for name in ("config.json", "model.safetensors", "training.json"):
                    archive.write(self.folder / name, f"{self.job.name}/{name}")
        return path

    # -- the child

    def start(self) -> None:
        """Called with a free place, by `_start_next`."""
        self.change(phase="starting", place=0)
        self.folder.mkdir(parents=True)
        given = asdict(self.job) | {"folder": str(self.folder), "data": str(settings().data or "")}
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "CUDA_VISIBLE_DEVICES": "", "PYTHONUTF8": "1"}
        with (self.folder / "log.txt").open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shared.training.live.child"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
            )
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        threading.Thread(target=self._listen, name="training", daemon=True).start()
        self._later(MOST_SECONDS + MOST_PAUSE_S + 120, self.kill)  # should the child's own clock fail

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def change(self, **fields) -> None:
        with self._news:
            self.state = replace(self.state, **fields)
            self._version += 1
            self._news.notify_all()

    def _listen(self) -> None:
        end = {}
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

    def _take(self, kind: str, event: dict) -> None:
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

    def _over(self, end: dict, code: int) -> None:
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
            _paces[self.job.name] = self.state.seconds / self.state.step
        self.change(phase="ended", why=why, sentence=sentence, kept_step=end.get("kept_step", 0))
        _start_next()

    @staticmethod
    def _later(seconds: float, function) -> None:
        timer = threading.Timer(seconds, function)
        timer.daemon = True
        timer.start()


_paces: dict[str, float] = {}  # name of the recipe -> seconds a step, of the newest training here


def pace(name: str) -> float | None:
    """Seconds that a step takes on this machine; None before the first training."""
    return _paces.get(name)


def load(folder: Path):
    """The model of a training, from its folder: a DigitModel in float32, ready to draw from. Imports torch."""
    from shared.training.loop import imported

    name = json.loads((Path(folder) / "training.json").read_text("utf-8"))["name"]
    return imported(recipes.recipe(name).network).from_pretrained(str(folder), strict=True).float().eval()


def grid(model, seed: int = 0) -> str:
    """Base64 of a PNG of 50 digits, ink on paper, from the seeds seed, seed + 1, ..."""
    import torch
    from PIL import Image

    rows, columns = GRID
    seeds = range(seed, seed + rows * columns)
    with torch.inference_mode():
        labels = torch.arange(columns).repeat(rows) if model.conditional else None
        images = model.decode(model.latents(seeds), labels)
    size = images.shape[-1] + GAP
    images = torch.nn.functional.pad(images, (0, GAP, 0, GAP))[:, 0].view(rows, columns, size, size)
    ink = images.transpose(1, 2).reshape(rows * size, columns * size)[:-GAP, :-GAP]
    stream = io.BytesIO()
    Image.fromarray((255 * (1 - ink)).round().byte().numpy()).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
