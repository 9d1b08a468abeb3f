"""Cards of models that write, and of adapters to them."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import FEEDBACK_COLUMNS
from shared.training.recipes import recipe

from .tables import recipe_of

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
        recipe=recipe_of(trained),
        data=STORIES["tinystories"] + ".",
    )
