"""What README, CONTRIBUTING and the other papers say is true: their commands, paths, code and versions."""

import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

import app
import shared
from shared.core.settings import parse
from shared.tools import licences

README, CONTRIBUTING, CHANGELOG = (
    (ROOT / f"{name}.md").read_text("utf-8") for name in ("README", "CONTRIBUTING", "CHANGELOG")
)
PAPERS = README + CONTRIBUTING + CHANGELOG
PLACEHOLDERS = {"DIR": "shared", "NAME": "gpt2-stories", "USER/REPO": "somebody/something", "FOLDER": "shared"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def commands() -> list[str]:
    """Every line of a shell in README and CONTRIBUTING, in a block of its own or between two backticks."""
    programs = r"(?:[A-Z_]+=\S+ )*(?:make|python|torchrun|hf) [^`\n]+"
    lines = re.findall(rf"^    ({programs})$|`({programs})`", README + CONTRIBUTING, re.MULTILINE)
    return list(dict.fromkeys(re.split(r"\s+#", block or quoted)[0].strip() for block, quoted in lines))


def makes(targets: list[str]) -> None:
    done = subprocess.run(["make", "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands())
def test_a_command_is_understood(command):
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)]
    program, *rest = (word for word in words if not re.match(r"[A-Z_]+=", word))
    if program == "make":
        makes([word for word in words if "=" in word] + rest)
    elif "-m" in rest:
        module, *arguments = rest[rest.index("-m") + 1 :]
        if arguments[:1] == ["bundle"]:
            module, arguments = f"{module}.bundle", arguments[1:]
        read = importlib.import_module(f"{module}.__main__" if (ROOT / module.replace(".", "/")).is_dir() else module)
        if hasattr(read, "parser"):
            read.parser().parse_args(arguments)
        else:
            assert not arguments
    elif program == "hf":
        told = subprocess.run([Path(sys.executable).with_name("hf"), rest[0], "--help"], capture_output=True, text=True)
        assert told.returncode == 0 and all(word in told.stdout for word in rest if word.startswith("--"))
    elif rest[0] == "app.py":
        parse(rest[1:], app.names())
    else:
        assert program == "python" and (ROOT / rest[0] / "__main__.py").is_file()


def test_a_training_that_is_shown_has_its_settings():
    from shared.training.__main__ import changed, parser
    from shared.training.recipes import recipe

    shown = [shlex.split(line.split("-m shared.training ")[1]) for line in commands() if "-m shared.training " in line]
    for arguments in map(parser().parse_args, (words for words in shown if words[0] != "bundle")):
        changed(recipe(arguments.name), arguments.set)
    assert len(shown) > 5


@pytest.mark.slow
def test_the_code_of_the_readme_runs(suite):
    """Each line gives what it is unpacked into."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    made = {}
    exec(code.replace("http://127.0.0.1:7860", suite), made)
    assert made["text"].startswith("Once upon a time") and made["recipe"]["tab"] == "illustrated_story"
    assert len(made["words"]["alternatives"]) == 10 and made["pictures"] and Path(made["pdf"]).is_file()


def test_the_lines_of_curl_run(suite):
    """Each pair gives an answer, and what is left out is at its default."""
    lines = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1].splitlines()
    event, answers = "", []
    for line in lines:
        command = shlex.split(line.replace("http://127.0.0.1:7860/", suite).replace("EVENT_ID", event))
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        event = json.loads(said)["event_id"] if said.startswith("{") else answers.append(said) or ""
    digits, film = (json.loads(said.split("event: complete\ndata: ")[1]) for said in answers)
    assert digits[0]["url"].startswith(suite) and digits[1]["settings"]["n"] == 4
    assert film[0]["label"] == "good"


def test_every_file_they_name_is_there():
    named = re.findall(r"(?:\]\(|`)((?:shared|spaces|tests|app|requirements|\w+\.md)[\w/.-]*(?:\.\w+|/))", PAPERS)
    real = [path for path in named if "NAME" not in path]
    assert len(real) > 30 and [path for path in real if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("what", "most"), [("GAN seed", 5), ("text prompt", 5), ("picture prompt", 6), ("story idea", 8)]
)
def test_a_walk_is_short(what, most):
    """Each stop of it names something that is in that file."""
    stops = re.search(rf"^A {what}:\n\n((?:\d\. .+\n)+)", CONTRIBUTING, re.MULTILINE)[1].splitlines()
    assert 3 <= len(stops) <= most
    for stop in stops:
        path, *names = re.findall(r"`([^`]+)`", stop)
        text = (ROOT / path).read_text("utf-8")
        assert all(re.search(rf"(?:class|def) {part}\b|\b{part}: ", text) for name in names for part in name.split("."))


def test_the_list_of_licences_is_up_to_date():
    assert licences.FILE.read_text("utf-8") == licences.text(), "run `python -m shared.tools.licences`"


def test_there_is_one_version():
    assert re.search(r"^## (\S+),", CHANGELOG, re.MULTILINE)[1] == shared.__version__
    assert "project" not in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))  # it is no package


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_runs_what_the_makefile_has(file):
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert set(workflow[True]) <= {"push", "pull_request", "schedule", "workflow_dispatch"}  # YAML reads `on` as true
    for name, job in workflow["jobs"].items():
        assert job["runs-on"] == "ubuntu-latest" and job["steps"][0]["uses"].startswith("actions/checkout@v")
        runs = [step["run"] for step in job["steps"] if "run" in step]
        assert any({"test": "lint test", "image": "make image"}[name] in run for run in runs)
        for run in runs:
            makes(shlex.split(run.replace("${{ matrix.resolution }}", "highest"))[1:])


def test_what_is_marked_as_generated_is_there():
    patterns = [line.split()[0] for line in (ROOT / ".gitattributes").read_text().splitlines() if line[:1] not in "#"]
    assert [pattern for pattern in patterns if not any(ROOT.glob(pattern if "/" in pattern else f"[!.]*/**/{pattern}"))
            and not (ROOT / pattern).exists()] == []  # fmt: skip
