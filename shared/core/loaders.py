"""Name -> ready model, in memory once, and it always says where it came from.

    for sentence in loaders.prepare("gpt2"):   # downloads and loads; yields nothing where the model is ready
        show(sentence)
    with loaders.use("gpt2") as loaded:        # pinned: it stays in memory until the block is left
        loaded.model, loaded.notice

Where the weights come from: places.py; how they become a model: building.py. Here: one load for all who ask, and which
models stay in memory.
"""

import gc
import hashlib
import logging
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.core import building, hub, places, registry
from shared.core.errors import UserError
from shared.core.hub import Progress, check_hub, hub_state
from shared.core.machine import device, memory_budget_mb, on_gpu, refuse_if_too_large
from shared.core.places import Place
from shared.core.registry import ModelSpec
from shared.core.settings import settings

__all__ = ["Loaded", "Progress", "check_hub", "default_model", "device", "forget", "hub_state", "ledger"]
__all__ += ["on_gpu", "prepare", "progress", "room", "use", "warm"]

log = logging.getLogger(__name__)

WAIT_FOR_ROOM_S = 30  # seconds a load waits for a model in use to be given back
PRECISIONS = ("fast", "exact")


@dataclass(frozen=True)
class Loaded:
    """A model in memory, and the facts about it that go into a recipe."""

    spec: ModelSpec
    model: Any  # whatever its builder makes
    source: str  # "local", "cache", "hub", "bundled" or "remote"
    folder: Path
    revision: str  # the commit on the Hub, "" elsewhere
    sha256: str  # over the sha256 of each safetensors file, in the order of their names
    notice: str  # a sentence to show, or ""
    memory_mb: float
    precision: str
    device: str  # of a remote one, the server


@dataclass
class _Slot:
    """A loaded model's place in memory."""

    loaded: Loaded
    pins: int = 0
    last_used: float = field(default_factory=time.time)


@dataclass
class _Load:
    """One load. All who ask for the model while it runs wait for this one."""

    name: str
    precision: str
    progress: Progress | None = None
    waiting: int = 0  # callers of `use`; each gets its pin in the moment the model is there
    reserved_mb: float = 0
    slot: _Slot | None = None
    instead: Place | None = None  # the stand-in, where the model itself cannot be had
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


_lock = threading.Condition()  # guards the four below; notified when a model is given back or a load ends
_slots: dict[tuple[str, str], _Slot] = {}
_loads: dict[tuple[str, str], _Load] = {}
_evicted = 0  # models that made room for others since the start
_measured_mb: dict[tuple[str, str], float] = {}  # what a model took when it was loaded before


# ---- what the tabs call --------------------------------------------------------------------------


@contextmanager
def use(name: str, precision: str = "fast") -> Iterator[Loaded]:
    """The model, loaded if it has to be, and kept in memory until the block is left. Raises UserError."""
    if registry.spec(name).remote:
        yield _elsewhere(registry.spec(name))
        return
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
    if registry.spec(name).remote:
        return
    with _lock:
        if (name, precision) in _slots:
            return
        load = _join(name, precision)
    shown = None
    while not load.done.wait(0.1):
        if stop is not None and stop.is_set():
            return
        if load.progress is not None and load.progress != shown:
            shown = load.progress
            yield shown
    _raise(load.error)
    if load.instead:
        yield from progress(load.instead.spec.name, precision, stop)


def warm(name: str, *then: str) -> None:
    """Starts the load and returns at once, so that the first click finds imports and weights done.

    then: those that are loaded after it, one after another. For models at hand, when a page has been opened; not at the
    start of the app, which it would slow down.
    """
    with _lock:
        if (name, "fast") not in _slots:
            _join(name, "fast")
    if then:
        threading.Thread(target=_in_turn, args=(name, *then), name="warm", daemon=True).start()


def _in_turn(*names: str) -> None:
    for name in names:
        with suppress(Exception):  # the load logs it, and who asks for the model is told
            for _ in prepare(name):
                pass


def default_model(task: str) -> str:
    """The model that is chosen when a visitor arrives. Never waits, no network."""
    bundled = registry.starter(task)
    if bundled and bundled.name not in settings().local and not (registry.WEIGHTS / bundled.name).is_dir():
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


def ledger() -> list[dict[str, Any]]:
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


def room() -> dict[str, Any]:
    """Megabytes for models, and which of them goes first where the next load needs more than is free, for /health."""
    with _lock:
        loaded = sum(slot.loaded.memory_mb for slot in _slots.values())
        reserved = sum(load.reserved_mb for load in _loads.values())
        idle = [slot for slot in _slots.values() if not slot.pins]
        first = min(idle, key=lambda slot: slot.last_used, default=None)
    budget = memory_budget_mb()
    return {
        "budget_mb": round(budget),
        "loaded_mb": round(loaded),
        "free_mb": round(budget - loaded - reserved),
        "next_out": first.loaded.spec.name if first else None,
        "evicted": _evicted,
    }


def forget() -> None:
    """Drops the models from memory that nobody uses."""
    _free(_evict_down_to(0))


def _elsewhere(spec: ModelSpec) -> Loaded:
    """What is said of a model that another server runs. It is asked at the first token, not here."""
    where = registry.remote.where(spec.remote)
    facts: dict[str, Any] = {"folder": Path(), "revision": "", "sha256": "", "notice": "", "precision": ""}
    return Loaded(spec, building.builder(spec)(spec), source="remote", memory_mb=0, device=where, **facts)


# ---- one load for all who ask --------------------------------------------------------------------


def _pin(name: str, precision: str) -> tuple[_Slot, str]:
    """-> (slot with one pin for the caller, notice)."""
    with _lock:
        slot = _slots.get((name, precision))
        if slot:
            slot.pins += 1
            return slot, slot.loaded.notice
        load = _join(name, precision)
        load.waiting += 1
    load.done.wait()
    _raise(load.error)
    if load.instead:
        return _pin(load.instead.spec.name, precision)[0], load.instead.notice
    assert load.slot is not None, "a load that ended without an error, and without a stand-in"
    return load.slot, load.slot.loaded.notice


def _join(name: str, precision: str) -> _Load:
    """The running load of this model, or a new one. The caller holds the lock."""
    if precision not in PRECISIONS:
        raise UserError(f"The precision is one of {', '.join(PRECISIONS)}, not “{precision}”.")
    load = _loads.get((name, precision))
    if load is None:
        load = _loads[name, precision] = _Load(name, precision)
        threading.Thread(target=_run, args=(load,), name=f"load-{name}", daemon=True).start()
    return load


def _run(load: _Load) -> None:
    loaded = None
    try:
        steps = _carry_out(load)
        while True:
            load.progress = next(steps)
    except StopIteration as end:
        loaded = end.value
    except BaseException as error:
        load.error = error
        if not isinstance(error, UserError):
            log.exception("Loading %s failed", load.name)
    with _lock:
        if loaded:
            load.slot = _slots[load.name, load.precision] = _Slot(loaded, pins=load.waiting)
            _measured_mb[load.name, load.precision] = loaded.memory_mb
        del _loads[load.name, load.precision]
        load.reserved_mb = 0
        load.done.set()
        _lock.notify_all()
    if loaded:
        _free(_evict_down_to(memory_budget_mb()))  # it may have taken more than its row said


def _raise(error: BaseException | None) -> None:
    """Several callers raise the error of one load: each its own, or their tracebacks grow into one another."""
    if isinstance(error, UserError):
        raise UserError(str(error)) from error
    if error:
        raise error


def _carry_out(load: _Load) -> Generator[Progress, None, Loaded | None]:
    """-> Loaded, or None where `load.instead` says what stands in."""
    spec = registry.spec(load.name)
    # The row counts the peak of loading; what stays is less (int8), or more than the row foresaw.
    need = max(spec.memory_mb, _measured_mb.get((load.name, load.precision), 0))
    refuse_if_too_large(spec.title, need)
    place = yield from places.find(spec)
    if place.spec is not spec:
        load.instead = place
        return None
    fetched = place.source in ("cache", "hub")  # other programs may have put more there
    files = hub.weight_files(place.folder, registry.files_of(spec) if fetched else ("*",))
    options: dict[str, Any] = {}
    notice = place.notice
    if picture := registry.picture_of(spec):
        options["defaults"] = picture
    if spec.base:
        base = yield from places.find(registry.spec(spec.base))
        options["base"] = base.folder
        files += hub.weight_files(base.folder, base.spec.files)
    if spec.decoder:
        try:
            decoder = yield from places.find(registry.spec(spec.decoder))
            options["decoder"] = decoder.folder
            files += hub.weight_files(decoder.folder, decoder.spec.files)  # what it draws depends on them too
        except UserError as reason:
            notice = f"{notice} {reason} The model's own decoder, which is slower, makes the pictures.".strip()
    if not need:
        need = places.guess_mb(sum(file.stat().st_size for file in files) / 1e6)
        refuse_if_too_large(spec.title, need)
    yield from _make_room(load, spec, need)
    yield Progress(f"Loading {spec.title}")
    sha256 = hashlib.sha256("".join(hub.sha256(file) for file in files).encode()).hexdigest()
    model = building.build(spec, place.folder, files, load.precision, options)
    return Loaded(
        spec=spec,
        model=model,
        source=place.source,
        folder=place.folder,
        revision=place.revision,
        sha256=sha256,
        notice=notice,
        memory_mb=building.megabytes(model, spec),
        precision=load.precision,
        device=str(getattr(model, "device", "cpu")),
    )


# ---- room in memory --------------------------------------------------------------------------------


def _make_room(load: _Load, spec: ModelSpec, need: float) -> Iterator[Progress]:
    """Evicts idle models until `need` megabytes are free, and reserves them for the load."""
    deadline = time.monotonic() + WAIT_FOR_ROOM_S
    while True:
        with _lock:
            budget = memory_budget_mb()
            others = sum(other.reserved_mb for other in _loads.values() if other is not load)
            in_use = sum(slot.loaded.memory_mb for slot in _slots.values() if slot.pins)
            fits = in_use + others + need <= budget  # else evicting the idle ones would not help anybody
            if fits:
                load.reserved_mb = need
                dropped = _evict_down_to(budget)
        if fits:
            _free(dropped)
            return
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
    global _evicted
    dropped = []
    with _lock:
        reserved = sum(load.reserved_mb for load in _loads.values())
        for key, slot in sorted(_slots.items(), key=lambda pair: pair[1].last_used):
            if sum(slot.loaded.memory_mb for slot in _slots.values()) + reserved <= budget:
                break
            if not slot.pins:
                dropped.append(_slots.pop(key))
        _evicted += len(dropped)
    return dropped


def _free(dropped: list[_Slot]) -> None:
    """Outside the lock: it takes a moment."""
    if dropped:
        log.info("Dropped from memory: %s", ", ".join(slot.loaded.spec.name for slot in dropped))
        dropped.clear()
        gc.collect()  # a model may hold cycles, and its memory is wanted now
