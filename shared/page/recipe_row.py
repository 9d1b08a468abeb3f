"""The recipe on the page: what every tab has under its result. Nothing about a visitor is kept on the server.

`panel()` puts it where it stands, `wire()` connects it to the tab, see tab.py: Reproduce runs the recipe that is on
screen again and compares; a file dropped on the tab, or a link with ?r=, restores its settings.
"""

import html
import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from shared import recipe
from shared.core.errors import UserError
from shared.page import sentences, words

if TYPE_CHECKING:
    from shared.core.request import Request, Requests
    from shared.page.tab import Tab

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
    example: str = ""  # hash of the output that is on screen at the start


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
    first = (example or {}).get("output_sha256", "")
    return RecipePanel(tab, shown, verdict, save, reproduce, copy_link, embed, share, drop, page, embed_height, first)


def wire(tab: "Tab") -> RecipeEvents:
    """Connects the panel of a tab to its run and its controls."""
    panel, controls, outputs = tab.panel, tab.settings, tab.views
    unchanged = [gr.skip()] * len(controls)

    def begin(request: gr.Request):
        tab.brakes.begin(request.session_hash)

    def reproduce(shown, request: gr.Request):
        no_output = after = [gr.skip()] * len(outputs)
        try:
            old, new = _in_hand(shown, panel.tab), None
            asked = strictly(tab.requests, old)
            yield *tab.restored(tab.requests.fitting(old["settings"])[0]), *no_output, gr.skip(), ""
            with tab.brakes.run(request.session_hash, begun=True) as brake:
                # Closed, so that the tab's own run ends at once when this does.
                with closing(tab.results(asked, brake, request)) as results:
                    after = [*map(sentences.view, tab.failed)] or no_output  # where it fails while it runs
                    for now, made in results if not brake.is_set() else ():
                        if brake.overtaken:
                            return  # the visitor has started something else
                        if not brake.is_set():  # what a stopped run ends with is shown, but is not what was asked for
                            new = made if isinstance(made, dict) and "settings" in made else new
                        yield *unchanged, *now, gr.skip(), gr.skip()
            if brake.overtaken:
                return
            after = no_output
            if new is None:
                raise UserError("It was stopped before its output was finished: there is nothing to compare.")
        except UserError as error:
            yield *unchanged, *after, gr.skip(), _line(str(error), "wrong")
        else:
            found = recipe.compare(old, new)
            yield *unchanged, *no_output, new, _line(found.sentence, "same" if found.identical else "differs")

    def restore(path):
        try:
            found = recipe.read(path)
            values, line = restored(tab.requests, found, panel.tab)
        except UserError as error:
            return *unchanged, gr.skip(), _line(str(error), "wrong"), gr.skip(), None
        return *tab.restored(values), found, line, gr.update(visible=False), None

    def opened(request: gr.Request):
        asked = linked(request, panel.tab)
        if not asked:
            return *unchanged, gr.skip(), gr.skip()
        try:
            found = recipe.from_link(asked)
            values, line = restored(tab.requests, found, panel.tab)
        except UserError as error:
            return *unchanged, gr.skip(), _line(str(error), "wrong")
        return *tab.restored(values), found, line

    def link(shown, page):
        page = str(page)[:500]
        if not shown:
            return gr.update(value=f"{page}?tab={panel.tab}", visible=True), gr.skip()
        try:
            found = recipe.to_link(_in_hand(shown, panel.tab), page)
        except UserError as error:
            return gr.update(value="", visible=False), _line(str(error), "wrong")
        return gr.update(value=found, visible=True), gr.skip()

    def frame(shown, page):
        """What is on screen is made again there; the example is there anyway."""
        page, query, line = str(page)[:500], "", gr.skip()
        try:
            made = _in_hand(shown, panel.tab) if shown else {}
            if made.get("output_sha256", panel.example) != panel.example:
                query = recipe.to_link(made, "").partition("&")[2]
        except UserError as error:
            line = _line(str(error), "wrong")
        return gr.update(value=embed_code(panel.tab, page, panel.embed_height, query), visible=True), line

    here = "location.origin + location.pathname"
    line = [panel.verdict]
    again = panel.reproduce.click(begin, None, None, **tab.quick).then(
        reproduce, panel.recipe, [*controls, *outputs, panel.recipe, *line], **tab.work
    )
    if tab.stop:
        panel.reproduce.click(lambda: gr.update(interactive=True), None, tab.stop, **tab.quick)
        again.then(lambda: gr.update(interactive=False), None, tab.stop, **tab.quick)
    dropped = panel.drop.upload(
        restore, panel.drop, [*controls, panel.recipe, *line, panel.share, panel.drop], **tab.quick
    )
    start = tab.opened(opened, None, [*controls, panel.recipe, *line])
    if tab.starters:
        clicks = [button.click for button in tab.starters]
        gr.on(clicks, lambda: gr.update(visible=False), None, panel.share, **tab.quick)
    start.then(None, line, None, js=AUTORUN % json.dumps(panel.tab), **tab.quick)
    panel.save.click(None, [panel.recipe, panel.verdict], line, js=SAVE, **tab.quick)
    for button, function, inputs, address in (
        (panel.copy_link, link, [panel.recipe, panel.page], f"(shown) => [shown, {here}]"),
        (panel.embed, frame, [panel.recipe, panel.page], f"(shown) => [shown, {here}]"),
    ):
        ready = button.click(function, inputs, [panel.share, *line], js=address, **tab.quick)
        ready.success(None, [panel.share, *line], line, js=COPY, **tab.quick)
    return RecipeEvents(again, dropped, start)


# From a recipe to the controls


def linked(request: gr.Request, tab: str) -> str:
    """The recipe in the address of the page as it stands there, if it is for this tab; else ""."""
    query = request.query_params
    return str(query.get("r") or "") if query.get("tab", tab) == tab else ""


def restored(requests: "type[Request] | Requests[Any]", found: dict, tab: str) -> tuple[dict[str, Any], str]:
    """({name: value} for the controls, the line that says what was restored). What does not fit is left out.

    Errors: UserError for the recipe of another tab.
    """
    if found["tab"] != tab:
        raise UserError(f"This recipe belongs to the tab {found['tab']}: open that tab and drop it there.")
    values, left = requests.fitting(found["settings"])
    made = f" of {found['created'][:10]}" if found.get("created") else ""
    rest = f" Left as it was: {'; '.join(left)}." if left else ""
    if named := found.get("left_out"):
        rest += f" Not taken over: {'; '.join(named)}."
    return values, _line(f"Restored {len(values)} settings from the recipe{made}.{rest}")


def strictly(requests: "type[Request] | Requests[Any]", found: dict) -> Any:
    """The request of a recipe. What an older recipe does not have is at its default.

    Errors: UserError if something does not fit here, for then the run would be another.
    """
    values, left = requests.fitting(found["settings"])
    if left:
        raise UserError(f"This recipe cannot be run here: {'; '.join(left)}.")
    return requests.check(values)


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
    return f'<p role="status" class="{kind}">{html.escape(sentences.told(sentence))}</p>'


def embed_code(tab: str, page: str, height: int, query: str = "") -> str:
    """The <iframe> for another page. Its height is fixed: one that follows the content grows without end.

    query: "r=...", the recipe of what shall be made there.
    """
    address = html.escape(f"{page}?tab={tab}&embed=1" + (f"&{query}&autorun=1" if query else ""))
    return (
        f'<iframe src="{address}" title="{html.escape(tab)}" width="100%" height="{height}" '
        'style="border: 0" loading="lazy" allow="clipboard-write"></iframe>'
    )


# Saved by the browser from what it already has: no file on the server, and no way to another visitor's. A page that
# embeds the tab is told in the same way, see page.js.
SAVE = """(recipe, line) => {
  if (aigc.tell) return aigc.tell(recipe), line;
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

# A file dropped anywhere on the tab, or a picture of this page, goes to the box for recipes, unless it fell on what
# takes files itself.
DROP = """
  const name = %s, tab = element.closest(".tabitem") ?? document.body;
  if (!tab.dataset.takesRecipes) {
    tab.dataset.takesRecipes = name;
    const carries = (event) =>
      ["Files", "text/uri-list"].some((type) => event.dataTransfer?.types.includes(type)) &&
      !event.target.closest("input, textarea");
    tab.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
    tab.addEventListener("drop", async (event) => {
      if (!carries(event) || event.defaultPrevented) return;
      event.preventDefault();
      const blob = await aigc.dropped(event);
      const zh = navigator.language.startsWith("zh");
      if (!blob) {
        element.innerHTML = zh ? "<p role='status' class='wrong'>其他网页上的图片请先保存，再把文件拖进来。</p>"
          : "<p role='status' class='wrong'>A picture of another page has to be saved first: drop its file here.</p>";
        return;
      }
      const input = () => document.querySelector(`#${name}-drop input[type=file]`);
      if (!input()) document.querySelector(`#${name}-recipe-box button`)?.click();
      for (let i = 0; i < 40 && !input(); i++) await new Promise((done) => setTimeout(done, 50));
      if (!input()) return;
      const list = new DataTransfer();
      list.items.add(blob instanceof File ? blob : new File([blob], "picture", { type: blob.type }));
      input().files = list.files;
      input().dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
"""
