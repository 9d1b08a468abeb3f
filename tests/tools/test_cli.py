"""The endpoints from a terminal: each is there with all of its arguments, and does in this process what it says."""

import io
import json
import sys

import programs
import pytest

from shared import recipe
from shared.tools import cli


@pytest.fixture(scope="module")
def found(built):
    return {fn.api_name: fn.fn for fn in built.fns.values() if fn.api_visibility == "public"}


@pytest.fixture
def told(found, capsys):
    """told("gan_digits", "--n", "4") -> (the exit code, what it wrote, what it said beside it)."""

    def told(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            cli.main([str(one) for one in arguments], found)
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return told


def test_every_endpoint_is_a_command_with_all_of_its_arguments(built, told):
    code, listed, _ = told("--help")
    named = built.get_api_info()["named_endpoints"]
    assert code == 0 and len(named) >= 20
    for name, info in named.items():
        assert f"    {name[1:]}" in listed
        _, shown, _ = told(name[1:], "--help")
        one_line = " ".join(shown.split())
        for i, argument in enumerate(info["parameters"]):
            called = argument["parameter_name"]
            assert (called.upper().replace("_", "-") if not i else "--" + called.replace("_", "-")) in shown, called
        assert " ".join(info["description"].split())[:60] in one_line


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ("gan_digits --n 101", "How many must be a whole number from 1 to 100, not 101.\n"),
        ("gan_digits --n many", "How many must be a whole number from 1 to 100, not many.\n"),
        ("gan_digits gpt2", "There is no GAN of digits called “gpt2”; there are: "),
        ("walk --path hop", "The path must be slerp or lerp, not hop.\n"),
        ("vae_encode conv-vae-mnist no-such-file.png", "Unrecognized arguments: no-such-file.png; see "),
        ("vae_encode --image no-such-file.png", "The image must be a seed (a whole number) or a picture, not no-such"),
        ("story --pages 0", "The number of pages must be a whole number from 1 to 12, not 0.\n"),
        ("paint a-fox", "There is no endpoint called 'paint'; see python -m shared.tools.cli --help.\n"),
    ],
)
def test_what_is_wrong_gets_one_sentence(told, arguments, sentence):
    code, wrote, said = told(*arguments.split())
    assert (code, wrote) == (2, "") and said.startswith(sentence) and said.count("\n") == 1, said


def test_files_go_where_they_are_asked_for_and_carry_their_recipe(told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told("gan_digits", "--digit", 7, "--n", 4, "--out", "new/sevens.png")[:2] == (0, "new/sevens.png\n")
    held = recipe.read(tmp_path / "new" / "sevens.png")
    assert (held["settings"]["digit"], held["settings"]["n"]) == ("7", 4)
    assert told("gan_digits", "--digit", 7, "--n", 4, "--out", "recipe.json")[0] == 0
    assert json.loads((tmp_path / "recipe.json").read_text("utf-8"))["output_sha256"] == held["output_sha256"]
    names = [told("walk", "--frames", 2)[1] for _ in range(2)]
    assert names[0].endswith(".gif\n") and names[1] == names[0].replace(".gif", "-2.gif"), "nothing is written over"
    code, _, said = told("walk", "--frames", 2, "--out", "film.mp4")
    assert code == 2 and "There is no .mp4 in this result, but .gif, .json; all of it is in film." in said
    assert sorted(path.suffix for path in (tmp_path / "film").iterdir()) == [".gif", ".json"]
    code, wrote, _ = told("vae_encode", "--image", "new/sevens.png")
    assert code == 0 and json.loads(wrote)["model"] == "conv-vae-mnist"


def test_texts_come_in_and_out_of_a_pipe(told, monkeypatch):
    code, wrote, _ = told("gpt2", "Once upon a time", "--model", "ngram-stories", "--max-new-tokens", 4)
    assert code == 0 and wrote.startswith("Once upon a time") and "recipe" not in wrote
    monkeypatch.setattr(sys, "stdin", io.StringIO("The fox ran home. The fox was cold. It slept at home."))
    assert told("summarize", "-", "--sentences", 1)[1].strip() in (
        "The fox ran home.", "The fox was cold.", "It slept at home.",
    )  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_where_somebody_sees_it(found, monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    cli.call(found["gpt2_text"], {"prompt": "A", "model": "ngram-stories", "max_new_tokens": "2"}, "gpt2_text")
    assert "gpt2_text 00:00" in screen.getvalue()  # how many words it will be, nobody knows
    with cli.progress("illustrated_story", 4) as bar:
        bar.update(3)
        bar.refresh()
    assert "illustrated_story:  75%" in screen.getvalue() and "3/4" in screen.getvalue()


def test_as_a_program_of_its_own(tmp_path):
    out = tmp_path / "one.png"
    command = ("shared/tools/cli.py", "gan_digits", "--n", "1", "--out", str(out))
    process = programs.started(command, {}, tmp_path / "log.txt")
    process.join(120)
    assert process.exitcode == 0 and recipe.read(out)["tab"] == "gan_digits", (tmp_path / "log.txt").read_text()
