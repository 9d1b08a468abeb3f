"""What was measured of a model, as tables: the columns of README and cards, and the lines under a tab."""

from collections.abc import Sequence

from shared.core import registry
from shared.core.errors import UserError

# Title, key of scores.json, how it is written.
COLUMNS = (
    ("{score_name} ↓", "frechet", "{:.1f}"),
    ("Inception Score ↑", "inception_score", "{:.2f}"),
    ("rarest digit", "smallest_class", "{:.1%}"),
    ("precision ↑", "precision", "{:.2f}"),
    ("recall ↑", "recall", "{:.2f}"),
    ("near copies", "near_copies", "{:.1%}"),
    ("ms for 1,000", "ms_per_1000", "{:,}"),
    ("BCE + KL ↓", "bce_plus_kl", "{:.1f}"),
    ("-log p(x), k = 500 ↓", "iw_bound", "{:.2f}"),
    ("bits a pixel, exact ↓", "bits", "{:.3f}"),
)
PICTURE_COLUMNS = (
    ("autoencoder, held-out pictures ↑", "psnr", "{:.1f} dB"),
    ("right name of 200, pair seen in training ↑", "seen_top1", "{:.1%}"),
    ("among the first five", "seen_top5", "{:.1%}"),
    ("right name, pair never seen ↑", "unseen_top1", "{:.1%}"),
    ("among the first five", "unseen_top5", "{:.1%}"),
    ("best of four by CLIP: right name ↑", "best4_top1", "{:.1%}"),
    ("among the first five", "best4_top5", "{:.1%}"),
    ("real held-out pictures: right name", "real_top1", "{:.1%}"),
    ("among the first five", "real_top5", "{:.1%}"),
    ("two things in a picture: each found ↑", "pairs_found", "{:.1%}"),
    ("colour that was asked for ↑", "colours_right", "{:.1%}"),
    ("seconds for a picture", "seconds_per_picture", "{:.2f}"),
    ("pages of 50 stories: a thing of the text is recognised ↑", "story_named", "{:.1%}"),
    ("among the first five", "story_named5", "{:.1%}"),
    ("the same by CLIP, of 519 names ↑", "story_clip", "{:.1%}"),
    ("among the first five", "story_clip5", "{:.1%}"),
    ("likeness of a character to itself on other pages ↑", "same_character", "{:.3f}"),
    ("likeness of two characters ↓", "two_characters", "{:.3f}"),
)
FACE_COLUMNS = (
    ("{score_name} ↓", "frechet", "{:.0f}"),
    ("as few as held-out faces ↓", "frechet_few", "{:.0f}"),
    ("precision ↑", "precision", "{:.2f}"),
    ("recall ↑", "recall", "{:.2f}"),
    ("near copies", "near_copies", "{:.1%}"),
    ("path length in w ↓", "path_w", "{:,.0f}"),
    ("in z ↓", "path_z", "{:,.0f}"),
    ("ms a picture", "ms_per_picture", "{:.1f}"),
)

STYLE_COLUMNS = (
    ("nearness to the true partner, PSNR ↑", "there_psnr", "{:.2f} dB"),
    ("of the picture as it was", "there_untouched_psnr", "{:.2f} dB"),
    ("SSIM ↑", "there_ssim", "{:.3f}"),
    ("of the picture as it was", "there_untouched_ssim", "{:.3f}"),
    ("partner found among 200 ↑", "there_found", "{:.1%}"),
    ("of the picture as it was", "there_untouched_found", "{:.1%}"),
    ("has the other style ↑", "there_style", "{:.1%}"),
    ("of the picture as it was", "there_untouched_style", "{:.1%}"),
    ("error there and back ↓", "there_cycle", "{:.3f}"),
)

SENTIMENT_COLUMNS = (
    ("right on held-out sentences ↑", "accuracy", "{:.1%}"),
    ("calibration error ↓", "calibration_error", "{:.1%}"),
    ("ms a sentence", "ms_per_sentence", "{:.2f}"),
)

SEEING_COLUMNS = (
    ("right name of 200, pair never seen ↑", "named_top1", "{:.1%}"),
    ("among the first five", "named_top5", "{:.1%}"),
    ("the nearest-picture judge", "judge_named_top1", "{:.1%}"),
    ("among its first five", "judge_named_top5", "{:.1%}"),
    ("style and name find the picture ↑", "found_top1", "{:.1%}"),
    ("among the first five", "found_top5", "{:.1%}"),
    ("the picture finds style and name ↑", "told_top1", "{:.1%}"),
    ("the name alone finds the picture ↑", "name_found_top1", "{:.1%}"),
    ("the judge finds it", "judge_found_top1", "{:.1%}"),
    ("of two things, the word looks at its own ↑", "half_found", "{:.1%}"),
    ("ms to look at a picture", "ms_per_picture", "{:.1f}"),
)
READER_COLUMNS = (
    ("held-out digits read right ↑", "accuracy", "{:.2%}"),
    ("the convolutional judge", "judge_accuracy", "{:.2%}"),
    ("ms a digit", "ms_per_picture", "{:.1f}"),
)
TRANSLATION_COLUMNS = (
    ("BLEU ↑", "bleu", "{:.1f}"),
    ("chrF ↑", "chrf", "{:.1f}"),
    ("nearest sentence it has read: BLEU", "memory_bleu", "{:.1f}"),
    ("chrF", "memory_chrf", "{:.1f}"),
    ("ms a sentence", "ms_per_sentence", "{:.0f}"),
)

SPOKEN_COLUMNS = (
    ("held-out recordings heard right", "accuracy", "{:.1%}"),
    ("digit heard right ↑", "right", "{:.1%}"),
    ("voice heard right ↑", "right_voice", "{:.1%}"),
    ("{score_name} ↓", "frechet", "{:.1f}"),
    ("variety, people's is 1 ↑", "diversity", "{:.2f}"),
    ("alike", "alike", "{:.1%}"),
    ("near copies", "near_copies", "{:.1%}"),
    ("ms a digit, one thread", "ms_per_digit", "{:,}"),
    ("vocoder alone, mean error ↓", "vocoder_mel", "{:.3f}"),
)

FEEDBACK_COLUMNS = (
    ("its reward before", "reward_before", "{:.2f}"),
    ("its reward after ↑", "reward_after", "{:.2f}"),
    ("second judge before", "other_judge_before", "{:.2f}"),
    ("second judge after", "other_judge_after", "{:.2f}"),
    ("stories that end, before", "ended_before", "{:.0%}"),
    ("stories that end, after", "ended_after", "{:.0%}"),
    ("KL from the reference, nats a text", "kl", "{:.1f}"),
    ("different pairs of words, before", "distinct_before", "{:.2f}"),
    ("different pairs of words, after", "distinct_after", "{:.2f}"),
    ("bits per character, before", "bits_before", "{:.3f}"),
    ("bits per character, after ↓", "bits_after", "{:.3f}"),
)


def texts(names: tuple[str, ...]) -> str:
    """Markdown: what was measured, paper, data and licence of models of text."""
    try:
        rows = [registry.spec(name) for name in names]
    except UserError as error:  # a Hub id typed by hand, see AIGC_ALLOW_ANY_MODEL
        return str(error)
    corpora = list(dict.fromkeys(c for row in rows for c in registry.scores(row.name).get("bits_per_character", {})))
    titles = {corpus: corpus.replace("_", " ").capitalize() for corpus in corpora}
    lines = []
    if corpora:
        lines += [
            f"| Bits per character, held-out | {' | '.join(titles.values())} |",
            "|---" * (len(corpora) + 1) + "|",
        ]
        for row in rows:
            bits = registry.scores(row.name).get("bits_per_character", {})
            cells = [f"{bits[corpus]:.3f}" if corpus in bits else "not measured" for corpus in corpora]
            lines.append(f"| {row.title} | {' | '.join(cells)} |")
    elif not all(row.bundled for row in rows):
        lines.append("This project has measured nothing about this model: it was trained elsewhere.")
    for row in rows:
        lines += ["", named(row)]
    return "\n".join(lines)


def named(row: registry.ModelSpec) -> str:
    """Markdown: title, what it is, paper and licence of a model."""
    said = [f"**{row.title}**", row.summary, row.paper or "no paper named", f"Licence: {row.license}"]
    return " · ".join(part.rstrip(".") for part in said if part) + "."


def pictures(name: str) -> str:
    """Markdown: what was measured of a model, then its paper and licence."""
    try:
        row = registry.spec(name)
    except UserError as error:
        return str(error)
    mine = registry.scores(name)
    lines = [f"| {words} | {form.format(mine[key])} |" for words, key, form in PICTURE_COLUMNS if key in mine]
    if lines:
        lines = [f"| {row.title} | |", "|---|---|", *lines]
    else:
        lines = ["Nothing was measured of this model here."]
    return "\n".join([*lines, "", named(row)])


def seeing(name: str) -> str:
    """Markdown: what was measured of the CLIP that is bundled, beside the judge; paper, licence of the chosen one."""
    chosen = registry.spec(name)
    lines = []
    for row in registry.SPECS:
        mine = registry.scores(row.name) if row.task == "picture-text" else {}
        if mine:
            lines += [f"| {row.title} | {mine['held_out']} held-out pictures |", "|---|---|"]
            lines += [f"| {title} | {form.format(mine[key])} |" for title, key, form in SEEING_COLUMNS if key in mine]
    if not registry.scores(name):
        lines += ["", f"{chosen.title} was trained elsewhere, and nothing was measured of it here."]
    return "\n".join([*lines, "", named(chosen)])


def of_task(
    task: str, name: str, columns: Sequence[tuple[str, str, str]], measured_on: str = "", note: str = ""
) -> str:
    """Markdown: what was measured of all models of a task, `name` in bold; a note; then its paper and licence.

    columns: title, key of scores.json, how it is written; a dash where a model has no such figure.
    """
    if name not in registry.names(task):
        return ""
    lines = [f"| {measured_on} | {' | '.join(title for title, _, _ in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in map(registry.spec, registry.names(task)):
        mine = registry.scores(row.name)
        if mine:
            cells = [form.format(mine[key]) if key in mine else "–" for _, key, form in columns]
            lines.append(f"| {f'**{row.title}**' if row.name == name else row.title} | {' | '.join(cells)} |")
    chosen = registry.spec(name)
    if not registry.scores(name):
        note += f"\n\n{chosen.title} was trained elsewhere, and nothing was measured of it here."
    return "\n".join([*lines, "", note.strip(), "", named(chosen)])
