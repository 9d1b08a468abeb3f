"""Put a model that was trained here on the Hub: its weights, its scores and its model card, in one commit. Or the
suite, or one tab of it, as a Space.

python -m shared.tools.publish cgan-mnist USER/cgan-mnist
python -m shared.tools.publish gpt2-stories USER/my-stories --folder DIR --private
python -m shared.tools.publish space suite USER/aigc-suite
python -m shared.tools.publish space gan_digits USER/digits --private
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import app
from shared.core import hub, registry
from shared.core.errors import UserError
from shared.core.registry import WEIGHTS
from shared.core.settings import settings
from shared.tools.cards import write_card

KINDS = (".safetensors", ".json", ".gz", ".txt")
ROOT = Path(__file__).resolve().parents[2]
SPACE, SUITE = "space", "suite"
PARTS = ("app.py", "LICENSE", "CHANGELOG.md", "SECURITY.md", "requirements.txt", "shared", "spaces")  # of a Space
LEFT = {"__pycache__", "teacher"}


def parser() -> argparse.ArgumentParser:
    names = [row.name for row in registry.SPECS if row.bundled]
    options = argparse.ArgumentParser(prog="python -m shared.tools.publish", description=__doc__.partition("\n\n")[0])
    options.add_argument("name", choices=[*names, SPACE], metavar="NAME", help=f"{SPACE}, or one of {', '.join(names)}")
    options.add_argument(
        "rest",
        nargs="+",
        metavar="[TAB] USER/REPO",
        help=f"where it goes; it is created where it does not exist. Of a Space first which tab, or {SUITE} for all",
    )
    options.add_argument(
        "--folder", type=Path, help="the model's folder (default: as the app loads it), or the suite's"
    )
    options.add_argument("--private", action="store_true", help="for your eyes only")
    return options


def main(argv=None):
    options = parser()
    arguments = options.parse_args(argv)
    if len(arguments.rest) != (2 if arguments.name == SPACE else 1):
        options.error(f"after {arguments.name} come {'TAB and USER/REPO' if arguments.name == SPACE else 'USER/REPO'}")
    *tab, repo = arguments.rest
    try:
        if tab:
            print(publish_space(tab[0], repo, arguments.folder or ROOT, arguments.private))
        else:
            print(publish(arguments.name, repo, arguments.folder, arguments.private))
    except UserError as sentence:
        raise SystemExit(str(sentence)) from None


def publish(name: str, repo: str, folder: Path | None = None, private: bool = False) -> str:
    """-> the address of the commit. Writes the model card into the folder. Raises UserError."""
    row = registry.spec(name)
    folder = Path(folder or settings().local.get(name) or WEIGHTS / name)
    if not folder.is_dir() or not hub.weight_files(folder):
        raise UserError(
            f"There are no complete weights of {name} in {folder}; train them with `python -m shared.training {name}`."
        )
    if not (folder / "scores.json").is_file():
        raise UserError(
            f"{name} has no scores yet, and its model card shows them: run "
            f"`python -m shared.tools.score {name} --folder {folder}` first."
        )
    _known()
    write_card(row, folder)
    return _said(repo, lambda: _commit(repo, folder, private, f"{row.title}, trained by the AIGC Suite"))


def publish_space(tab: str, repo: str, folder: Path = ROOT, private: bool = False) -> str:
    """The suite of `folder`, or one tab of it, as a Space -> the address of the commit. Raises UserError."""
    tabs = app.names(folder / "spaces")
    if tab not in (SUITE, *tabs):
        raise UserError(f"There is no tab called {tab!r}; there are: {', '.join((SUITE, *tabs))}.")
    _known()
    return _said(repo, lambda: _commit_space(tab, repo, folder, private))


def space_files(tab: str, folder: Path = ROOT) -> dict[str, Path | bytes]:
    """{path in the Space: the file, or what is in it}. A tab alone brings all weights: models judge each other."""
    found: dict[str, Path | bytes] = {}
    for part in PARTS:
        place = folder / part
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            inside = path.relative_to(folder)
            other = inside.parts[0] == "spaces" and len(inside.parts) > 2 and tab not in (SUITE, inside.parts[1])
            if path.is_file() and not other and not LEFT & set(inside.parts) and path.suffix != ".pyc":
                found[inside.as_posix()] = path
    readme = (folder / "README.md").read_text("utf-8")
    if tab != SUITE:
        title = re.search(
            r'^TITLE = .*?"en": "([^"]+)"', (folder / "spaces" / tab / "__init__.py").read_text("utf-8"), re.M
        )
        readme = re.sub(r"^title: .*", f"title: {title[1] if title else tab}", readme, count=1, flags=re.MULTILINE)
    return found | {"README.md": readme.encode()}


def _known() -> None:
    from huggingface_hub import get_token

    if not get_token():
        raise UserError(
            "The Hub needs to know who you are: run `hf auth login`, or set HF_TOKEN to a token that may write."
        )


def _said(repo: str, commit: Callable[[], str]) -> str:
    """What the Hub objects to, as a UserError."""
    try:
        return commit()
    except UserError:
        raise
    except Exception as reason:
        if sentence := _sentence(reason, repo):
            raise UserError(sentence) from reason
        raise


def _commit(repo: str, folder: Path, private: bool, message: str) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    _named(repo)
    api = HfApi()
    api.create_repo(repo, private=private or None, exist_ok=True)
    there = api.model_info(repo)
    if private and not there.private:  # the Hub leaves a repository that exists as it is
        raise UserError(f"{repo} is there already and everybody can see it; nothing was sent. Choose another name.")
    files = [path for path in sorted(folder.iterdir()) if path.suffix in KINDS or path.name == "README.md"]
    # Weights of an earlier version under other names would be loaded together with the new ones.
    old = {file.rfilename for file in there.siblings or []} - {path.name for path in files}
    old = sorted(path for path in old if path.endswith((".safetensors", ".safetensors.index.json")))
    changes = [CommitOperationAdd(path.name, path) for path in files] + [CommitOperationDelete(path) for path in old]
    return api.create_commit(repo, changes, commit_message=message).commit_url


def _commit_space(tab: str, repo: str, folder: Path, private: bool) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    _named(repo)
    api = HfApi()
    api.create_repo(repo, repo_type=SPACE, space_sdk="gradio", private=private or None, exist_ok=True)
    there = api.space_info(repo)
    if private and not there.private:
        raise UserError(f"{repo} is there already and everybody can see it; nothing was sent. Choose another name.")
    files = space_files(tab, folder)
    kept = {*files, ".gitattributes"}
    old = sorted(file.rfilename for file in there.siblings or [] if file.rfilename not in kept)
    changes = [*(CommitOperationAdd(path, data) for path, data in files.items()), *map(CommitOperationDelete, old)]
    return api.create_commit(repo, changes, repo_type=SPACE, commit_message=f"AIGC Suite: {tab}").commit_url


def _named(repo: str) -> None:
    if repo.count("/") != 1:
        raise UserError(f"“{repo}” is not a name on the Hub; names look like USER/REPO.")


def _sentence(reason: Exception, repo: str) -> str:
    """The library's error as a sentence, or ""."""
    import httpx2
    from huggingface_hub import errors

    status = getattr(getattr(reason, "response", None), "status_code", 0)
    if isinstance(reason, errors.HFValidationError):
        return f"“{repo}” is not a name on the Hub; names look like USER/REPO."
    if status == 401:
        return "The Hub does not accept your token; run `hf auth login` again, or mend HF_TOKEN."
    if status in (403, 404):
        return (
            f"The Hub does not let your token write to {repo}: use a name of your own, or a token that may write there "
            "(huggingface.co/settings/tokens)."
        )
    if status >= 500 or isinstance(reason, (httpx2.TransportError, ConnectionError)):
        return "The Hub cannot be reached, so nothing was published; try again later."
    return ""


if __name__ == "__main__":
    main()
