"""The recipe on the page: what every tab has under its result. Nothing about a visitor is kept on the server.

In a tab's build():

    settings = {"prompt": prompt, "model": model, "temperature": temperature, "seed": seed}
    panel = recipe_row.panel("gpt2_text")  # where the row of buttons shall stand
    generate.click(run, list(settings.values()), [text, panel.recipe], api_name="gpt2_text")
    recipe_row.wire(panel, run, settings, [text], fresh=[generate.click], stop=stop)

`run` is the tab's own generator function: it takes the values of `settings` in their order and yields one
tuple per change, the values of the outputs and then a recipe, which is None (or gr.skip()) until the output
is finished, and the dict of `recipe.make` in the last tuple. So one function serves the button, the endpoint
and Reproduce.
"""

import html
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import gradio as gr

from shared import recipe
from shared.core.errors import UserError
from shared.page import words

t = words.of_page().t


@dataclass(frozen=True)
class RecipePanel:
    tab: str
    recipe: gr.JSON  # the recipe of what is on screen; last output of the tab's run
    verdict: gr.HTML  # one line: identical, or what differs; what was restored
    save: gr.Button
    reproduce: gr.Button
    copy_link: gr.Button
    embed: gr.Button
    share: gr.Textbox  # the link or the <iframe> to copy, hidden until asked for
    drop: gr.File
    page: gr.Textbox  # never shown: brings the address of the page from the browser
    embed_height: int


@dataclass(frozen=True)
class RecipeEvents:
    """For `cancels=` and for what a tab wants done next: `events.restore.success(clear, None, [text])`."""

    reproduce: gr.events.Dependency
    restore: gr.events.Dependency
    opened: gr.events.Dependency  # the page was opened, perhaps by a link with a recipe


def panel(tab: str, example: dict | None = None, embed_height: int = 720) -> RecipePanel:
    """One row of quiet buttons, a line for the verdict, a closed box with the recipe and a place to drop one.

    tab: the module's name. example: the recipe of the example that is on screen at the start.
    embed_height: pixels, of the <iframe> that Embed offers.
    """

    def button(key: str, name: str) -> gr.Button:
        return gr.Button(t(key), size="sm", scale=0, min_width=0, elem_id=f"{tab}-{name}")

    with gr.Column(elem_classes="aigc-recipe"):
        with gr.Row(elem_classes="aigc-recipe-row", equal_height=True):
            reproduce = button("reproduce", "reproduce")
            save = button("recipe_save", "save")
            copy_link = button("copy_link", "copy-link")
            embed = button("embed", "embed")
        verdict = gr.HTML(elem_id=f"{tab}-verdict", elem_classes="aigc-verdict", js_on_load=DROP % json.dumps(tab))
        share = gr.Textbox(
            label=t("recipe_share"),
            buttons=["copy"],
            visible=False,
            interactive=False,
            max_lines=3,
            elem_id=f"{tab}-share",
        )
        page = gr.Textbox(visible=False)
        with gr.Accordion(t("recipe_open"), open=False, elem_id=f"{tab}-recipe-box", elem_classes="aigc-recipe-box"):
            drop = gr.File(label=t("recipe_drop"), height=150, elem_id=f"{tab}-drop")
            shown = gr.JSON(
                example and recipe.check(example),
                label=t("recipe"),
                show_label=False,
                open=True,
                max_height=280,
                elem_id=f"{tab}-recipe",
            )
    return RecipePanel(tab, shown, verdict, save, reproduce, copy_link, embed, share, drop, page, embed_height)


def wire(
    panel: RecipePanel,
    run: Callable,
    settings: dict[str, gr.components.Component],
    outputs: list[gr.components.Component],
    fresh: Sequence[Callable] = (),
    stop: gr.Button | None = None,
    **limits,
) -> RecipeEvents:
    """Connect the panel to the tab. Call it inside the tab's gr.Blocks, after `panel`.

    run, settings: see the top of this file. outputs: those of `run`, without the recipe.
    fresh: what makes a new output, such as [generate.click, prompt.submit]; it takes away the old one's
        verdict.
    stop: the tab's Stop; it ends Reproduce at the next thing that `run` yields. `cancels=` would too, but
        Gradio 6.31 now and then covers every output with "Error" when it cancels.
    limits: concurrency_id and concurrency_limit of the tab's Generate, so that both wait in one line.
    """
    controls = list(settings.values())
    for name, component in settings.items():
        if type(component) not in JUDGES:
            raise TypeError(f"the setting {name} is a {type(component).__name__}, which no recipe can restore")

    unchanged = [gr.skip()] * len(controls)

    brakes = {}  # session -> the Event that stops its Reproduce

    def begin(request: gr.Request):
        # Before the queue, so that Stop reaches also a Reproduce that still waits in it.
        brakes[request.session_hash] = threading.Event()
        while len(brakes) > 1000:  # visitors who left between this and their turn
            del brakes[next(iter(brakes))]

    def reproduce(shown, request: gr.Request):
        no_output = [gr.skip()] * len(outputs)
        brake = brakes.get(request.session_hash) or threading.Event()
        try:
            old = _in_hand(shown, panel.tab)
            values = strict_values(settings, old)
            new = None
            yield *values, *no_output, gr.skip(), ""  # no "running": after Stop nothing could take it back
            with closing(run(*values)) as results:  # so that the tab's own run ends at once when this does
                for *now, made in results if not brake.is_set() else ():
                    new = made if isinstance(made, dict) and "settings" in made else new
                    yield *unchanged, *now, gr.skip(), gr.skip()
                    if brake.is_set():
                        break
            if new is None:
                raise UserError("It was stopped before its output was finished: there is nothing to compare.")
        except UserError as error:
            yield *unchanged, *no_output, gr.skip(), _line(str(error), "wrong")
        else:
            found = recipe.compare(old, new)
            yield *unchanged, *no_output, new, _line(found.sentence, "same" if found.identical else "differs")
        finally:
            if brakes.get(request.session_hash) is brake:
                del brakes[request.session_hash]

    def halt(request: gr.Request):
        if request.session_hash in brakes:
            brakes[request.session_hash].set()

    def restore(path):
        try:
            found = recipe.read(path)
            updates, line = restored(settings, found, panel.tab)
        except UserError as error:
            return *unchanged, gr.skip(), _line(str(error), "wrong"), gr.skip(), None
        return *updates, found, line, gr.update(visible=False), None

    def opened(request: gr.Request):
        query = request.query_params
        if query.get("tab", panel.tab) != panel.tab or not query.get("r"):
            return *unchanged, gr.skip(), gr.skip()
        try:
            found = recipe.from_link(query["r"])
            updates, line = restored(settings, found, panel.tab)
        except UserError as error:
            return *unchanged, gr.skip(), _line(str(error), "wrong")
        return *updates, found, line

    def link(shown, page):
        page = str(page)[:500]
        if not shown:
            return gr.update(value=f"{page}?tab={panel.tab}", visible=True), gr.skip()
        try:
            found = recipe.to_link(_in_hand(shown, panel.tab), page)
        except UserError as error:
            return gr.update(value="", visible=False), _line(str(error), "wrong")
        return gr.update(value=found, visible=True), gr.skip()

    def frame(page):
        code = embed_code(panel.tab, str(page)[:500], panel.embed_height)
        return gr.update(value=code, visible=True), gr.skip()

    private = {"api_visibility": "private"}
    at_once = {**private, "queue": False, "show_progress": "hidden"}
    here = "location.origin + location.pathname"
    line = [panel.verdict]
    again = panel.reproduce.click(begin, None, None, **at_once).then(
        reproduce, panel.recipe, [*controls, *outputs, panel.recipe, *line], **private, **limits
    )
    dropped = panel.drop.upload(
        restore, panel.drop, [*controls, panel.recipe, *line, panel.share, panel.drop], **at_once
    )
    start = gr.context.Context.root_block.load(opened, None, [*controls, panel.recipe, *line], **at_once)
    if stop is not None:
        stop.click(halt, None, None, **at_once)
    if fresh:
        gr.on(fresh, lambda: ("", gr.update(visible=False)), None, [*line, panel.share], **at_once)
    start.then(None, line, None, js=AUTORUN % json.dumps(panel.tab), **private)
    panel.save.click(None, panel.recipe, line, js=SAVE, **private)
    for button, function, inputs, address in (
        (panel.copy_link, link, [panel.recipe, panel.page], f"(shown) => [shown, {here}]"),
        (panel.embed, frame, [panel.page], f"() => [{here}]"),
    ):
        ready = button.click(function, inputs, [panel.share, *line], js=address, **at_once)
        ready.success(None, [panel.share, *line], line, js=COPY, **private)
    return RecipeEvents(again, dropped, start)


# From a recipe to the controls


def restored(settings: dict, found: dict, tab: str) -> tuple[list, str]:
    """(one update per control, the line that says what was restored). What does not fit is left out.

    Errors: UserError for the recipe of another tab.
    """
    if found["tab"] != tab:
        raise UserError(f"This recipe belongs to the tab {found['tab']}: open that tab and drop it there.")
    values, left = fitting(settings, found)
    updates = [values.get(name, gr.skip()) for name in settings]
    made = f" of {found['created'][:10]}" if found.get("created") else ""
    rest = f" Left as it was: {'; '.join(left)}." if left else ""
    return updates, _line(f"Restored {len(values)} settings from the recipe{made}.{rest}")


def strict_values(settings: dict, found: dict) -> list:
    """The values for `run`, in the order of `settings`. What an older recipe does not have is at its default.

    Errors: UserError if one does not fit here, for then the run would be another.
    """
    values, left = fitting(settings, found)
    if left:
        raise UserError(f"This recipe cannot be run here: {'; '.join(left)}.")
    return [values.get(name, component.value) for name, component in settings.items()]


def fitting(settings: dict, found: dict) -> tuple[dict, list[str]]:
    """({name: value} of what the controls accept, [why not] of the rest)."""
    values, left = {}, []
    for name, value in found["settings"].items():
        if name not in settings:
            left.append(f"{name} is not a setting of this tab")
            continue
        wanted = JUDGES[type(settings[name])](settings[name], value)
        if wanted:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            left.append(f"{name} must be {wanted}, not {shown[:40] + '…' if len(shown) > 40 else shown}")
        else:
            values[name] = value
    return values, left


def _number(component, value) -> str:
    low, high = component.minimum, component.maximum
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a number"
    if component.precision == 0 and value != int(value):
        return "a whole number"
    if low is not None and value < low or high is not None and value > high:
        limits = [f"from {low}" if low is not None else "", f"to {high}" if high is not None else ""]
        return " ".join(filter(None, limits))
    return ""


def _text(component, value) -> str:
    if not isinstance(value, str):
        return "a text"
    most = component.max_length
    return f"a text of at most {most} characters" if most is not None and len(value) > most else ""


def _switch(component, value) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _choice(component, value) -> str:
    many = isinstance(component, gr.CheckboxGroup) or bool(getattr(component, "multiselect", False))
    if many != isinstance(value, list):
        return "a list" if many else "one of the choices"
    if isinstance(component, gr.Dropdown) and component.allow_custom_value:
        return "" if all(isinstance(one, str) for one in (value if many else [value])) else "a text"
    choices = [choice for _, choice in component.choices]
    known = all(any(one == c and type(one) is type(c) for c in choices) for one in (value if many else [value]))
    return "" if known else f"one of {', '.join(map(str, choices[:12]))}"


# What a control accepts: (component, value) -> "" or what it wants instead
JUDGES = {
    gr.Slider: _number,
    gr.Number: _number,
    gr.Textbox: _text,
    gr.Checkbox: _switch,
    gr.Dropdown: _choice,
    gr.Radio: _choice,
    gr.CheckboxGroup: _choice,
}


def _in_hand(shown, tab: str) -> dict:
    """The recipe that the browser sent, judged anew: it may send anything."""
    if not shown:
        raise UserError("There is no recipe yet: generate something first.")
    found = recipe.check(shown)
    if found["tab"] != tab:
        raise UserError(f"This recipe belongs to the tab {found['tab']}.")
    return found


# Words and scripts


def _line(sentence: str, kind: str = "") -> str:
    """The verdict as HTML; kind: "", "same", "differs" or "wrong".

    It quotes settings, which a link may have brought: escaped, so that they stay text.
    """
    return f'<p role="status" class="{kind}">{html.escape(sentence)}</p>'


def embed_code(tab: str, page: str, height: int) -> str:
    """The <iframe> for another page. Its height is fixed: one that follows the content grows without end."""
    address = html.escape(f"{page}?tab={tab}&embed=1")
    return (
        f'<iframe src="{address}" title="{html.escape(tab)}" width="100%" height="{height}" '
        'style="border: 0" loading="lazy" allow="clipboard-write"></iframe>'
    )


# Saved by the browser from what it already has: no file on the server, and no way to another visitor's.
SAVE = """(recipe) => {
  const zh = navigator.language.startsWith("zh");
  if (!recipe) return zh ? "<p role='status'>请先生成内容。</p>"
    : "<p role='status'>There is no recipe yet: generate something first.</p>";
  const link = document.createElement("a");
  const file = new Blob([JSON.stringify(recipe, null, 2) + "\\n"], { type: "application/json" });
  link.href = URL.createObjectURL(file);
  link.download = recipe.tab + "-recipe.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  return zh ? "<p role='status'>配方已保存。</p>" : "<p role='status'>Recipe saved.</p>";
}"""

# Where the browser forbids it (some iframes, plain http), the text stands in a box with a button of its own.
COPY = """async (text, line) => {
  if (!text) return line;
  const zh = navigator.language.startsWith("zh");
  try {
    await navigator.clipboard.writeText(text);
    return zh ? "<p role='status'>已复制。</p>" : "<p role='status'>Copied.</p>";
  } catch {
    return "<p role='status'>" + (zh ? "请从下方复制。" : "Copy it from the box below.") + "</p>";
  }
}"""

# ?autorun=1 beside a recipe presses Reproduce once the settings are restored.
AUTORUN = """(line) => {
  const tab = %s, query = new URLSearchParams(location.search);
  const asked = query.get("autorun") === "1" && query.get("r") && (query.get("tab") ?? tab) === tab;
  if (asked && line && !line.includes('class="wrong"'))
    document.getElementById(tab + "-reproduce")?.click();
}"""

# A file dropped anywhere on the tab goes to the box for recipes, unless it fell on what takes files itself.
DROP = """
  const name = %s, tab = element.closest(".tabitem") ?? document.body;
  if (!tab.dataset.takesRecipes) {
    tab.dataset.takesRecipes = name;
    const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    tab.addEventListener("dragover", (event) => { if (carriesFile(event)) event.preventDefault(); });
    tab.addEventListener("drop", async (event) => {
      if (!carriesFile(event) || event.defaultPrevented) return;
      event.preventDefault();
      const files = event.dataTransfer.files;
      const input = () => document.querySelector(`#${name}-drop input[type=file]`);
      if (!input()) document.querySelector(`#${name}-recipe-box button`)?.click();
      for (let i = 0; i < 40 && !input(); i++) await new Promise((done) => setTimeout(done, 50));
      if (!input()) return;
      input().files = files;
      input().dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
"""
