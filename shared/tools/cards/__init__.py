"""The model card of a model trained here: README.md beside its weights, made from registry, recipe and scores."""

import json
from dataclasses import asdict
from pathlib import Path

from shared.core.registry import ModelSpec
from shared.training.recipes import recipe

from .digits import digit_card
from .faces import face_card
from .pictures import picture_card
from .plane import plane_card
from .seeing import clip_card, reader_card
from .sentiment import sentiment_card
from .spoken import spoken_card
from .style import style_card
from .text import adapter_card, text_card
from .translation import stretches, translation_card

CARDS = {  # of other tasks: digit_card
    "sentiment": sentiment_card,
    "plane-flow": plane_card,
    "picture-text": clip_card,
    "digits-reader": reader_card,
    "face-gan": face_card,
    "emoji-judge": face_card,
    "spoken-digits": spoken_card,
    "spoken-judge": spoken_card,
    "style-transfer": style_card,
    "translate-en-zh": translation_card,
    "translate-zh-en": translation_card,
}


def card(row: ModelSpec, folder: Path) -> str:
    """Markdown with the Hub's front matter; the scores are those in the folder's scores.json."""
    scores = json.loads((Path(folder) / "scores.json").read_text())
    if row.base:
        return adapter_card(row, scores, json.loads((Path(folder) / "training.json").read_text()))
    if row.task == "text":
        return text_card(row, scores)
    if row.task == "text-to-image":
        return picture_card(row, scores, Path(folder))
    file = Path(folder) / "training.json"  # says how these very weights were trained
    written = file.read_text() if file.is_file() else json.dumps({"recipe": asdict(recipe(row.name))})
    log = json.loads(written)
    trained = log["recipe"]
    if "before" in log:
        trained["before"] = stretches(log)
    return CARDS.get(row.task, digit_card)(row, scores, trained)


def write_card(row: ModelSpec, folder: Path) -> None:
    (Path(folder) / "README.md").write_text(card(row, folder), encoding="utf-8")
