"""The widget that a field of a request wants: a slider for a range, radio buttons for a few choices.

    n = widget(Grid.fields()["n"], "gan_digits", t)
    controls = {name: widget(field, "gan_digits", t) for name, field in REQUESTS.fields().items()}

`t` is the tab's own: "n" is the label of the field n, "n_hint" the line below it, and "route_slerp" what the choice
slerp of the field route is called. A choice without a word of its own stands as it is; a model by its title.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from shared.core import hub, registry
from shared.core.kinds import NEW, Choice, Kind, Model, Number, Seed, Several, Switch, Text, Whole
from shared.core.request import Field
from shared.core.settings import settings as host

Words = Callable[[str], Any]  # key -> the word in the visitor's language; KeyError where there is none
FEW = 13  # choices that are seen at once, as radio buttons


def widget(
    field: Field,
    tab: str,
    words: Words,
    component: Callable[..., gr.components.Component] | None = None,
    **overrides: Any,
) -> gr.components.Component:
    """component: another than the usual one, such as gr.Number for a range. overrides: arguments of the component."""
    kind, key = field.kind, field.kind.words or field.name
    usual, facts = _facts(kind, lambda of, choice: word(words, f"{key}_{choice}") or title(of, choice))
    start = list(field.start) if isinstance(field.start, tuple) else field.start
    common: dict[str, Any] = {"value": start, "elem_id": f"{tab}-{field.name}", "visible": not kind.hidden}
    if not kind.hidden:
        common |= {"label": word(words, key) or field.name, "info": word(words, f"{key}_hint")}
    return (component or usual)(**(common | facts | overrides))


def _facts(kind: Kind, titled: Callable[[Choice, str], Any]) -> tuple[type[gr.components.Component], dict[str, Any]]:
    match kind:
        case Number():
            least = NEW if isinstance(kind, Seed) else kind.least
            facts = {"minimum": least, "maximum": kind.most, "precision": 0 if isinstance(kind, Whole) else None}
            if not kind.step or kind.hidden:
                return gr.Number, facts
            return gr.Slider, facts | {"step": kind.step}
        case Text():
            # No max_length: the browser would cut a long text without a word, and the check says how long it is.
            return gr.Textbox, {"lines": kind.lines, "max_lines": 2 * kind.lines + 2}
        case Switch():
            return gr.Checkbox, {}
        case Several():
            return gr.CheckboxGroup, {"choices": [(titled(kind.of, one), one) for one in kind.of.choices()]}
        case Choice():
            choices = [(titled(kind, one), one) for one in kind.choices()]
            free = isinstance(kind, Model) and kind.any_id and host().allow_any_model
            if free or len(choices) > FEW:
                return gr.Dropdown, {"choices": choices, "allow_custom_value": free, "interactive": True}
            return gr.Radio, {"choices": choices}
    raise TypeError(f"no widget for {type(kind).__name__}")


def word(words: Words, key: str) -> Any:
    """The word, or None."""
    try:
        return words(key)
    except KeyError:
        return None


def title(kind: Choice, choice: str) -> str:
    return model_title(choice) if isinstance(kind, Model) and choice in kind.models() else choice


def model_title(name: str) -> str:
    """With the megabytes of its download, if it is not here yet."""
    row = registry.spec(name)
    here = row.bundled or row.remote or row.name in host().local or hub.cached(row.repo, row.revision, row.files)
    return row.title if here else f"{row.title} · {row.download_mb:,} MB"
