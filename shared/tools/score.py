"""Measure models on data they were not trained on, write scores.json beside their weights, and their model cards.

python -m shared.tools.score gpt2-stories --data DIR
python -m shared.tools.score all --data DIR
"""

import argparse
import contextlib
import importlib
import json
import os
import sys
from pathlib import Path

from shared.core import loaders
from shared.core.registry import SPECS, spec
from shared.core.settings import variable
from shared.tools.cards import write_card

JUDGES = ("digit-judge", "spoken-judge")
SPACES = Path(__file__).parents[2] / "spaces"


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m shared.tools.score", description=__doc__.splitlines()[0])
    names = [row.name for row in SPECS]
    options.add_argument(
        "name", choices=[*names, "all"], metavar="NAME", help=f"all (that are bundled here), or {', '.join(names)}"
    )
    options.add_argument(
        "--data",
        type=Path,
        help="folder with stories, MNIST, emoji, reviews or pairs of sentences, also in folders of it; without it, "
        "they come from the Hub",
    )
    options.add_argument("--folder", type=Path, help="the model's folder (default: as the app loads it)")
    return options


def main(argv=None):
    arguments = parser().parse_args(argv)
    if arguments.name != "all":
        if arguments.folder:
            os.environ[variable("local")] = f"{arguments.name}={arguments.folder}"
        print(json.dumps(measure(arguments.name, arguments.data), indent=2))
        return
    # The judges come first: the others are measured with them.
    for row in sorted((row for row in SPECS if row.bundled), key=lambda row: row.task not in JUDGES):
        try:
            scores = measure(row.name, arguments.data)
        except SystemExit as sentence:  # no data for models of this kind
            print(f"{row.name} is left out. {sentence}", file=sys.stderr)
        else:
            print(json.dumps({row.name: scores}, indent=2), flush=True)


def measure(name, data=None):
    """The scores of a model; those of a model trained here are written into its folder, with its card."""
    row = spec(name)
    score = TASKS[row.task]
    # What libraries print while they load is not part of the JSON.
    with contextlib.redirect_stdout(sys.stderr), loaders.use(row.name, precision="exact") as loaded:
        scores = steered_scores(row, loaded.folder, data) if row.base else score(loaded.model, data)
        for measured in of_spaces(row.task):
            scores |= measured(data, row.name)
    # What the Hub's cache holds is the Hub's.
    if row.bundled and loaded.source in ("local", "bundled"):
        (loaded.folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
        write_card(row, loaded.folder)
    return scores


def of_spaces(task):
    """What Spaces measure of the models of a task: spaces/NAME/score.py holds TASK and scores(data, name) -> dict."""
    if str(SPACES) not in sys.path:
        sys.path.insert(0, str(SPACES))
    found = [importlib.import_module(f"{file.parent.name}.score") for file in sorted(SPACES.glob("*/score.py"))]
    return [module.scores for module in found if module.TASK == task]


def text_scores(model, data):
    """{"bits_per_character": {source: bits}, "held_out_stories": {source: count}}, of the main source. The
    others have no score: the bundled GPT-2 has read them whole. And "dial" with "dial_real", see evaluation/dial.py;
    the one who reads for it is not measured by itself, and short stories say nothing of it."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    from shared.data.stories import read_stories
    from shared.evaluation import dial
    from shared.evaluation.text import bits_per_character
    from shared.training.text import main_source

    try:
        sources = read_stories(data)
    except LocalEntryNotFoundError:
        raise SystemExit("The Hub cannot be reached for TinyStories; name a folder with stories with --data.") from None
    name = main_source(sources)
    stories = sources[name][1]
    bits = bits_per_character(model.all_logits, model.tokenizer, stories, min(512, model.context))
    scores = {"bits_per_character": {name: round(bits, 4)}, "held_out_stories": {name: len(stories)}}
    openings, real = dial.begun(model.tokenizer, stories)
    with loaders.use(dial.READER, precision="exact") as reader:
        if openings and reader.model is not model:
            scores["dial"], scores["dial_real"] = dial.text_curve(model, reader.model, openings, real)
    return scores


def steered_scores(row, folder, data):
    """Of an adapter, beside its base; see shared/evaluation/feedback.py."""
    from shared.data.stories import read_stories
    from shared.evaluation import feedback
    from shared.models.adapter import merged
    from shared.models.gpt2 import read_network
    from shared.models.text import TextTokenizer
    from shared.training.recipes import recipe
    from shared.training.text import main_source

    trained, sources = recipe(row.name), read_stories(data)
    with loaders.use(row.base) as base:
        network, reference = merged(read_network(base.folder), folder), read_network(base.folder)
        tokenizer, held_out = TextTokenizer.load(base.folder), sources[main_source(sources)][1]
        return feedback.scores(network, reference, tokenizer, trained.reward, trained.length, held_out)


def digit_scores(model, data):
    """See shared/evaluation/digits.py for what each number is."""
    from shared.evaluation import digits

    return digits.digit_scores(model, mnist(data))


def judge_scores(_, data):
    """Of the bundled judge; also writes what it says of the held-out digits, which all scores are measured against."""
    from shared.data.digits import write_excerpt
    from shared.evaluation import digits

    found = mnist(data)
    digits.write_reference(found, digits.WEIGHTS / digits.JUDGE)
    write_excerpt(found, digits.WEIGHTS / digits.JUDGE)
    return digits.judge_scores(found)


def face_scores(model, data):
    """See shared/evaluation/faces.py for what each number is."""
    from shared.data.emoji_faces import read_smileys
    from shared.evaluation import faces

    return faces.face_scores(model, read_smileys(data))


def emoji_judge_scores(_, data):
    """Of the judge of emoji faces; see shared/evaluation/faces.py."""
    from shared.data.emoji_faces import read_living, read_smileys
    from shared.evaluation import faces

    return faces.judge_scores(read_living(data), read_smileys(data))


def plane_scores(model, _):
    """See shared/evaluation/flows.py for what each number is."""
    from shared.evaluation import flows

    return flows.plane_scores(model)


def picture_scores(painter, data):
    """See shared/evaluation/text_to_image.py for what each number is."""
    from shared.evaluation import text_to_image

    return text_to_image.scores(painter.pipe, data)


def sentiment_scores(model, data):
    """See shared/evaluation/sentiment.py for what each number is."""
    from shared.data.reviews import read_reviews
    from shared.evaluation import sentiment

    return sentiment.scores(model, read_reviews(data))


def clip_scores(model, data):
    """See shared/evaluation/seeing.py for what each number is."""
    from shared.data.captions import read_captioned
    from shared.data.emoji import read_emoji
    from shared.evaluation import seeing

    return seeing.clip_scores(model, read_captioned(data), read_emoji(data))


def reader_scores(model, data):
    """See shared/evaluation/seeing.py for what each number is."""
    from shared.evaluation import seeing

    return seeing.vit_scores(model, mnist(data))


def spoken_scores(model, data):
    """See shared/evaluation/spoken.py for what each number is."""
    from shared.data.spoken import read_spoken
    from shared.evaluation import spoken

    return spoken.scores(model, read_spoken(data))


def spoken_judge_scores(_, data):
    """Of the bundled judge of spoken digits; also writes the recordings of people that pages play beside models."""
    from shared.data.spoken import read_spoken
    from shared.evaluation import spoken

    found = read_spoken(data)
    spoken.write_real(found, spoken.WEIGHTS / spoken.JUDGE)
    return spoken.judge_scores(found)


def style_scores(model, data):
    """See shared/evaluation/style_transfer.py for what each number is."""
    from shared.data.emoji_styles import read_styles
    from shared.evaluation import style_transfer

    return style_transfer.scores(model, read_styles(data, *model.styles))


def translation_scores(model, data):
    """See shared/evaluation/translation.py for what each number is."""
    from shared.data.translations import read_sentences
    from shared.evaluation import translation

    return translation.scores(model, read_sentences(data))


def mnist(data):
    """MNIST from `data`, a folder of it, or the Hub; SystemExit where it is in none: other digits, other scores."""
    from shared.data.digits import MNIST, read_digits

    inside = sorted(data.rglob("train-images-idx3-ubyte*")) if data else []
    found = read_digits(inside[0].parent if inside else data)
    if found.source != MNIST:
        raise SystemExit("Digit models are measured on MNIST; name a folder that holds it with --data.")
    return found


TASKS = {
    "text": text_scores,
    "digit-gan": digit_scores,
    "digit-vae": digit_scores,
    "digit-diffusion": digit_scores,
    "digit-flow": digit_scores,
    "plane-flow": plane_scores,
    "digit-judge": judge_scores,
    "face-gan": face_scores,
    "emoji-judge": emoji_judge_scores,
    "text-to-image": picture_scores,
    "sentiment": sentiment_scores,
    "spoken-digits": spoken_scores,
    "spoken-judge": spoken_judge_scores,
    "translate-en-zh": translation_scores,
    "translate-zh-en": translation_scores,
    "picture-text": clip_scores,
    "digits-reader": reader_scores,
    "style-transfer": style_scores,
}


if __name__ == "__main__":
    main()
