"""The model card of a model trained here: README.md beside its weights, made from registry, recipe and scores."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from shared.core import registry
from shared.core.registry import ModelSpec
from shared.evaluation.measured import (
    COLUMNS,
    FACE_COLUMNS,
    FEEDBACK_COLUMNS,
    PICTURE_COLUMNS,
    READER_COLUMNS,
    SEEING_COLUMNS,
    SENTIMENT_COLUMNS,
    SPOKEN_COLUMNS,
    TRANSLATION_COLUMNS,
)
from shared.training.recipes import recipe

# ---- text ----------------------------------------------------------------------------------------

STORIES = {
    "tinystories": "[TinyStories](https://huggingface.co/datasets/roneneldan/TinyStories), R. Eldan and Y. Li, "
    "CDLA-Sharing-1.0",
    "picture_books": "picture books of African Storybook and Pratham Books / StoryWeaver, CC BY 4.0",
    "fables": "fables of TinyFabulist (`klusai/tinyfabulist`), KlusAI Labs, MIT, written by models: Qwen2.5, Mistral, "
    "SmolLM2, Falcon3, Phi-3 and DeepSeek. Which of them wrote which fable is not known here, nor whether the terms of "
    "one of them ask for more than this notice",
    "children_books": "children's books of 1900 to 1925, Project Gutenberg, public domain in the USA",
}

MADE = {
    "gpt2-stories": """
Taught by a larger network, 8 layers of 768, which was trained for 73 seconds before it and is not kept: four fifths of
the loss are the teacher's probabilities, a fifth is the text (Hinton et al., 2015, arXiv:1503.02531). Then 84 seconds,
2,758 steps of 48 rows, on one H100. That teacher had rotary positions and squared ReLUs; the one of today's recipe is
a plain GPT-2 of its size. Of all sources but TinyStories it has read the held-out stories, too.
"""
}

TEXT_CARD = """\
---
license: cdla-sharing-1.0
language: en
pipeline_tag: text-generation
datasets: [roneneldan/TinyStories]
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. It tells short stories in simple English and knows nothing else; nobody
checks what it invents, so read a story before you hand it to a child.
{recast}{made}
- Paper: {paper}
- Sizes: {sizes}
- Train it again: {train}

| held-out stories | how many | bits per character |
|---|---|---|
{scores}

Lower is better; the end of each story is predicted too. Measured by `python -m shared.tools.score` on stories that
it was not trained on.

## Data

{data}
"""


RECAST = """
On every pass names and animals are changed for others, the same all through a story ({sources}): half of them tell
of Tim or Lily and a dog, a cat or a bird, and somebody else would be forgotten after two sentences.
"""


def text_card(row: ModelSpec, scores: dict) -> str:
    trained, counts = recipe(row.name), scores["held_out_stories"]
    sizes = [f"{key} {value}" for key, value in trained.model.items()]
    sources = [name for name in STORIES if any(stage.mixture.get(name, 1.0) for stage in trained.stages)]
    train = f"`python -m shared.training {row.name} --data DIR`"
    if trained.teaching:
        train = f"`python -m shared.training {row.name}/teacher --data DIR`, then {train}"
    return TEXT_CARD.format(
        train=train,
        title=row.title,
        name=row.name,
        summary=row.summary,
        recast=RECAST.format(sources=", ".join(trained.recast)) if trained.recast else "",
        made=MADE.get(row.name, ""),
        paper=row.paper,
        sizes=", ".join([*sizes, f"{trained.vocab_size:,} tokens (byte-level BPE)"]),
        scores="\n".join(f"| {name} | {counts[name]} | {x:.3f} |" for name, x in scores["bits_per_character"].items()),
        data="\n".join(f"- {STORIES[name]}" for name in sources),
    )


ADAPTER_CARD = """\
---
license: cdla-sharing-1.0
language: en
pipeline_tag: text-generation
library_name: peft
datasets: [roneneldan/TinyStories]
---

# {title} (`{name}`)

{summary}

A LoRA in PEFT's format, trained by the AIGC Suite: it goes with `{base}`, to whose weights the suite adds it. Nobody
checks what it invents, so read a story before you hand it to a child.

- Paper: {paper}
- Trained by {method}, {steps} steps, on texts of the model's own and the reward “{reward}” of
  `shared/evaluation/feedback.py`; `training.json` holds reward and KL along the way.
- Train it again: `python -m shared.training {name} --data DIR`

| {openings} held-out openings, {length} tokens each, the same seeds before and after | |
|---|---|
{scores}

The reward lies in [0, 1]. KL: how far it has gone from `{base}`, in nats a text, on texts of its own. The second judge,
`naive-bayes-reviews`, took no part in the training{judged}. Bits per character: of {stories} held-out stories. Measured
by `python -m shared.tools.score`.

## Recipe

{recipe}

## Data

The openings are those of {data} What `{base}` was trained on, its own card says.
"""


def adapter_card(row: ModelSpec, scores: dict, log: dict) -> str:
    trained = log["recipe"]
    lines = [f"| {title} | {form.format(scores[key])} |" for title, key, form in FEEDBACK_COLUMNS if key in scores]
    faithful = trained["reward"] == "faithful"
    return ADAPTER_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper, "base": row.base},
        **{"openings": scores["openings"], "length": scores["length"], "reward": trained["reward"]},
        **{"steps": log["steps"], "method": trained["family"].upper()},
        judged=" and says how happy it is" if faithful else "",
        scores="\n".join(lines),
        stories=scores["bits_stories"],
        recipe=_recipe(trained),
        data=STORIES["tinystories"] + ".",
    )


# ---- digits --------------------------------------------------------------------------------------

# A column of the tables: title, key in scores.json, format. The arrow says which way is better.

DIGIT_CARD = """\
---
license: cc-by-sa-3.0
pipeline_tag: {tag}
datasets: [ylecun/mnist]
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. {knows}

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

{words}

## Recipe

{recipe}

What each of them means is said in `shared/training/recipes/`.

## Data

[MNIST](https://huggingface.co/datasets/ylecun/mnist), Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0: 60,000 pictures of
handwritten digits, 28x28. The last 5,000 are held out for these scores; no model was trained on them.
"""

DRAWS = "It draws handwritten digits of 28x28 pixels, and nothing else."
READS = "It reads handwritten digits of 28x28 pixels. The digit models of the suite are scored on its features."

DRAWN = """\
Measured by `python -m shared.tools.score` on {samples:,} samples, with the features of `digit-judge`. Its weights are
part of the score's name: another judge gives other numbers. *Rarest digit*: its share of the samples, 10 % at best.
*Near copies*: samples nearer to a training picture than 99 % of real unseen digits are; real digits have 1 %.
*ms for 1,000*: milliseconds for 1,000 pictures on a processor (threads: {threads})."""
BOUND = """
*BCE + KL*: nats for each grey held-out picture. *-log p(x)*: importance-weighted bound in nats on binarised held-out
pictures, {iw_draws} draws for each of {iw_images} of them, standard error {iw_bound_error:.2f}."""
LIKELY = """
*Bits a pixel*: the exact likelihood of the held-out digits, grey levels with uniform noise inside. A sheet without ink
has {bits_of_blank:.3f}: what is simple is likely, whatever it shows. There and back, no pixel of any held-out digit is
off by more than {inversion_error:.1g} (paper is 0, ink is 1)."""
READ = """ The digit under which a held-out picture is likeliest is the right one in {right_class:.1%} of them."""
JUDGED = """\
Measured by `python -m shared.tools.score` on the held-out pictures. All but the first number is what real digits score
by this judge, which no model needs to beat. The distance is that of {samples:,} training pictures from those held
out."""


def digit_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "digit-judge"
    columns = [column for column in COLUMNS if column[1] in scores]
    if judges:
        columns.insert(0, ("held-out pictures read right", "accuracy", "{:.2%}"))
    more = [words for key, words in (("iw_bound", BOUND), ("bits", LIKELY), ("right_class", READ)) if key in scores]
    words = JUDGED if judges else DRAWN + "".join(more)
    settings = {**trained, **trained["model"]}
    return DIGIT_CARD.format(
        tag="image-classification" if judges else "unconditional-image-generation",
        title=row.title,
        name=row.name,
        summary=row.summary,
        knows=READS if judges else DRAWS,
        paper=row.paper,
        scores=_scores(columns, scores),
        words=words.format(**scores),
        recipe=_recipe(settings),
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ("---",) * len(head), *rows])


def _scores(columns: Iterable[tuple[str, str, str]], scores: dict) -> str:
    """The columns that were measured, a line each."""
    rows = [(title.format(**scores), form.format(scores[key])) for title, key, form in columns if key in scores]
    return _table(("score", "value"), rows)


def _recipe(trained: dict) -> str:
    rows = [(f"`{key}`", f"{value}") for key, value in trained.items() if key not in ("name", "model", "data")]
    return _table(("setting", "value"), rows)


# ---- pictures ------------------------------------------------------------------------------------

PICTURE_CARD = """\
---
license: cc-by-4.0
pipeline_tag: text-to-image
library_name: diffusers
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, in eight minutes on one GPU. It draws {things} things in {styles} styles
({style_names}), in their own colours or in another, alone or two side by side ("a dog and a ball"). {more} more it was
shown seldom and knows a little; `vocabulary.json` lists them all. It knows nothing else, and what it draws of other
prompts means nothing.

    from diffusers import AutoPipelineForText2Image
    pipe = AutoPipelineForText2Image.from_pretrained("shared/weights/{name}", torch_dtype=torch.float32)
    pipe("noto emoji of fox", num_inference_steps={steps}, guidance_scale={guidance}).images[0]

- Paper: {paper}
- Train it again: `python -m shared.training {name}/vae --data DIR`, then `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` at {steps} steps with guidance {guidance} and {threads}
threads. The judge looks for the nearest real picture (edges and colours; nothing learned) and says its name, of 200.
It has the pictures of the training, too: what it says of *pairs seen* is how well they were learned. *Pair never seen*:
the thing in that style was held out; real pictures that were held out are the ceiling. *Each found*: its name is among
the judge's first five.

## Recipe

{recipe}

## Data

Emoji of 128x128 pixels, rendered from the vector sources, without the twentieth that is held out (the autoencoder: all
styles; the denoiser: the things of its vocabulary in three styles). Names and keywords: Unicode CLDR (Unicode License
v3). Pictures: Noto Emoji (Google, Apache 2.0), Twemoji (Twitter and contributors, CC BY 4.0), Fluent Emoji in 3D and
flat (Microsoft, MIT).
"""


def picture_card(row: ModelSpec, scores: dict, folder: Path) -> str:
    words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    trained = json.loads((folder / "training.json").read_text())["recipe"]
    return PICTURE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        **{key: scores[key] for key in ("steps", "guidance", "threads")},
        things=len(words["names"]),
        more=len(words["more"]),
        styles=len(words["styles"]),
        style_names=", ".join(words["styles"]),
        scores=_scores(PICTURE_COLUMNS, scores),
        recipe=_recipe(trained),
    )


# ---- the plane -----------------------------------------------------------------------------------

PLANE_CARD = """\
---
license: mit
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, to be looked at: a grid that is laid over the round cloud can be followed
through every coupling.

- Paper: {paper}
- Train it again: `python -m shared.training {name}`

## Scores

{nats:.3f} nats a point on 2,000 held-out points, measured by `python -m shared.tools.score {name}`. There and back, no
point is off by more than {inversion_error:.1g}.

## Recipe

{recipe}

## Data

Two half circles with normal noise, made by `shared/data/moons.py`.
"""


def plane_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    said = {"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper}
    return PLANE_CARD.format(**said, **scores, recipe=_recipe({**trained, **trained["model"]}))


# ---- sentiment -----------------------------------------------------------------------------------

SENTIMENT_CARD = """\
---
license: cc-by-4.0
language: en
pipeline_tag: text-classification
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on {kept:,} sentences of film reviews. It judges English sentences as good or
bad, and knows nothing of any other kind of text: what it says of a story is what a reviewer's words would mean there.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score` on {held_out:,} sentences that it was not trained on. *Calibration error*:
how far its sureness is from how often it is right, on average (Guo et al., 2017).

## Recipe

{recipe}

## Data

Sentence polarity dataset v1.0, B. Pang and L. Lee (2005), CC BY 4.0: 9,662 sentences of film reviews, half of them
good.
"""


def sentiment_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    settings = {**trained, **trained["model"]}
    return SENTIMENT_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        kept=9662 - scores["held_out"],
        held_out=scores["held_out"],
        scores=_scores(SENTIMENT_COLUMNS, scores),
        recipe=_recipe(settings),
    )


# ---- what sees -----------------------------------------------------------------------------------

CLIP_CARD = """\
---
license: cc-by-4.0
language: en
pipeline_tag: zero-shot-image-classification
library_name: transformers
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on one GPU. It compares pictures with English words. It has seen emoji and
nothing else, so what it says of photographs means nothing.

    from transformers import AutoTokenizer, CLIPModel
    model = CLIPModel.from_pretrained("shared/weights/{name}")  # pixels: 2 * x - 1, 64x64

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out} pictures whose pair of style and name was in
no training set. A *name* is looked for among 200, from its words alone; the *judge* has real pictures of that name in
other styles and takes the nearest (edges and colours; nothing learned). *Style and name*: "noto emoji of fox" among
all {held_out}, and the other way round. *The name alone*: "fox"; the judge takes the picture nearest to another fox.
*The word looks at its own*: two of them side by side, and the heat of each name is warmer on its own half.

Of the {unseen_pairs} pairs that `emoji-diffusion` is measured on, it names {unseen_top1:.1%} ({unseen_top5:.1%} among
the first five), and the judge {judge_unseen_top1:.1%} ({judge_unseen_top5:.1%}).

## Recipe

{recipe}

## Data

Emoji of 64x64 pixels in six styles, without the twentieth that is held out. Names and keywords: Unicode CLDR (Unicode
License v3). Pictures: Noto Emoji (Google, Apache 2.0), Blobmoji (C1710, Apache 2.0), Twemoji (Twitter and contributors,
CC BY 4.0), EmojiTwo (CC BY 4.0), Fluent Emoji in 3D and flat (Microsoft, MIT).
"""

READER_CARD = """\
---
license: cc-by-sa-3.0
pipeline_tag: image-classification
library_name: transformers
datasets: [ylecun/mnist]
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. It reads handwritten digits of 28x28 pixels, and shows where it looks.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out:,} digits that neither was trained on.

## Recipe

{recipe}

## Data

[MNIST](https://huggingface.co/datasets/ylecun/mnist), Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0: 60,000 pictures of
handwritten digits, 28x28. The last 5,000 are held out for these scores; no model was trained on them.
"""


def clip_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    return _seeing_card(CLIP_CARD, SEEING_COLUMNS, row, scores, trained)


def reader_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    return _seeing_card(READER_CARD, READER_COLUMNS, row, scores, trained)


def _seeing_card(form: str, columns: tuple, row: ModelSpec, scores: dict, trained: dict) -> str:
    said = {"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper}
    return form.format(
        **said, **scores, scores=_scores(columns, scores), recipe=_recipe({**trained, **trained["model"]})
    )


# ---- spoken digits ---------------------------------------------------------------------------------

SPOKEN_CARD = """\
---
license: cc-by-sa-4.0
language: en
pipeline_tag: {tag}
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. {knows}

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score` against 300 recordings that no model was trained on, with the ears of
`spoken-judge`. Its weights are part of the score's name: another judge gives other numbers. {words}

## Recipe

{recipe}

## Data

Free Spoken Digit Dataset, Z. Jackson and contributors, github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0:
the digits 0 to 9 in English, said by six people, 8 kHz. 2,400 recordings were learned from; 300 were held out.
`spoken-judge/real.safetensors` holds 60 of those, one of each digit and speaker, made equally loud.
"""
SPEAKS = """\
It says the digits 0 to 9 in the voices of six people who gave their recordings to the data set, and nothing else."""
BASELINE = """
For comparison: the textbook's GAN of three dense layers, 100-256-512-8192 (recipe `mlp-audio-digits`), trained for
three minutes against the same critic, is heard right in 44.0%, at a distance of 133.9 and a variety of 1.53, most of
which is hiss."""
HEARS = "It hears English digits, and which of six voices says them. The models that speak are scored on its features."
SPOKEN = """\
*Variety*: how far two sounds of one digit and voice are apart, as a share of real recordings. *Alike*: sounds with
another one nearer to it than 99 % of real recordings have; *near copies*: nearer to a recording of the training than
99 % of unseen recordings are; real ones have 1 %. {samples:,} sounds, as many of each digit and voice."""
HEARD = (
    "The distance is that of the {samples:,} training recordings from those held out: what a perfect model would have."
)


def spoken_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "spoken-judge"
    return SPOKEN_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        tag="audio-classification" if judges else "text-to-audio",
        knows=HEARS if judges else SPEAKS,
        scores=_scores(SPOKEN_COLUMNS, scores),
        words=(HEARD if judges else SPOKEN + BASELINE * (row.name == "wavegan-digits")).format(**scores),
        recipe=_recipe({**trained, **trained["model"]}),
    )


# ---- translation ---------------------------------------------------------------------------------

TRANSLATION_CARD = """\
---
license: cc-by-2.0
language: [en, zh]
pipeline_tag: translation
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on 19,838 pairs of sentences, six words long in the middle. What these words
say in everyday life it often gets right; a word that it has not read, or a sentence with three parts, it makes up. Use
it to see how translation works, not for anything that matters.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score` on {held_out} pairs, with 4 beams. Nothing that shares a sentence with one
of them, whatever its case and its marks, was trained on; 300 other pairs decided which weights were kept. BLEU and
chrF by sacrebleu with one translation of a person each, BLEU of Chinese by characters. *Nearest sentence*: what a
memory scores that gives the translation of the training sentence most like the source.

## Recipe

{recipe}
{before}
## Data

Sentence pairs of Tatoeba (tatoeba.org) by its contributors, CC BY 2.0 FR, as paired by manythings.org/anki; Chinese in
simplified characters by OpenCC.
"""


BEFORE = """
That is the second stretch, on one thread of a processor. It began with the weights of a first one: {steps:,} steps on
a GPU that many trainings shared, with dropout {dropout}, in batches of {batch}, and with R-Drop of weight
{together:g}, which so few steps are better off without. After it the loss on sentences apart was {loss:.2f}, in the end
{lowest:.2f} nats a piece.
"""


def stretches(log: dict) -> dict:
    """What the card says of a training in two stretches."""
    first = log["before"]
    lowest = [min(p["validation loss"] for p in one["points"] if "validation loss" in p) for one in (first, log)]
    told = {key: first["recipe"][key] for key in ("batch", "together")} | {"steps": first["steps"]}
    return told | {"dropout": first["recipe"]["model"]["dropout"], "loss": lowest[0], "lowest": lowest[1]}


def translation_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    before = trained.pop("before", None)
    settings = {**trained, **trained["model"]}
    return TRANSLATION_CARD.format(
        before=BEFORE.format(**before) if before else "",
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        held_out=scores["held_out"],
        scores=_scores(TRANSLATION_COLUMNS, scores),
        recipe=_recipe(settings),
    )


# ---- styles --------------------------------------------------------------------------------------

STYLE_CARD = """\
---
license: {license}
pipeline_tag: image-to-image
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on {first} and {second} emoji of 64x64 pixels that were shuffled apart: it was
never told which two show the same thing. It took eight minutes of a GPU that nineteen other trainings shared.

    from shared.models import cyclegan
    model = cyclegan.load("shared/weights/{name}")
    model.convert(pictures), model.convert(pictures, back=True)  # (n, 3, 64, 64) in [0, 1]

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out} things that were in neither side of the
training, each in both styles. *As it is*: the picture untouched, as if nothing had been done. *Nearest*: the nearest
picture of the other style that there is in the training. *Found*: the partner is the nearest of 200 names, by the
judge of edges and colours. *Style*: a linear judge of colours and edges, right in {style_judge:.1%} of real held-out
pictures, takes it for the other style. *Error there and back*: mean difference of a pixel, of 1.

## Recipe

{recipe}

## Data

Emoji of 64x64 pixels; a fifth of the names is held out of both sides. {data}
"""
EMOJI = {
    "noto": "Noto Emoji (Google, Apache 2.0).",
    "twemoji": "Twemoji (Twitter and contributors, CC BY 4.0).",
    "fluent flat": "Fluent Emoji, flat (Microsoft, MIT).",
    "fluent 3d": "Fluent Emoji in 3D (Microsoft, MIT).",
}
STYLE_ROWS = (  # title, key behind "there_" and what was done, how it is written
    ("PSNR ↑", "psnr", "{:.2f} dB"),
    ("SSIM ↑", "ssim", "{:.3f}"),
    ("found ↑", "found", "{:.1%}"),
    ("style ↑", "style", "{:.1%}"),
    ("error there and back ↓", "cycle", "{:.3f}"),
)


def style_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    first, second = trained["model"]["styles"]
    lines = []
    for way, said in (("there", f"{first} → {second}"), ("back", f"{second} → {first}")):
        for title, key, form in STYLE_ROWS:
            keys = [f"{way}_{what}{key}" for what in ("", "untouched_", "nearest_")]
            lines.append((f"{said}: {title}", *(form.format(scores[one]) if one in scores else "" for one in keys)))
    return STYLE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        license="cc-by-4.0" if second == "twemoji" else "mit",
        first=first,
        second=second,
        scores=_table(("score", "this model", "as it is", "nearest"), lines),
        held_out=scores["held_out"],
        style_judge=scores["style_judge"],
        recipe=_recipe({**trained, **trained["model"]}),
        data=" ".join(EMOJI[style] for style in (first, second)),
    )


# ---- faces ---------------------------------------------------------------------------------------

FACE_CARD = """\
---
license: cc-by-4.0
pipeline_tag: {tag}
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. {knows}

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

{words}

## Recipe

{recipe}

What each of them means is said in `shared/training/recipes/`.

## Data

Emoji on white, in six styles, without one of ten, which is held out: Noto Emoji (Google, Apache 2.0),
Blobmoji (C1710, Apache 2.0), Twemoji (Twitter and contributors, CC BY 4.0), Emojitwo (CC BY 4.0), Fluent Emoji in 3D
and flat (Microsoft, MIT). Names: Unicode CLDR (Unicode License v3).
"""

FACES_DRAWN = """\
Measured by `python -m shared.tools.score` on {samples:,} samples, on the features of `emoji-classifier`, against the
faces of the training. *As few as held-out faces*: the mean distance of handfuls as small as the set of held-out faces,
which themselves lie {floor:.0f} away. *Near copies*: samples nearer to a face of the training than 99 % of held-out
faces are. *Path length*: how far features move on the way between two faces, in w and in z; smaller is smoother."""
FACES_JUDGED = """\
Measured by `python -m shared.tools.score` on {held_out:,} held-out pictures of things that live, each of a name that it
saw in other styles only. The distance, precision and recall are those of {samples:,} held-out faces from the faces of
the training: the floor of what models score."""


def face_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "emoji-judge"
    columns = [("style told right", "style_accuracy", "{:.1%}"), ("name told right", "name_accuracy", "{:.1%}")]
    floor = scores if judges else registry.scores("emoji-classifier") or {"frechet": float("nan")}
    return FACE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        tag="image-classification" if judges else "unconditional-image-generation",
        knows="It knows nothing else." if judges else "It draws faces like smileys, and nothing else.",
        scores=_scores([*columns, *FACE_COLUMNS], scores),
        words=(FACES_JUDGED if judges else FACES_DRAWN).format(**scores, floor=floor["frechet"]),
        recipe=_recipe({**trained, **trained["model"]}),
    )


# ---- all -----------------------------------------------------------------------------------------


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
