"""Each sentence for a visitor, wherever it is made, is there in Chinese too."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

import app
from shared.page import sentences, words
from shared.training import live

CODE = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "spaces").rglob("*.py")]
# tools/ and training/ speak to the host alone, but for what training in the page says.
CODE = [file for file in CODE if "tools" not in file.parts and ("training" not in file.parts or "live" in file.parts)]
RAISED = ("UserError", "Progress", "Comparison")


@pytest.fixture(scope="module", autouse=True)
def all_words():
    for name in app.names():
        words.of(ROOT / "spaces" / name)


def text_of(node: ast.AST, constants: dict[str, ast.AST]) -> list[str]:
    """What a sentence may look like; a value in it is 7."""
    match node:
        case ast.Constant(str() as text):
            return [text]
        case ast.JoinedStr(parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "7" for part in parts)]
        case ast.IfExp():
            return text_of(node.body, constants) + text_of(node.orelse, constants)
        case ast.Name(name) if name in constants:
            return text_of(constants[name], {})
    return []


def said(file: Path) -> list[str]:
    tree = ast.parse(file.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
            for argument in node.args:
                found += text_of(argument, constants)
    return found


@pytest.mark.parametrize("file", CODE, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_sentence_is_there_in_chinese(file):
    for sentence in said(file):
        assert re.search(r"[\u4e00-\u9fff]", sentences.in_chinese(sentence)), f"words/sentences.toml lacks: {sentence}"


def called() -> set[str]:
    """What the sentences call a value that a visitor may change."""
    names = {what for _, _, what in live.RANGES.values()}
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "called" and isinstance(node.value, ast.Constant):
                names.add(node.value.value)
    return {name for name in names if len(name) > 1}  # t is t


def test_what_they_call_a_value_is_there_in_chinese():
    names = called()
    assert {"The seed", "The number of steps", "Early stopping"} <= names
    known = {key for file in ROOT.glob("*/*/words/sentences.toml") for key in tomllib.loads(file.read_text("utf-8"))}
    assert sorted(names - known) == []


@pytest.mark.parametrize(
    "english, chinese",
    [
        ("Loading Story GPT-2", "正在加载 Story GPT-2"),
        (
            "The seed must be a whole number from 0 to 9, not nothing.",
            "种子须为0 到 9 之间的整数，不能是“空”。",
        ),
        (
            "The Hub could not be reached, this is the bundled small model Story GPT-2. This picture is cut off or "
            "damaged.",
            "无法连接 Hub，现在用的是自带的小模型 Story GPT-2。这张图片不完整或已损坏。",
        ),
        ("Nobody ever wrote this.", "Nobody ever wrote this."),
    ],
)
def test_values_and_several_sentences(english, chinese):
    assert sentences.in_chinese(english) == chinese


def test_a_client_that_names_no_language_gets_english():
    assert sentences.told("Loading GPT-2") == "Loading GPT-2"
    view = {"message": "Loading GPT-2", "samples": [{"note": "0.64 bits per character"}]}
    assert sentences.view(view) == view
    assert sentences._view(view) == {"message": "正在加载 GPT-2", "samples": [{"note": "每字符 0.64 比特"}]}
