"""Text: three generations of language models that can be watched, stopped, forked and measured.

Up here plain functions (also the endpoints), below them what the buttons do, and `build()`, which makes the
widgets and wires them. How a text is run is in runs.py, what a click makes of it in
edits.py, and how it is shown with its tokens in shared/page/token_view.py.
"""

import functools
import html
import threading

import gradio as gr

from shared.core import examples, registry
from shared.core.asked import whole
from shared.core.errors import UserError
from shared.core.settings import settings as host
from shared.engines.text.sampling import MOST_PROMPT
from shared.page import recipe_row, token_view, words
from shared.page.token_questions import token_attention, token_choices

from . import edits, presets, runs
from . import how as text_how
from .runs import COMPARE, SETTINGS, TAB

WORDS = words.beside(__file__)
t = WORDS.t

MOST_UNDO = 6  # texts kept on the server for each visitor: small JSON, tens of kilobytes


# ---- what the endpoints and the buttons do -----------------------------------------------------------------


def gpt2_text(
    prompt: str = presets.PROMPT,
    model: str = "gpt2-stories",
    max_new_tokens: int = 80,
    temperature: float = 0.8,
    top_k: int = 50,
    top_p: float = 0.95,
    min_p: float = 0.0,
    repetition_penalty: float = 1.1,
    no_repeat_ngram_size: int = 0,
    num_return_sequences: int = 1,
    stop: str = "",
    seed: int = 0,
) -> tuple[str, dict]:  # a generator; Gradio reads the types of what it yields from here
    """Continues a text with a language model, streaming it. The same seed and settings give the same text.

    Args:
        prompt: The beginning of the text, up to 10,000 characters. Empty: the model begins by itself.
        model: gpt2-stories, lstm-stories or ngram-stories (small, trained on children's stories), gpt2,
            gpt2-medium, gpt2-large, gpt2-xl or distilgpt2 (downloaded on first use), or compare for the three
            small ones at once.
        max_new_tokens: The most tokens to add; 80 are about 60 words.
        temperature: 0 always takes the likeliest token, 2 is wild.
        top_k: Only the k likeliest tokens may come next; 0 allows all.
        top_p: Only the likeliest tokens that together hold this share of the chance, above 0 up to 1.
        min_p: Drops tokens below this fraction of the likeliest one's chance, from 0 to 1.
        repetition_penalty: Above 1, tokens already used become less likely.
        no_repeat_ngram_size: No run of this many tokens comes twice; 0 is off.
        num_return_sequences: How many texts, from 1 to 4; text i has the seed seed + i.
        stop: The text ends before any of these strings; one on each line.
        seed: A whole number; the same one gives the same texts. -1 draws a new one.
    """
    values = {name: value for name, value in locals().items() if name in SETTINGS}
    try:
        for view, made in runs.run(values):
            yield runs.texts_of(view["samples"]), made
    except UserError as error:
        raise _shown(error) from None


def token_alternatives(text: str, model: str = "gpt2-stories", position: int = -1, n: int = 10) -> dict:
    """What a language model expects at one place of a text: the likeliest tokens with their probabilities.

    Args:
        text: Any text, up to 10,000 characters.
        model: gpt2-stories, lstm-stories, ngram-stories, gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2.
        position: The token whose place is asked about, counted from 0; -1 is the place after the last one.
        n: How many tokens to list, from 1 to 100.
    """
    try:
        return _alternatives(text, model, position, n)
    except UserError as error:
        raise _shown(error) from None


def _alternatives(text: str, model: str, position, n) -> dict:
    from shared.core import loaders
    from shared.engines.text import generation

    if not isinstance(text, str) or len(text) > MOST_PROMPT:
        raise UserError(f"The text must be a text of at most {MOST_PROMPT:,} characters.")
    position, n = whole(position, "The position", -1, MOST_PROMPT), whole(n, "n", 1, 100)
    with loaders.use(model) as loaded:
        model = loaded.model
        ids = model.tokenizer.encode(text)
        if position >= len(ids):
            raise UserError(f"The position must be from -1 to {len(ids) - 1}: the text has {len(ids)} tokens.")
        found = generation.alternatives(model, ids, len(ids) if position == -1 else position, n)
        return {
            "model": loaded.spec.name,
            "position": position,
            "tokens": [model.tokenizer.decode([one]) for one in ids],
            "alternatives": [{"id": i, "token": text, "probability": p} for i, text, p in found],
        }


# ---- one run at a time for each visitor --------------------------------------------------------------------

_running: dict[str, threading.Event] = {}  # session -> the brake of what it is running


def _begin(session: str) -> threading.Event:
    """A brake for a new run; an earlier run of the same visitor ends, for it writes to the same page."""
    brake = threading.Event()
    if (earlier := _running.get(session)) is not None:
        earlier.set()
    _running[session] = brake
    return brake


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


# ---- what the buttons do -----------------------------------------------------------------------------------
#
# A button that writes text is a generator of (request, view, recipe, history, *settings). It yields, in this
# order: view, recipe, history, the five buttons, the dials that a cure turns, the price, the verdict.

CURED = ("repetition_penalty", "no_repeat_ngram_size", "temperature")
SAME = gr.skip()


def _buttons(busy: bool, history: list) -> list:
    """Generate, Stop, Continue, Undo, Regenerate."""
    usable = (not busy, busy, not busy, bool(history) and not busy, not busy)
    return [gr.update(interactive=one) for one in usable]


def _updates(view, recipe, history=SAME, buttons=(SAME,) * 5, dials=(SAME,) * 3, cost=SAME, verdict=SAME):
    return view, recipe, history, *buttons, *dials, cost, verdict


def _values(given) -> dict:
    """The settings on the page. What stands already belongs to the text, not to the page."""
    return dict(zip(SETTINGS, given, strict=True)) | {"kept": "", "lengths": ""}


def _play(request: gr.Request, view, recipe, history: list, given, choose, runner=runs.run):
    """Runs the settings `choose(values)` on the page. After an error, or a Stop before the first token, the page
    is as it was before."""
    brake = _begin(request.session_hash)
    before = _updates(view, recipe, history, _buttons(False, history), cost=price(request, *given))
    try:
        settings = runs.checked(choose(_values(given)))
        if recipe:
            history = [*history[1 - MOST_UNDO :], {"view": token_view.settled(view), "recipe": recipe}]
        # The view itself and not gr.skip(): what Gradio sends next is the difference to this one.
        yield _updates(view, recipe, history, _buttons(True, history), verdict="")
        change, now = {}, view
        for now, made, *changes in runner(settings, stop=brake):
            if _running.get(request.session_hash) is not brake:
                return  # the visitor has started something else
            recipe, change = made or recipe, changes[0] if changes else change
            yield _updates(now, recipe, cost=_waiting(now))
        if brake.is_set() and (now is view or not _written(now)):
            yield before  # stopped before the first token: there is nothing to show instead
            return
        dials = [change.get(name, SAME) for name in CURED]
        yield _updates(now, recipe, SAME, _buttons(False, history), dials, price(request, *given))
    except UserError as error:
        yield before
        raise _shown(error) from None
    except Exception:
        yield before
        raise
    finally:
        brake.set()
        if _running.get(request.session_hash) is brake:
            del _running[request.session_hash]


def start(request: gr.Request, view, recipe, history, *given):
    yield from _play(request, view, recipe, history, given, lambda values: values)


def proceed(request: gr.Request, view, recipe, history, *given):
    on = functools.partial(edits.continued, view)
    yield from _play(request, view, recipe, history, given, on)


def anew(request: gr.Request, view, recipe, history, *given):
    again = functools.partial(edits.regenerated, view)
    yield from _play(request, view, recipe, history, given, again)


def fork(event: gr.EventData, request: gr.Request, view, recipe, history, *given):
    chosen = dict(event._data or {})
    from_there = functools.partial(edits.forked, view, chosen)
    for updates in _play(request, view, recipe, history, given, from_there):
        if updates[0] is not view:
            updates[0]["samples"][0]["changed"] = int(chosen["position"])
        yield updates


def mend(event: gr.EventData, request: gr.Request, view, recipe, history, *given):
    chosen, before = dict(event._data or {}), {}

    def choose(values):
        settings, column = edits.text_of_a_cure(view, chosen.get("sample"), values)
        before.update(column)
        return settings

    def runner(settings, stop):
        return edits.cure(settings, before, stop)

    yield from _play(request, view, recipe, history, given, choose, runner)


def undo(history: list):
    """-> view, recipe, history, the buttons, the verdict."""
    last, rest = history[-1], history[:-1]
    return last["view"], last["recipe"], rest, *_buttons(False, rest), ""


def halt(view, request: gr.Request):
    """-> view, Stop."""
    brake = _running.get(request.session_hash)
    if brake:
        brake.set()  # the run itself shows its last token, its recipe, and ends
        return SAME, SAME
    return token_view.settled(view), gr.update(interactive=False)  # Reproduce: Gradio cancelled it


def rerun(*given):
    """Reproduce: the settings of a recipe, with what stood already."""
    yield from runs.run(dict(zip(SETTINGS, given, strict=True)))


def after_reproduce():
    """-> Stop, the seed: with the seed of the recipe left there, Generate would always write the same."""
    return gr.update(interactive=False), runs.ANY_SEED


def _waiting(view) -> str:
    """What the first token waits for, as HTML: said beside the button too, which is where the visitor looks."""
    return "" if _written(view) else html.escape(view["message"])


def _written(view) -> bool:
    return any(column["tokens"] for column in view["samples"])


def warm() -> None:
    """Starts to load the model that a visitor finds chosen: importing torch alone takes seconds."""
    from shared.core import loaders

    loaders.warm(loaders.default_model("text"))


def price(request: gr.Request, *given) -> str:
    """'About 4 s on this machine', or nothing before the first run."""
    try:
        seconds = runs.expected_seconds(_values(given))
    except (TypeError, ValueError):  # a field is empty
        return ""
    if not seconds:
        return ""
    if seconds < 1:
        return "在本机不到 1 秒" if _chinese(request) else "Less than a second on this machine"
    return f"在本机约需 {seconds:.0f} 秒" if _chinese(request) else f"About {seconds:.0f} s on this machine"


def how_it_works(request: gr.Request):
    return text_how.IDEA[1 if _chinese(request) else 0]


def _chinese(request: gr.Request) -> bool:
    return request.headers.get("accept-language", "").lower().startswith("zh")


# ---- the page ----------------------------------------------------------------------------------------------

CSS = """
#gpt2_text { gap: 28px; align-items: flex-start; }
#gpt2_text-controls, #gpt2_text-result { gap: 18px; }
#gpt2_text-model:not(.all) label:nth-child(n + 5):not(:has(input:checked)) { display: none; }
#gpt2_text .gpt2_text-link {
  justify-content: flex-start; margin-top: -10px; padding: 0; border: 0; background: none; box-shadow: none;
  font-weight: 500; color: var(--link-text-color); text-decoration: underline; text-underline-offset: 3px;
}
#gpt2_text-go { gap: 10px; align-items: center; }
#gpt2_text-price { min-height: 20px; margin-top: -8px; }
#gpt2_text-price * { color: var(--body-text-color-subdued); font-size: 13px; line-height: 20px; }
#gpt2_text-more h4 {
  margin: 6px 0 0; font-size: 13px; font-weight: 600; color: var(--body-text-color-subdued);
}
#gpt2_text-actions { gap: 10px; }
#gpt2_text-actions button { flex: 0 1 auto; }
"""

LATEX = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
PRESET_DIALS = tuple(presets.PRESETS["bedtime"])


def _id(name: str) -> str:
    return f"{TAB}-{name}"


def _model_control():
    """Every text model. Those of the Hub wait behind a link; see CSS."""
    from shared.core import loaders

    rows = [registry.spec(name) for name in registry.names("text")]
    choices = [(row.title, row.name) for row in rows if row.bundled]
    choices.append((t("compare"), COMPARE))
    choices += [(_hub_label(row), row.name) for row in rows if not row.bundled]
    common = {
        "choices": choices,
        "value": loaders.default_model("text"),
        "label": t("model"),
        "elem_id": _id("model"),
        "interactive": True,
    }
    if host().allow_any_model:
        return gr.Dropdown(**common, allow_custom_value=True)
    return gr.Radio(**common)


def _hub_label(row) -> str:
    from shared.core import hub

    here = row.name in host().local or hub.cached(row.repo, row.revision, row.files)
    return row.title if here else f"{row.title} · {row.download_mb:,} MB {t('download')}"


def _dial(row: presets.Dial) -> gr.Slider:
    key = "how_many" if row.name == "num_return_sequences" else row.name
    return gr.Slider(
        row.low,
        row.high,
        row.start,
        step=row.step,
        label=t(key),
        info=t(f"{row.name}_hint"),
        precision=0 if isinstance(row.step, int) else 2,
        elem_id=_id(row.name),
    )


def _dials(heading: str, rows) -> dict:
    gr.HTML(f"<h4>{t(heading)}</h4>")
    return {row.name: _dial(row) for row in rows}


def _more() -> dict:
    """The box with everything that has a good default -> name of the setting: component."""
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        found = _dials("length", presets.LENGTH)
        found["stop"] = gr.Textbox(
            "",
            label=t("stop"),
            info=t("stop_hint"),
            lines=1,
            max_lines=4,
            max_length=1000,
            elem_id=_id("stop-at"),
        )
        found |= _dials("randomness", presets.RANDOMNESS)
        found |= _dials("repeating", presets.REPETITION)
        gr.HTML(f"<h4>{t('engine')}</h4>")
        found["seed"] = gr.Number(
            runs.ANY_SEED,
            label=t("seed"),
            info=t("seed_hint"),
            precision=0,
            minimum=runs.ANY_SEED,
            maximum=runs.MOST_SEED,
            elem_id=_id("seed"),
        )
        new_seed = gr.Button(t("seed_new"), size="sm", elem_classes="gpt2_text-link")
        new_seed.click(None, None, found["seed"], js=f"() => {runs.ANY_SEED}", api_visibility="private")
        found["precision"] = gr.Radio(
            [(t("fast"), "fast"), (t("exact"), "exact")],
            value="fast",
            label=t("precision"),
            info=t("precision_hint"),
            elem_id=_id("precision"),
        )
    return found


def build() -> gr.Blocks:
    recorded = examples.example("gpt2-stories")
    with gr.Blocks() as demo:
        gr.HTML(f"<style>{CSS}</style>", visible="hidden")
        with gr.Row(elem_id=TAB):
            with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
                prompt = gr.Textbox(
                    presets.PROMPT,
                    label=t("prompt"),
                    info=t("prompt_hint"),
                    lines=3,
                    max_lines=8,
                    elem_id=_id("prompt"),
                )
                model = _model_control()
                larger = gr.Button(
                    t("larger"),
                    size="sm",
                    elem_id=_id("larger"),
                    elem_classes="gpt2_text-link",
                    visible=not host().allow_any_model,
                )
                preset = gr.Radio(
                    [(t(f"{name}"), name) for name in presets.PRESETS],
                    value="bedtime",
                    label=t("preset"),
                    elem_id=_id("preset"),
                )
                with gr.Row(elem_id=_id("go")):
                    generate = gr.Button(
                        t("generate"), variant="primary", scale=3, min_width=140, elem_id=_id("generate")
                    )
                    stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id=_id("stop"))
                cost = gr.HTML("", elem_id=_id("price"))
                named = {"prompt": prompt, "model": model, **_more()}
            with gr.Column(scale=9, min_width=320, elem_id=_id("result")):
                view = token_view.component(
                    recorded[0] if recorded else token_view.view([], {}),
                    token_choices,
                    token_attention,
                    elem_id=_id("text"),
                )
                with gr.Row(elem_id=_id("actions")):
                    go_on = gr.Button(t("continue"), size="sm", min_width=96, elem_id=_id("continue"))
                    back = gr.Button(t("undo"), size="sm", min_width=80, interactive=False, elem_id=_id("undo"))
                    again = gr.Button(t("regenerate"), size="sm", min_width=110, elem_id=_id("regenerate"))
                panel = recipe_row.panel(TAB, example=recorded[1] if recorded else None)
                with gr.Accordion(t("how_it_works"), open=False, elem_id=_id("how")):
                    how = gr.Markdown(text_how.IDEA[0], latex_delimiters=LATEX)
                    numbers = gr.Markdown(text_how.facts(model.value), elem_id=_id("numbers"))
        named |= {"kept": gr.Textbox("", visible=False), "lengths": gr.Textbox("", visible=False)}
        controls = {name: named[name] for name in SETTINGS}
        history = gr.State([])  # [{view, recipe}], the newest last: this visitor's own texts, for Undo

        private = {"api_visibility": "private", "show_progress": "hidden"}
        work, quick = private | {"concurrency_id": "text"}, private | {"queue": False}

        page = [view, panel.recipe, history, *controls.values()]
        buttons = [generate, stop, go_on, back, again]
        cured = [controls[name] for name in CURED]
        updates = [view, panel.recipe, history, *buttons, *cured, cost, panel.verdict]
        generate.click(start, page, updates, **work)
        go_on.click(proceed, page, updates, **work)
        again.click(anew, page, updates, **work)
        view.fork(fork, page, updates, **work)
        view.remedy(mend, page, updates, **work)
        back.click(undo, history, [view, panel.recipe, history, *buttons, panel.verdict], **quick)

        events = recipe_row.wire(panel, rerun, controls, [view], concurrency_id="text")
        press = f"() => document.getElementById('{_id('reproduce')}').click()"
        view.live(None, js=press, api_visibility="private")
        panel.reproduce.click(lambda: gr.update(interactive=True), None, stop, **quick)
        events.reproduce.then(after_reproduce, None, [stop, controls["seed"]], **quick)
        stop.click(halt, view, [view, stop], cancels=[events.reproduce], **quick)

        _wire_controls(view, controls, preset, larger, quick)
        dear = ("model", "max_new_tokens", "num_return_sequences", "precision")
        priced = [controls[name].change for name in dear]
        gr.on([*priced, demo.load], price, [*controls.values()], cost, trigger_mode="always_last", **quick)
        model.change(text_how.facts, model, numbers, **quick)
        # After the page has its words: from then on the imports take the processor from nobody who waits.
        demo.load(how_it_works, None, how, **quick).then(warm, None, None, **quick)

        gr.api(gpt2_text, api_name="gpt2_text", concurrency_id="text")
        gr.api(token_alternatives, api_name="token_alternatives")
    return demo


def _wire_controls(view, controls: dict, preset, larger, quick: dict) -> None:
    """What happens among the controls: a style turns its dials, and is marked only while they stand as it
    wants."""
    turned = [controls[name] for name in PRESET_DIALS]

    def turn(name):
        return [presets.PRESETS[name][dial] for dial in PRESET_DIALS]

    def marked(*numbers):
        return presets.preset_of(dict(zip(PRESET_DIALS, numbers, strict=True)))

    def reuse(event: gr.EventData):
        return (event._data or {}).get("seed")

    preset.input(turn, preset, turned, **quick)
    gr.on([dial.change for dial in turned], marked, turned, preset, trigger_mode="always_last", **quick)
    view.reuse(reuse, None, controls["seed"], **quick)
    shown = f"() => document.getElementById('{_id('model')}').classList.toggle('all')"
    larger.click(None, js=shown, api_visibility="private")
