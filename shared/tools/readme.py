"""The tables of README.md and shared/weights/README.md, in English and Chinese, from registry, scores and settings.

python -m shared.tools.readme       # writes them
"""

import re
from pathlib import Path

from shared.core import chinese, limits, registry, settings
from shared.core.registry import SPECS, ModelSpec
from shared.core.registry.translation import INTO_CHINESE, INTO_ENGLISH
from shared.evaluation.measured import (
    COLUMNS,
    FACE_COLUMNS,
    FEEDBACK_COLUMNS,
    PICTURE_COLUMNS,
    READER_COLUMNS,
    SEEING_COLUMNS,
    SENTIMENT_COLUMNS,
    SPOKEN_COLUMNS,
    STYLE_COLUMNS,
    TRANSLATION_COLUMNS,
)

FOLDERS = (Path(__file__).parents[2], registry.WEIGHTS)
READMES = [folder / name for folder in FOLDERS for name in ("README.md", "README.zh.md")]

KINDS = {  # what the README calls them: the tasks of their rows
    "text": ("text",),
    "pictures from words": ("text-to-image",),
    "styles of pictures": ("style-transfer",),
    "smileys": ("face-gan",),
    "digits by GANs": ("digit-gan",),
    "digits by VAEs": ("digit-vae",),
    "digits by flows": ("digit-flow", "plane-flow"),
    "digits by diffusion": ("digit-diffusion",),
    "spoken digits": ("spoken-digits",),
    "the mood of texts": ("sentiment",),
    "summaries": ("summary",),
    "translation": (INTO_CHINESE, INTO_ENGLISH),
    "words and pictures, reading": ("picture-text", "digits-reader"),
    "judges": ("digit-judge", "emoji-judge", "spoken-judge"),
}


def overview() -> str:
    """All models, a line for each kind."""
    lines = ["| of | in this repository | on the Hub |", "|---|---|---|"]
    for kind, tasks in KINDS.items():
        rows = [row for row in SPECS if row.task in tasks]
        ours = ", ".join(f"`{row.name}`" for row in rows if row.bundled)
        theirs = ", ".join(f"[{row.title}](https://huggingface.co/{row.repo})" for row in rows if not row.bundled)
        lines.append(f"| {kind} | {ours} | {theirs} |")
    return "\n".join(lines)


def models() -> str:
    """The models of text."""
    lines = ["| name | model | weights | size | licence | bits per character |", "|---|---|---|---|---|---|"]
    for row in SPECS:
        if row.task == "text":
            weights = "in this repository" if row.bundled else f"[{row.repo}](https://huggingface.co/{row.repo})"
            lines.append(
                f"| `{row.name}` | {row.title} | {weights} | {row.download_mb:,} MB | {row.license} | {_bits(row)} |"
            )
    return "\n".join(lines)


def _bits(row: ModelSpec) -> str:
    found = registry.scores(row.name)
    return f"{found['bits_per_character']['tinystories']:.3f}" if "bits_per_character" in found else ""


def feedback() -> str:
    """The storytellers that were steered by a reward, before and after."""
    rows = [row for row in SPECS if row.base]
    lines = [f"| | {' | '.join(f'`{row.name}`' for row in rows)} |", f"|---{'|---' * len(rows)}|"]
    for title, key, form in FEEDBACK_COLUMNS:
        found = [registry.scores(row.name) for row in rows]
        lines.append(f"| {title} | {' | '.join(form.format(one[key]) if key in one else '' for one in found)} |")
    return "\n".join(lines)


def pictures() -> str:
    """The models that draw from words."""
    lines = ["| name | model | weights | size | licence | steps |", "|---|---|---|---|---|---|"]
    for row in SPECS:
        if row.task == "text-to-image":
            place = "in this repository" if row.bundled else f"[{row.repo}](https://huggingface.co/{row.repo})"
            cells = f"`{row.name}`", row.title, place, f"{row.download_mb:,} MB", row.license, f"{row.picture.steps}"
            lines.append(f"| {' | '.join(cells)} |")
    found = registry.scores("emoji-diffusion")
    if found:
        lines += ["", "| `emoji-diffusion` | |", "|---|---|"]
        lines += [f"| {title} | {form.format(found[key])} |" for title, key, form in PICTURE_COLUMNS if key in found]
    return "\n".join(lines)


def digits() -> str:
    """The models of digits with their scores, and what real digits score; blank where nothing was measured."""
    floor = registry.scores("digit-judge")
    titles = [title.format(score_name=floor.get("score_name", "digit-FD")) for title, _, _ in COLUMNS]
    rows = [("real digits", floor)]
    rows += [(f"`{row.name}`", registry.scores(row.name)) for row in SPECS if row.task in DRAWING]
    lines = [f"| name | {' | '.join(titles)} |", f"|---{'|---' * len(titles)}|"]
    for name, found in rows:
        cells = [form.format(found[key]) if key in found else "" for _, key, form in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if floor:
        lines.append(f"\nThe judge, `digit-judge`, reads {floor['accuracy']:.2%} of the held-out digits right.")
    return "\n".join(lines)


def faces() -> str:
    """The models of faces, and what held-out real faces score; blank where nothing was measured."""
    floor = registry.scores("emoji-classifier")
    titles = [title.format(score_name=floor.get("score_name", "emoji-FD")) for title, _, _ in FACE_COLUMNS]
    few = {"frechet_few": floor["frechet"]} | {key: floor[key] for key in ("precision", "recall")} if floor else {}
    rows = [("held-out real faces", few)]
    rows += [(f"`{row.name}`", registry.scores(row.name)) for row in SPECS if row.task == "face-gan"]
    lines = [f"| name | {' | '.join(titles)} |", f"|---{'|---' * len(titles)}|"]
    for name, found in rows:
        cells = [form.format(found[key]) if key in found else "" for _, key, form in FACE_COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if floor:
        right = f"the style of {floor['style_accuracy']:.1%} and the name of {floor['name_accuracy']:.1%}"
        lines.append(f"\nThe judge, `emoji-classifier`, tells {right} of the held-out pictures.")
    return "\n".join(lines)


def sentiment() -> str:
    """The models that judge a text."""
    return of_tasks(("sentiment",), SENTIMENT_COLUMNS)


def translation() -> str:
    """The models that translate."""
    return of_tasks((INTO_CHINESE, INTO_ENGLISH), TRANSLATION_COLUMNS)


def of_tasks(tasks: tuple[str, ...], columns: tuple[tuple[str, str, str], ...]) -> str:
    """The models of these tasks with their scores; blank where nothing was measured."""
    titles = [title for title, _, _ in columns]
    lines = [f"| name | model | weights | {' | '.join(titles)} |", f"|---|---|---{'|---' * len(titles)}|"]
    for row in SPECS:
        if row.task in tasks:
            found, place = registry.scores(row.name), "in this repository"
            if not row.bundled:
                place = f"[{row.repo.split('/')[0]}](https://huggingface.co/{row.repo}), {row.download_mb:,} MB"
            cells = [form.format(found[key]) if key in found else "" for _, key, form in columns]
            lines.append(f"| `{row.name}` | {row.title} | {place} | {' | '.join(cells)} |")
    return "\n".join(lines)


def seeing() -> str:
    """The models that look at pictures with a Transformer, a line each, and what was measured of them."""
    lines = ["| name | model | weights | size | licence |", "|---|---|---|---|---|"]
    measured = []
    for row in SPECS:
        if row.task in ("picture-text", "digits-reader"):
            place = "in this repository" if row.bundled else f"[{row.repo}](https://huggingface.co/{row.repo})"
            lines.append(f"| `{row.name}` | {row.title} | {place} | {row.download_mb:,} MB | {row.license} |")
            columns = SEEING_COLUMNS if row.task == "picture-text" else READER_COLUMNS
            found = registry.scores(row.name)
            if found:
                measured += ["", f"| `{row.name}` | |", "|---|---|"]
                measured += [f"| {title} | {form.format(found[key])} |" for title, key, form in columns if key in found]
    return "\n".join([*lines, *measured])


def spoken() -> str:
    """The models that speak digits, and what real recordings score."""
    judge = registry.scores("spoken-judge")
    columns = [column for column in SPOKEN_COLUMNS if column[1] not in ("accuracy", "vocoder_mel")]
    titles = [title.format(score_name=judge.get("score_name", "spoken-FD")) for title, _, _ in columns]
    real = judge | {key: judge[of] for key, of in (("right", "accuracy"), ("right_voice", "accuracy_voice")) if judge}
    rows = [("real recordings", real | {"diversity": 1} if judge else {})]
    rows += [(f"`{row.name}`", registry.scores(row.name)) for row in SPECS if row.task == "spoken-digits"]
    lines = [f"| name | {' | '.join(titles)} |", f"|---{'|---' * len(titles)}|"]
    for name, found in rows:
        cells = [form.format(found[key]) if key in found else "" for _, key, form in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def styles() -> str:
    """The models that translate between styles, there; blank where nothing was measured."""
    lines = [f"| name | {' | '.join(title for title, _, _ in STYLE_COLUMNS)} |", f"|---{'|---' * len(STYLE_COLUMNS)}|"]
    for row in SPECS:
        if row.task == "style-transfer":
            found = registry.scores(row.name)
            cells = [form.format(found[key]) if key in found else "" for _, key, form in STYLE_COLUMNS]
            lines.append(f"| `{row.name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


DRAWING = ("digit-gan", "digit-vae", "digit-flow", "digit-diffusion")
TABLES = {
    "overview": overview,
    "models": models,
    "feedback": feedback,
    "pictures": pictures,
    "digits": digits,
    "faces": faces,
    "styles": styles,
    "sentiment": sentiment,
    "spoken": spoken,
    "seeing": seeing,
    "translation": translation,
    "options": settings.markdown,
    "limits": limits.markdown,
}


def with_tables(text: str, in_chinese: bool = False) -> str:
    """The text with what stands between `<!-- NAME -->` and `<!-- /NAME -->` made anew."""
    spoken = chinese.markdown if in_chinese else str

    def made(found: re.Match) -> str:
        return f"<!-- {found[1]} -->\n{spoken(TABLES[found[1]]())}\n<!-- /{found[1]} -->"

    return re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", made, text, flags=re.DOTALL)


if __name__ == "__main__":
    for readme in READMES:
        readme.write_text(with_tables(readme.read_text("utf-8"), ".zh." in readme.name), "utf-8")
