"""What visitors may have: places in the lines that they wait in, and what is kept for them. All of it is here, shown in
README.md and in the Health section, and read by whoever keeps it.

A line holds jobs of one kind; it waits for no other line. What takes long has a line of its own and few places, so that
there is always room for what takes a blink. A line that has no row here is of the second sort.
"""

from dataclasses import asdict, dataclass

from shared.core.settings import settings
from shared.core.threads import cores

UNREAD_S = 30  # seconds that a job is kept which nobody listens to: it does not begin, and what has begun ends at once
THREADS = 192  # more than all lines that take long can fill: one is left for what takes a blink


@dataclass(frozen=True)
class Line:
    """at_once: jobs at work, on every two cores; never more than AIGC_WORKERS, or than so many of each where a batch
    advances them together. address: of which one address may have so many; elsewhere all but a quarter. session: jobs
    of one page, at work and waiting."""

    at_once: int = 256
    address: int = 0
    session: int = 16
    batch: int = 1

    @property
    def places(self) -> int:
        return min(self.at_once * _pairs(), self.batch * settings().workers)

    @property
    def of_an_address(self) -> int:
        return min(self.places, self.address * _pairs() or max(1, self.places * 3 // 4))

    @property
    def waiting(self) -> int:
        return settings().queue_size

    @property
    def waiting_of_an_address(self) -> int:
        """Half: a school behind one address needs many, and nobody all."""
        return (self.waiting + 1) // 2


def _pairs() -> int:
    return max(1, cores() // 2)


LINES = {
    "text": Line(64, 8, 4, batch=4),  # who writes least comes first in the batch: none waits long for the first word
    "text_to_image": Line(2, 1, 4),  # a model draws for one after the other
    "illustrated_story": Line(2, 1, 4),
    "style_transfer": Line(4, 2, 8),
    "stylegan_faces": Line(4, 2, 8),
    "train": Line(session=4),
    "pole": Line(4, 2, 2),
}


@dataclass(frozen=True)
class Calls:
    """What one address may ask for that waits in no line. No hand is that fast, nor is a class that opens its pages at
    once."""

    a_second: float = 60
    at_once: int = 900  # where it has asked for little before


CALLS = Calls()


def line(name: str | None) -> Line:
    return LINES.get(name or "", Line())


@dataclass(frozen=True)
class Kept:
    """What the server keeps for visitors: how many, how many MB of them together, how many seconds after the last use.
    Where one is too many or too old, those go first that nobody has used for longest. 0: the other two hold it."""

    what: str
    number: int = 0
    megabytes: int = 0
    seconds: int = 0


HOUR = 3600
TRAINING = "aigc-training-"  # folders of trainings begin so; they lie among the files
KEPT = {
    "sessions": Kept("visitors whose page state is remembered", 1000, 0, HOUR),
    "left": Kept("of them those whose page is closed, or sleeps", 200, 0, HOUR),
    "files": Kept("files that were uploaded or are offered for download", 4000, 2000, 2 * HOUR),
    "pictures": Kept("pictures in the making, with their steps", 100, 400, HOUR),
    "books": Kept("books that can be edited, and as many on disk", 100, 400, HOUR),
    "trainings": Kept("weights that visitors have trained", 12, 180, HOUR),
    "learners": Kept("visitors whose training is remembered", 100, 0, HOUR),
    "stops": Kept("runs that Stop can reach", 1000),
    "logins": Kept("logins at an OpenID provider", 10_000),
    "texts": Kept("texts of one visitor that Undo brings back", 6),
}


def markdown() -> str:
    """The two tables in the README."""
    lines = ["| line | at work | of one address | of one page, at work and waiting |", "|---|---|---|---|"]
    for name, row in (LINES | {"everything else": Line()}).items():
        at_work, own = (row.at_once, row.address) if name in LINES and row.at_once < 256 else ("`AIGC_WORKERS`", "3/4")
        shown = f"`{name}`" if name in LINES else name
        lines.append(f"| {shown} | {at_work} | {own} | {row.session} |")
    lines.append(f"| what waits in no line |  | {CALLS.a_second} calls a second, {CALLS.at_once} at once |  |")
    lines += ["", "| what is kept | most | most MB together | minutes after the last use |", "|---|---|---|---|"]
    for kept in KEPT.values():
        cells = (f"{number:,}" if number else "" for number in (kept.number, kept.megabytes, kept.seconds // 60))
        lines.append(f"| {kept.what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def table() -> list[dict[str, str | int]]:
    """The same of what is kept, for /health."""
    return [{"name": name} | asdict(kept) for name, kept in KEPT.items()]
