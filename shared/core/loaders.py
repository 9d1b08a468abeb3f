"""Name -> ready model, in memory once, and it always says where it came from.

    for sentence in loaders.prepare("gpt2"):   # downloads and loads; yields nothing where the model is ready
        show(sentence)
    with loaders.use("gpt2") as loaded:        # pinned: it stays in memory until the block is left
        loaded.model, loaded.notice

Order: a folder of the host's own, the Hub's cache (no network), the Hub, the bundled starter of the task. The
last one only where the Hub is not there, and with a notice: a wrong name or a damaged file is an error.
"""

import gc
import hashlib
import importlib
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.core import hub, registry
from shared.core.errors import UserError
from shared.core.hub import Progress, check_hub, hub_state
from shared.core.machine import device, memory_budget_mb, on_gpu
from shared.core.registry import WEIGHTS, ModelSpec
from shared.core.settings import settings

__all__ = ["Loaded", "Progress", "check_hub", "default_model", "device", "hub_state", "ledger"]
__all__ += ["on_gpu", "prepare", "progress", "use", "warm"]

log = logging.getLogger(__name__)

WAIT_FOR_ROOM_S = 30  # seconds a load waits for a model in use to be given back
PRECISIONS = ("fast", "exact")


@dataclass(frozen=True)
class Loaded:
    """A model in memory, and the facts about it that go into a recipe."""

    spec: ModelSpec
    model: Any
    source: str  # "local", "cache", "hub" or "bundled"
    folder: Path
    revision: str  # the commit on the Hub, "" elsewhere
    sha256: str  # over the sha256 of each safetensors file, in the order of their names
    notice: str  # a sentence to show, or ""
    memory_mb: float
    precision: str
    device: str


@dataclass
class _Slot:
    """A loaded model's place in memory."""

    loaded: Loaded
    pins: int = 0
    last_used: float = field(default_factory=time.time)


@dataclass
class _Place:
    """Where the weights of a model are. `spec` is another one's where the bundled starter stands in."""

    spec: ModelSpec
    source: str
    folder: Path
    revision: str = ""
    notice: str = ""


@dataclass
class _Job:
    """One load. All who ask for the model while it runs wait for this one."""

    name: str
    precision: str
    progress: Progress | None = None
    waiting: int = 0  # callers of `use`; each gets its pin in the moment the model is there
    reserved_mb: float = 0
    slot: _Slot | None = None
    instead: _Place | None = None  # the stand-in, where the model itself cannot be had
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


_lock = threading.Condition()  # guards the three below; notified when a model is given back or a load ends
_slots: dict[tuple[str, str], _Slot] = {}
_jobs: dict[tuple[str, str], _Job] = {}
_measured_mb: dict[tuple[str, str], float] = {}  # what a model took when it was loaded before
_building = threading.Lock()  # one at a time: two threads that begin to import transformers together fail now and then


# ---- what the tabs call --------------------------------------------------------------------------


@contextmanager
def use(name: str, precision: str = "fast") -> Iterator[Loaded]:
    """The model, loaded if it has to be, and kept in memory until the block is left. Raises UserError."""
    slot, notice = _pin(name, precision)
    try:
        yield replace(slot.loaded, notice=notice)
    finally:
        with _lock:
            slot.pins -= 1
            slot.last_used = time.time()
            _lock.notify_all()


def prepare(name: str, precision: str = "fast", stop: threading.Event | None = None) -> Iterator[str]:
    """Downloads and loads, yielding sentences such as "Downloading GPT-2: 120 of 548 MB". Raises UserError.

    It ends early where `stop` is set. The load goes on when the caller stops listening: others may wait for
    it, the next click finds it done.
    """
    for step in progress(name, precision, stop):
        yield step.text


def progress(name: str, precision: str = "fast", stop: threading.Event | None = None) -> Iterator[Progress]:
    """Like `prepare`, with the fraction that is done where it is known."""
    with _lock:
        if (name, precision) in _slots:
            return
        job = _join(name, precision)
    shown = None
    while not job.done.wait(0.1):
        if stop is not None and stop.is_set():
            return
        if job.progress is not None and job.progress != shown:
            shown = job.progress
            yield shown
    _raise(job.error)
    if job.instead:
        yield from progress(job.instead.spec.name, precision, stop)


def warm(name: str, precision: str = "fast") -> None:
    """Starts the load and returns at once, so that the first click finds the imports and the weights done.

    For a model at hand, when a page has been opened; not at the start of the app, which it would slow down.
    """
    with _lock:
        if (name, precision) not in _slots:
            _join(name, precision)


def default_model(task: str) -> str:
    """The model that is chosen when a visitor arrives. Never waits, no network."""
    bundled = registry.starter(task)
    if bundled and bundled.name not in settings().local and not (WEIGHTS / bundled.name).is_dir():
        bundled = None
    remote = next((row for row in registry.SPECS if row.task == task and not row.bundled), None)
    if remote is None or bundled is None:
        return (bundled or remote or registry.spec(registry.names(task)[0])).name
    choice = settings().models
    if choice == "bundled":
        return bundled.name
    if remote.name in settings().local or hub.cached(remote.repo, remote.revision, registry.files_of(remote)):
        return remote.name
    # A Hub that answers is not enough: the first click would wait for half a gigabyte, which is fair only to
    # somebody who chose that model in the list. AIGC_MODELS=hub is for hosts who want it all the same.
    return remote.name if choice == "hub" and hub_state() == "reachable" else bundled.name


def ledger() -> list[dict]:
    """What is in memory, most recently used first, for /health."""
    with _lock:
        slots = sorted(_slots.values(), key=lambda slot: slot.last_used, reverse=True)
        return [
            {
                "name": slot.loaded.spec.name,
                "source": slot.loaded.source,
                "memory_mb": round(slot.loaded.memory_mb, 1),
                "last_used": slot.last_used,
                "in_use": slot.pins,
                "precision": slot.loaded.precision,
            }
            for slot in slots
        ]


# ---- one load for all who ask --------------------------------------------------------------------


def _pin(name: str, precision: str) -> tuple[_Slot, str]:
    """-> (slot with one pin for the caller, notice)."""
    with _lock:
        slot = _slots.get((name, precision))
        if slot:
            slot.pins += 1
            return slot, slot.loaded.notice
        job = _join(name, precision)
        job.waiting += 1
    job.done.wait()
    _raise(job.error)
    if job.instead:
        return _pin(job.instead.spec.name, precision)[0], job.instead.notice
    return job.slot, job.slot.loaded.notice


def _join(name: str, precision: str) -> _Job:
    """The running load of this model, or a new one. The caller holds the lock."""
    if precision not in PRECISIONS:
        raise UserError(f"The precision is one of {', '.join(PRECISIONS)}, not “{precision}”.")
    job = _jobs.get((name, precision))
    if job is None:
        job = _jobs[name, precision] = _Job(name, precision)
        threading.Thread(target=_run, args=(job,), name=f"load-{name}", daemon=True).start()
    return job


def _run(job: _Job) -> None:
    loaded = None
    try:
        steps = _load(job)
        while True:
            job.progress = next(steps)
    except StopIteration as end:
        loaded = end.value
    except BaseException as error:
        job.error = error
        if not isinstance(error, UserError):
            log.exception("Loading %s failed", job.name)
    with _lock:
        if loaded:
            job.slot = _slots[job.name, job.precision] = _Slot(loaded, pins=job.waiting)
            _measured_mb[job.name, job.precision] = loaded.memory_mb
        del _jobs[job.name, job.precision]
        job.reserved_mb = 0
        job.done.set()
        _lock.notify_all()
    if loaded:
        _free(_evict_down_to(memory_budget_mb()))  # it may have taken more than its row said


def _raise(error: BaseException | None) -> None:
    """Several callers raise the error of one job: each its own, or their tracebacks grow into one another."""
    if isinstance(error, UserError):
        raise UserError(str(error)) from error
    if error:
        raise error


def _load(job: _Job) -> Iterator[Progress]:
    """-> Loaded, or None where `job.instead` says what stands in."""
    spec = registry.spec(job.name)
    # The row counts the peak of loading; what stays is less (int8), or more than the row foresaw.
    need = max(spec.memory_mb, _measured_mb.get((job.name, job.precision), 0))
    _refuse_if_too_large(spec, need)
    place = yield from _find(spec)
    if place.spec is not spec:
        job.instead = place
        return None
    fetched = place.source in ("cache", "hub")  # other programs may have put more there
    files = hub.weight_files(place.folder, registry.files_of(spec) if fetched else ("*",))
    options, notice = {}, place.notice
    if spec.picture:
        options["defaults"] = spec.picture
    if spec.decoder:
        try:
            decoder = yield from _find(registry.spec(spec.decoder))
            options["decoder"] = decoder.folder
            files += hub.weight_files(decoder.folder, decoder.spec.files)  # what it draws depends on them too
        except UserError as reason:
            notice = f"{notice} {reason} The model's own decoder, which is slower, makes the pictures.".strip()
    if not need:
        need = _guess(sum(file.stat().st_size for file in files) / 1e6)
        _refuse_if_too_large(spec, need)
    yield from _make_room(job, spec, need)
    yield Progress(f"Loading {spec.title}")
    sha256 = hashlib.sha256("".join(hub.sha256(file) for file in files).encode()).hexdigest()
    model = _build(spec, place.folder, files, job.precision, options)
    return Loaded(
        spec=spec,
        model=model,
        source=place.source,
        folder=place.folder,
        revision=place.revision,
        sha256=sha256,
        notice=notice,
        memory_mb=_megabytes(model, spec),
        precision=job.precision,
        device=str(getattr(model, "device", "cpu")),
    )


# ---- where the weights are -----------------------------------------------------------------------


def _find(spec: ModelSpec) -> Iterator[Progress]:
    """-> _Place, in the order of the module's first lines."""
    if folder := settings().local.get(spec.name):
        _check_local(spec, folder)
        return _Place(spec, "local", folder)
    repo, trouble = registry.repo_of(spec), "The Hub could not be reached"
    if repo:
        yield Progress(f"Looking for {spec.title} on this machine")
        files = registry.files_of(spec)
        found = hub.cached(repo, spec.revision, files)
        if found and (bad := hub.damaged(found.folder)):
            hub.delete(bad)
            trouble = f"The copy of {spec.title} on this machine was damaged and the Hub could not be reached"
            found = None
        if found:
            return _Place(spec, "cache", found.folder, found.revision)
        if hub.reachable():
            try:
                found = yield from hub.fetch(
                    repo,
                    spec.revision,
                    files,
                    spec.title,
                    fits=lambda weights_mb: _refuse_if_too_large(spec, spec.memory_mb or _guess(weights_mb)),
                )
                return _Place(spec, "hub", found.folder, found.revision)
            except hub.Unreachable as reason:
                log.warning("The Hub could not be reached: %s", reason)
                hub.mark_unreachable()
        elif hub_state() == "off":
            trouble = "This machine is set not to ask the Hub"
    own = WEIGHTS / spec.name
    if spec.bundled and own.is_dir():
        return _Place(spec, "bundled", own, notice=f"{trouble}, so this is the bundled copy." if repo else "")
    bundled = registry.starter(spec.task)
    if spec.bundled or bundled is None or not (WEIGHTS / bundled.name).is_dir():
        if not repo:
            raise UserError(f"The bundled weights of {spec.title} are missing from this copy of the app.")
        raise UserError(f"{trouble}, and {spec.title} is not on this machine.")
    notice = f"{trouble}, this is the bundled small model {bundled.title}."
    return _Place(bundled, "bundled", WEIGHTS / bundled.name, notice=notice)


def _check_local(spec: ModelSpec, folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"The host's folder for {spec.title} is not there, or is not a folder.")
    if not hub.weight_files(folder):
        if any(path.suffix in hub.PICKLES for path in folder.rglob("*")):
            raise UserError(
                f"The host's folder for {spec.title} holds pickle files only; they can run code when they "
                "are opened, so this app does not load them. It loads safetensors."
            )
        raise UserError(f"The host's folder for {spec.title} holds no complete weights as safetensors.")


# ---- into memory ---------------------------------------------------------------------------------


def _build(spec: ModelSpec, folder: Path, files: list[Path], precision: str, options: dict[str, Any]) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        for file in files:
            with safe_open(file, "np"):  # reads the header and compares it with the length of the file
                pass
    except SafetensorError as reason:
        log.error("%s: %s", folder, reason)
        raise UserError(
            f"The weights of {spec.title} are damaged or not in the safetensors format; nothing was loaded."
        ) from None
    module, function = spec.builder.split(":")
    try:
        with _building:
            return getattr(importlib.import_module(module), function)(folder, precision, **options)
    except UserError as sentence:
        # A builder knows its folder, which may be named by a commit; a visitor knows the title.
        raise UserError(str(sentence).replace(folder.name, spec.title)) from sentence
    except MemoryError:
        raise UserError(f"The memory of this machine ran out while {spec.title} was loading.") from None
    except Exception as reason:
        log.exception("The builder of %s failed", spec.name)
        if "state_dict" in str(reason):  # torch's words for missing, unexpected or misshapen tensors
            raise UserError(
                f"The weights of {spec.title} do not fit its architecture, so nothing was loaded."
            ) from None
        raise UserError(
            f"{spec.title} could not be loaded ({type(reason).__name__}); the log of the server says more."
        ) from None


def _megabytes(model: Any, spec: ModelSpec) -> float:
    """What the model holds: what it says itself, or the sum of its tensors, or else what its row says."""
    if (said := getattr(model, "memory_bytes", None)) is not None:
        return (said() if callable(said) else said) / 1e6
    if hasattr(model, "parameters"):
        tensors = {tensor.data_ptr(): tensor.nbytes for tensor in (*model.parameters(), *model.buffers())}
        return sum(tensors.values()) / 1e6  # tied weights count once
    return spec.memory_mb


def _guess(weights_mb: float) -> float:
    """For a model that nobody has measured: half precision doubles when it is widened to float32."""
    return 2 * weights_mb


def _refuse_if_too_large(spec: ModelSpec, need: float) -> None:
    budget = memory_budget_mb()
    if need > budget:
        raise UserError(
            f"{spec.title} needs about {need / 1000:.1f} GB of memory, and this machine has "
            f"{budget / 1000:.1f} GB for models."
        )


def _make_room(job: _Job, spec: ModelSpec, need: float) -> Iterator[Progress]:
    """Evicts idle models until `need` megabytes are free, and reserves them for the job."""
    deadline = time.monotonic() + WAIT_FOR_ROOM_S
    while True:
        with _lock:
            budget = memory_budget_mb()
            others = sum(other.reserved_mb for other in _jobs.values() if other is not job)
            in_use = sum(slot.loaded.memory_mb for slot in _slots.values() if slot.pins)
            fits = in_use + others + need <= budget  # else evicting the idle ones would not help anybody
            if fits:
                job.reserved_mb = need
                dropped = _evict_down_to(budget)
        if fits:
            return _free(dropped)
        if time.monotonic() > deadline:
            raise UserError(
                f"All the memory for models is in use ({(in_use + others) / 1000:.1f} of {budget / 1000:.1f} "
                f"GB) and {spec.title} needs {need / 1000:.1f} GB; please try again in a minute."
            )
        yield Progress("Waiting until other visitors' models are done: all the memory for models is in use")
        with _lock:
            _lock.wait(0.5)


def _evict_down_to(budget: float) -> list[_Slot]:
    """Drops the least recently used idle models until loaded and reserved memory fit. Models in use stay."""
    dropped = []
    with _lock:
        reserved = sum(job.reserved_mb for job in _jobs.values())
        for key, slot in sorted(_slots.items(), key=lambda pair: pair[1].last_used):
            if sum(slot.loaded.memory_mb for slot in _slots.values()) + reserved <= budget:
                break
            if not slot.pins:
                dropped.append(_slots.pop(key))
    return dropped


def _free(dropped: list[_Slot]) -> None:
    """Outside the lock: it takes a moment."""
    if dropped:
        log.info("Dropped from memory: %s", ", ".join(slot.loaded.spec.name for slot in dropped))
        dropped.clear()
        gc.collect()  # a model may hold cycles, and its memory is wanted now
