"""Put a model that was trained here on the Hub: its weights, its scores and its model card, in one commit.

python -m shared.tools.publish cgan-mnist USER/cgan-mnist
python -m shared.tools.publish gpt2-stories USER/my-stories --folder DIR --private
"""

import argparse
from pathlib import Path

from shared.core import hub, registry
from shared.core.errors import UserError
from shared.core.registry import WEIGHTS
from shared.core.settings import settings
from shared.tools.cards import write_card

KINDS = (".safetensors", ".json", ".gz", ".txt")


def parser() -> argparse.ArgumentParser:
    names = [row.name for row in registry.SPECS if row.bundled]
    options = argparse.ArgumentParser(prog="python -m shared.tools.publish", description=__doc__.splitlines()[0])
    options.add_argument("name", choices=names, metavar="NAME", help=", ".join(names))
    options.add_argument("repo", metavar="USER/REPO", help="where it goes; it is created where it does not exist")
    options.add_argument("--folder", type=Path, help="the model's folder (default: as the app loads it)")
    options.add_argument("--private", action="store_true", help="for your eyes only")
    return options


def main(argv=None):
    arguments = parser().parse_args(argv)
    try:
        print(publish(arguments.name, arguments.repo, arguments.folder, arguments.private))
    except UserError as sentence:
        raise SystemExit(str(sentence)) from None


def publish(name: str, repo: str, folder: Path | None = None, private: bool = False) -> str:
    """-> the address of the commit. Writes the model card into the folder. Raises UserError."""
    from huggingface_hub import get_token

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
    if not get_token():
        raise UserError(
            "The Hub needs to know who you are: run `hf auth login`, or set HF_TOKEN to a token that may write."
        )
    write_card(row, folder)
    try:
        return _commit(repo, folder, private, f"{row.title}, trained by the AIGC Suite")
    except UserError:
        raise
    except Exception as reason:
        if sentence := _sentence(reason, repo):
            raise UserError(sentence) from reason
        raise


def _commit(repo: str, folder: Path, private: bool, message: str) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    if repo.count("/") != 1:
        raise UserError(f"“{repo}” is not a name on the Hub; names look like USER/REPO.")
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
