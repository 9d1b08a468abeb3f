"""Every endpoint of the suite from a terminal, in this process: no server, no page.

    python -m shared.tools.cli --help
    python -m shared.tools.cli story "A fox who is afraid of the dark" --pages 2 --out book.pdf
    python -m shared.tools.cli gan_digits --digit 7 --out sevens.png
    cat letter.txt | python -m shared.tools.cli summarize - --sentences 3

One word of a name is enough where no other endpoint has it. What is asked for is declared once, in the requests of the
Spaces; options, ranges, defaults and help are made of that.
"""

import argparse
import json
import re
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from inspect import isgenerator
from pathlib import Path
from typing import Any

import app
from shared.core.errors import UserError
from shared.core.kinds import Choice, Kind, Number, Several, Switch, Text


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        if "ENDPOINT: invalid choice: " in message:
            message = f"There is no endpoint called {message.split(': ')[2].split(' (')[0]}"
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


@cache
def endpoints(only: str | None = None) -> dict[str, Any]:
    """The public functions of the page, or of one of its tabs, by name."""
    return {fn.api_name: fn.fn for fn in app.suite(only=only).fns.values() if fn.api_visibility == "public"}


def parser(found: dict[str, Any] | None = None) -> argparse.ArgumentParser:
    found = endpoints() if found is None else found
    options = Parser(prog="python -m shared.tools.cli", description=__doc__.splitlines()[0], allow_abbrev=False)
    commands = options.add_subparsers(dest="name", metavar="ENDPOINT", required=True)
    words = Counter(word for name in found for word in name.split("_"))
    for name, called in found.items():
        said = " ".join((called.__doc__ or "").partition("\n\nArgs:")[0].split())
        aliases = [word for word in name.split("_") if words[word] == 1 and len(word) > 2 and word != name]
        shown = {
            "help": re.split(r"(?<=[.:]) ", said)[0].rstrip(":").replace("%", "%%"),
            "description": said.replace("%", "%%"),
        }
        command = commands.add_parser(name, aliases=aliases, allow_abbrev=False, **shown)
        command.set_defaults(called=called, endpoint=name)
        if hasattr(called, "endpoint"):
            _arguments(command, called.endpoint)
        command.add_argument(
            "--out", type=Path, metavar="FILE", help="where the result goes: its ending says which; a folder takes all"
        )
    return options


def _arguments(command: argparse.ArgumentParser, endpoint: Any) -> None:
    fields = endpoint.request.fields()
    for i, (name, line) in enumerate(endpoint.described.items()):
        kind, default = fields[name].kind, fields[name].default
        said = line.replace("%", "%%") + ("" if default in (None, "") else f" ({_shown(default)})".replace("%", "%%"))
        names = [f"--{(kind.api or name).replace('_', '-')}"]
        form: dict[str, Any] = {"metavar": _form(kind), "default": None, "dest": name, "help": said}
        if isinstance(kind, Switch):
            form = {"action": argparse.BooleanOptionalAction, "default": None, "dest": name, "help": said}
        elif i == 0:  # may stand without its name, as in a call from code
            command.add_argument(f"{name}_first", nargs="?", metavar=names[0].strip("-").upper(), help=said)
            form["help"] = argparse.SUPPRESS
        command.add_argument(*names, **form)


def _shown(default: Any) -> str:
    return ",".join(default) if isinstance(default, list | tuple) else str(default)


def _form(kind: Kind) -> str:
    if isinstance(kind, Choice) and len(kind.choices()) <= 4:
        return "|".join(kind.choices()).replace("%", "%%")
    return "NUMBER" if isinstance(kind, Number) else "A,B" if isinstance(kind, Several) else "TEXT"


def _read(kind: Kind, given: Any) -> Any:
    """What a terminal gives, as the request takes it; what is wrong with it is left for the request to say."""
    if isinstance(kind, Number):
        for number in (int, float):
            try:
                return number(given)
            except ValueError:
                pass
    if isinstance(kind, Several):
        return [one.strip() for one in given.split(",")]
    if isinstance(kind, Text) and given == "-":
        return sys.stdin.read()
    if isinstance(kind, Text) and not kind.most and _is_file(given):  # of pictures it does not limit the length
        return Path(given)
    return given


def _is_file(given: Any) -> bool:
    try:
        return Path(given).is_file()
    except (OSError, ValueError):  # a data URL is too long for a name
        return False


@contextmanager
def progress(name: str, total: int | None) -> Iterator[Any]:
    """A bar on the terminal, or the seconds where nobody knows how many steps there are; nothing in a file."""
    from tqdm import tqdm

    form = None if total else "{desc} {elapsed}"
    with tqdm(total=total, desc=name, bar_format=form, leave=False, disable=None) as bar:
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(0.5):
                bar.refresh()

        threading.Thread(target=tick, daemon=True).start()
        try:
            yield bar
        finally:
            ended.set()


def call(called: Any, given: dict[str, Any], name: str = "") -> Any:
    """The last value of the endpoint, with a bar while it works. Errors: UserError."""
    endpoint = getattr(called, "endpoint", None)
    if endpoint is None:  # it takes nothing, as /health
        with progress(name, None):
            return called()
    fields = endpoint.request.fields()
    asked = endpoint.request.check({key: _read(fields[key].kind, value) for key, value in given.items()})
    total = getattr(asked, "pages", None) or getattr(asked, "steps", None) if hasattr(asked, "seed") else None
    with progress(name, total) as bar:
        made = endpoint.function(asked)
        if isgenerator(made):
            for value in made:
                last = value
                if bar.total and bar.n < bar.total:
                    bar.update()
            return last
    return made


def parts(made: Any) -> tuple[list[tuple[Path, str]], list[Any]]:
    """What an endpoint gave -> ([(file, its name)], the texts and JSON)."""
    files, rest = [], []
    for one in made if isinstance(made, tuple) else (made,):
        inside = one if isinstance(one, list) else [one]
        found = [each.get("image", each) if isinstance(each, dict) else each for each in inside]
        if found and all(isinstance(each, dict) and "path" in each and "orig_name" in each for each in found):
            files += [(Path(each["path"]), each["orig_name"] or Path(each["path"]).name) for each in found]
        elif one is not None:
            rest.append(one)
    return files, rest


def kept(made: Any, out: Path | None) -> Iterator[str]:
    """Puts the result where it was asked for -> lines for the terminal. Errors: UserError."""
    files, rest = parts(made)
    if out is None or out.is_dir() or not out.suffix:
        folder = out or Path()
        folder.mkdir(parents=True, exist_ok=True)
        for path, name in files:
            shutil.copyfile(path, free := _free(folder / Path(name).name))
            yield str(free)
        if out is not None:
            for i, one in enumerate(rest):
                free = _free(folder / ("recipe.json" if i and i == len(rest) - 1 or files else f"answer{_ending(one)}"))
                free.write_text(_written(one), "utf-8")
                yield str(free)
        elif not files:
            yield _written(rest[0]).rstrip("\n")
        return
    fits = [path for path, _ in files if path.suffix.lower() == out.suffix.lower()]
    said = [one for one in rest if _ending(one) == out.suffix.lower()]
    if not fits and not said:
        there = ", ".join(sorted({path.suffix for path, _ in files} | {_ending(one) for one in rest}))
        lines = list(kept(made, out.with_suffix("")))
        raise UserError(
            f"There is no {out.suffix} in this result, but {there}; all of it is in {Path(lines[0]).parent}."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    for i, path in enumerate(fits):
        place = out if not i else out.with_stem(f"{out.stem}-{i + 1}")
        shutil.copyfile(path, place)
        yield str(place)
    if not fits:
        out.write_text(_written(said[-1]), "utf-8")  # the recipe stands last
        yield str(out)


def _ending(one: Any) -> str:
    return ".txt" if isinstance(one, str) else ".json"


def _written(one: Any) -> str:
    return one + "\n" if isinstance(one, str) else json.dumps(one, ensure_ascii=False, indent=2) + "\n"


def _free(path: Path) -> Path:
    """The name, with a number behind it where a file has it already."""
    tries = [path, *(path.with_stem(f"{path.stem}-{i}") for i in range(2, 10_000))]
    return next(one for one in tries if not one.exists())


def main(argv: list[str], found: dict[str, Any] | None = None) -> None:
    if found is None:
        found = endpoints(argv[0] if argv[:1] and argv[0] in app.names() else None)
    arguments = vars(parser(found).parse_args(argv))
    called, out, name = arguments["called"], arguments["out"], arguments["endpoint"]
    given = {}
    for key in called.endpoint.described if hasattr(called, "endpoint") else ():
        value = arguments[key] if arguments[key] is not None else arguments.get(f"{key}_first")
        if value is not None:
            given[key] = value
    try:
        with redirect_stdout(sys.stderr):  # libraries say what they load
            made = call(called, given, name)
        for line in kept(made, out):
            print(line)
    except UserError as sentence:
        print(sentence, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"{error.filename or out} cannot be written: {error.strerror}.", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
