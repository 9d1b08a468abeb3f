"""Pictures from words: watch the noise go, stop, go back to a step and change your mind, see which word drew what.

Up here the endpoint, below it what the controls do, and `build()`, which makes the widgets and wires them. What is
drawn is in runs.py, and how it is shown in view.py.
"""

import html
from contextlib import closing

import gradio as gr
from gradio.data_classes import FileData

from shared import recipe
from shared.core import examples, registry
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.core.settings import settings as host
from shared.engines.diffusion import prompts
from shared.page import files, recipe_row, words

from . import asked, example, how, ideas, runs, view
from .runs import SETTINGS, TAB

WORDS = words.beside(__file__)
t = WORDS.t

# ---- the endpoint --------------------------------------------------------------------------------------------------


def text_to_image(
    prompt: str = "red apple",
    negative_prompt: str = "",
    model: str = runs.DEFAULTS["model"],
    style: str = "",
    steps: int | None = None,
    guidance: float | None = None,
    width: int | None = None,
    height: int | None = None,
    n: int = 1,
    seed: int = 0,
) -> tuple[list[FileData], dict]:  # a generator; Gradio reads the types of what it yields from here
    """Draws pictures from words. First previews come, a step at a time, then PNG files, which carry their recipe.

    Picture i has the seed + i; the same seed gives the same picture, alone or among others. The recipe is {} until the
    pictures are finished.

    Args:
        prompt: What to draw. Empty: the model draws what it likes. The bundled model knows about 500 things by name.
        negative_prompt: What to keep away from; counts only where the guidance is above 1.
        model: emoji-diffusion (small, bundled), or another of the list of the tab, which is downloaded on first use.
        style: For emoji-diffusion noto, twemoji or fluent 3d; for others photo, watercolour and so on; "" is none.
        steps: How many steps; none means what the model does best.
        guidance: How much the prompt counts; 1 is off. None means what the model does best.
        width: Pixels, in steps of 8; none means what the model does best.
        height: Pixels, in steps of 8; none means what the model does best.
        n: How many pictures.
        seed: A whole number; the same one gives the same pictures. -1 draws a new one.
    """
    settings = {name: value for name, value in locals().items() if name in SETTINGS}
    try:
        with closing(runs.run(settings | {"what": "make"})) as states:
            for state in states:
                if state.phase == "done":
                    made = zip(state.pictures, state.seeds, strict=True)
                    files = [files.served(view.png(one, state.recipe, seed), f"{TAB}-{seed}.png") for one, seed in made]
                    yield files, state.recipe
                elif state.pictures:
                    yield [files.served(view.png(one, None, 0), "preview.png") for one in state.pictures], {}
    except UserError as error:
        raise _shown(error) from None


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


# ---- what the controls do ------------------------------------------------------------------------------------------
#
# Each that draws is a generator of (request, embed, start, *settings) and yields: view, recipe, verdict, price, and the
# buttons of GO and Stop.

SAME = gr.skip()
NEW = {"run": "", "step": 0, "turns": "", "until": 0}  # a run that begins at the beginning
GO = ("generate", "change", "fill", "strip")
_brakes = Brakes()


def _values(given) -> dict:
    return dict(zip(SETTINGS, given, strict=True))


def _buttons(busy: bool) -> list:
    """Those of GO, and Stop."""
    return [*[gr.update(interactive=not busy)] * len(GO), gr.update(interactive=busy)]


def _play(request: gr.Request, embed: bool, given, change: dict):
    """Draws the settings on the page with `change` in them. After an error the page is as it was before."""
    untouched = [SAME] * (len(GO) + 1)
    settings = _values(given) | NEW | change
    with _brakes.run(request.session_hash) as brake:
        try:
            yield {"phase": "loading", "message": ""}, SAME, "", SAME, *_buttons(True)
            with closing(runs.run(settings, brake)) as states:
                for state in states:
                    if _brakes.overtaken(request.session_hash, brake):
                        return  # the visitor has started something else
                    yield view.shown(state, embed), state.recipe or SAME, SAME, SAME, *untouched
            yield SAME, SAME, SAME, price(request, *given), *_buttons(False)
        except UserError as error:
            yield {"phase": "failed"}, SAME, SAME, SAME, *_buttons(False)
            raise _shown(error) from None
        except Exception:
            yield {"phase": "failed"}, SAME, SAME, SAME, *_buttons(False)
            raise


def make(request: gr.Request, embed: bool, start, *given):
    yield from _play(request, embed, given, {"what": "make"})


def change(request: gr.Request, embed: bool, start, *given):
    yield from _play(request, embed, given, {"what": "change"} | _begin(start))


def fill(request: gr.Request, embed: bool, start, *given):
    yield from _play(request, embed, given, {"what": "fill"} | _begin(start))


def strip(request: gr.Request, embed: bool, start, *given):
    yield from _play(request, embed, given, {"what": "strip"})


def proceed(event: gr.EventData, request: gr.Request, embed: bool, start, *given):
    """From a step of the run that is on screen, with what stands on the left now."""
    place = event._data or {}
    back = {"run": str(place.get("run", "")), "step": place.get("step")}
    yield from _play(request, embed, given, {"what": "continue"} | back)


def _begin(start) -> dict:
    """The picture and the mask that the browser has: {image, mask}."""
    start = start if isinstance(start, dict) else {}
    return {name: str(start.get(name) or "") for name in ("image", "mask")}


def halt(request: gr.Request) -> None:
    _brakes.stop(request.session_hash)


leave = halt  # who closes the page needs no picture any more


def rerun(*given):
    """Reproduce: the settings of a recipe, drawn again."""
    with closing(runs.run(_values(given))) as states:
        for state in states:
            yield view.shown(state), state.recipe


def again(event: gr.EventData, controls: dict):
    """A result of this visit was clicked: its settings come back. -> the controls, recipe, verdict."""
    try:
        found = recipe.check((event._data or {}).get("recipe"))
        updates, line = recipe_row.restored(controls, found, TAB)
    except UserError as error:
        raise _shown(error) from None
    return *updates, found, line


def restored(opening: bool, verdict: str, request: gr.Request, *given):
    """What a recipe that was restored leaves on the page: its pictures are not drawn before somebody asks for them.

    opening: the page was just opened, perhaps without a recipe; then its example stays.
    -> view, start, styles, vocabulary, verdict, FITTED
    """
    if opening and not request.query_params.get("r") or 'class="wrong"' in (verdict or ""):
        return [SAME] * (5 + len(FITTED))
    values = _values(given)
    start = {name: values[name] for name in ("image", "mask")}
    fitted, sentence = _fitting(values)
    line = verdict + f'<p class="differs">{html.escape(sentence)}</p>' if sentence else SAME
    return {"phase": "restored"}, start, *chips_of(values["model"], values["style"]), line, *fitted


def _fitting(values: dict) -> tuple[list, str]:
    """What the chosen model does not take is set to its own. A recipe of another program knows other models.

    -> updates of FITTED, a sentence about them or "".
    """
    try:
        own = runs.defaults(values["model"])
    except UserError:
        return [SAME] * len(FITTED), ""
    low, high, multiple = own["sizes"]
    there = {name: values[name] for name in FITTED if values[name] is not None}  # a field may be empty
    sides = {name: there[name] for name in ("width", "height") if name in there}
    odd = {name for name, side in sides.items() if not low <= side <= high or side % multiple}
    odd |= {name for name in ("steps", "guidance") if name in there and there[name] > own[f"most_{name}"]}
    if values["scheduler"] not in own["schedulers"]:
        odd.add("scheduler")
    fitted = [gr.update(value=own[name]) if name in odd else SAME for name in FITTED[:-1]]
    chosen = own["scheduler"] if "scheduler" in odd else values["scheduler"]
    fitted.append(gr.update(value=chosen, choices=list(own["schedulers"])))
    if not odd:
        return fitted, ""
    changed = ", ".join(f"{name} {values[name]}" for name in FITTED if name in odd)
    title = registry.spec(values["model"]).title
    return fitted, f"{title} does not take {changed}; its own stand there now."


def after_reproduce():
    """-> view, Stop, the seed: with the seed of the recipe left there, Generate would always draw the same."""
    return {"phase": "settled"}, gr.update(interactive=False), runs.ANY_SEED


def said(event: gr.EventData) -> str:
    """A prompt that was clicked."""
    return str((event._data or {}).get("prompt", ""))[: asked.MOST_PROMPT]


def reuse(event: gr.EventData):
    """The seed of a picture, so that the next click begins with the same noise."""
    seed = (event._data or {}).get("seed")
    return seed if isinstance(seed, int) and 0 <= seed <= runs.MOST_SEED else SAME


def take(event: gr.EventData):
    """A picture becomes the one to begin with. -> start, the part of the tab that is open."""
    picture = str((event._data or {}).get("picture", ""))
    if not picture.startswith("data:image/"):
        return SAME, SAME
    return {"image": picture, "mask": ""}, gr.Tabs(selected="start")


def suit(model: str, style: str):
    """Another model: its own steps, guidance, size and scheduler. -> FITTED, styles, style, vocabulary"""
    try:
        own = runs.defaults(model)
    except UserError:  # a name that is still being typed
        return [SAME] * (len(FITTED) + 3)
    kept = style if style in own["styles"] else ""
    chips, vocabulary = chips_of(model, kept)
    scheduler = gr.update(value=own["scheduler"], choices=list(own["schedulers"]))
    return *(own[name] for name in FITTED[:-1]), scheduler, chips, kept, vocabulary


def schedulers_of(model: str):
    """The choices of a model; a control at the start has those of all models, so that any recipe can be restored."""
    try:
        return gr.update(choices=list(runs.defaults(model)["schedulers"]))
    except UserError:
        return SAME


def told_of(model: str) -> tuple[str, str]:
    """-> the numbers of a model, its licence."""
    return how.facts(model), _licence(model)


def _licence(model: str) -> str:
    try:
        return html.escape(runs.defaults(model)["licence"])
    except UserError:
        return ""


def chips_of(model: str, style: str):
    """-> the styles of a model with one of them chosen, and all that it can draw."""
    try:
        found = _styles(model)
    except UserError:
        return SAME, SAME
    chosen = style if style in [name for _, name in found] else ""
    return gr.update(choices=found, value=chosen), {"names": prompts.known(model)["names"]}


def _styles(model: str) -> list[tuple]:
    names = runs.defaults(model)["styles"]
    return [(t("style_any"), ""), *((_titled(name), name) for name in names)]


def _titled(style: str) -> str:
    return (style[:1].upper() + style[1:]).replace("3d", "3D")


def price(request: gr.Request, *given) -> str:
    """'About 4 s and 0.9 GB on this machine', or nothing before the first run."""
    try:
        seconds, memory = runs.expected(_values(given) | NEW | {"what": "make"})
    except (UserError, TypeError, ValueError):  # a field is empty, or about to be typed into
        return ""
    chinese = request.headers.get("accept-language", "").lower().startswith("zh")
    if not seconds:
        return ""
    span = f"{seconds:.0f}" if seconds >= 10 else f"{max(seconds, 0.1):.1f}"
    gigabytes = f"{memory / 1000:.1f} GB" if memory else ""
    if chinese:
        return f"在本机约需 {span} 秒" + (f"，内存 {gigabytes}" if gigabytes else "")
    return f"About {span} s" + (f" and {gigabytes}" if gigabytes else "") + " on this machine"


def warm() -> None:
    """Starts to load the model that a visitor finds chosen: importing torch and diffusers alone takes seconds."""
    from shared.core import loaders

    loaders.warm(loaders.default_model(runs.TASK))


def how_it_works(request: gr.Request) -> str:
    return how.IDEA[request.headers.get("accept-language", "").lower().startswith("zh")]


# ---- the page ------------------------------------------------------------------------------------------------------

CSS = """
#text_to_image { gap: 28px; align-items: flex-start; }
#text_to_image-controls, #text_to_image-result { gap: 18px; }
#text_to_image-ideas { margin-top: -8px; }
#text_to_image-go { gap: 10px; align-items: center; }
#text_to_image-price { min-height: 20px; margin-top: -8px; }
#text_to_image-price * { color: var(--body-text-color-subdued); font-size: 13px; line-height: 20px; }
#text_to_image-licence { margin-top: -10px; }
#text_to_image-licence * { color: var(--body-text-color-subdued); font-size: 12px; line-height: 1.4; }
#text_to_image-seed-new {
  justify-content: flex-start; margin-top: -10px; padding: 0; border: 0; background: none; box-shadow: none;
  font-weight: 500; color: var(--link-text-color); text-decoration: underline; text-underline-offset: 3px;
}
#text_to_image-styles .wrap:has(label) { gap: 6px; }
#text_to_image-styles label { padding: 4px 11px; border-radius: 999px; font-size: 13px; }
#text_to_image-styles label input { position: absolute; opacity: 0; width: 1px; min-width: 0; margin: 0; }
#text_to_image-styles label span { margin: 0; }
#text_to_image-parts { margin-top: 8px; }
#text_to_image-parts > .tabitem { padding: 0; border: 0; }
#text_to_image-start-row { gap: 28px; align-items: flex-start; }
#text_to_image-strip-row { gap: 20px; align-items: flex-end; }
#text_to_image-start-side { gap: 18px; }
#text_to_image-start-go { gap: 10px; }
#text_to_image-start-go button { flex: 0 1 auto; }
#text_to_image-strip-go { flex: 0 0 auto; }
#text_to_image-strip-row .form { flex: 0 1 auto; }
"""
# The picture to begin with is cut to this shape; see start.js.
SHAPE = """(width, height) => {
  window.aigcImageShape = [width, height];
  dispatchEvent(new Event("aigc-image-shape"));
}"""
LATEX = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
DEAR = ("model", "n", "width", "height", "steps", "guidance", "scheduler")  # what the price depends on
FITTED = ("steps", "guidance", "width", "height", "scheduler")  # what each model has its own of
KINDS = ("make", "change", "fill", "continue", "strip")


def _id(name: str) -> str:
    return f"{TAB}-{name}"


def _hidden() -> dict:
    """Settings without a widget of their own; see runs.py."""
    text = {"visible": False, "lines": 1}
    return {
        "what": gr.Radio(list(KINDS), value="make", visible=False),
        "style": gr.Textbox(runs.DEFAULTS["style"], **text),  # its chips are another model's with each model
        "image": gr.Textbox("", **text),
        "mask": gr.Textbox("", **text),
        "run": gr.Textbox("", **text),
        "step": gr.Number(0, precision=0, minimum=0, visible=False),
        "turns": gr.Textbox("", **text),
        "until": gr.Number(0, precision=0, minimum=0, visible=False),
    }


def _model(first: str) -> gr.Dropdown:
    from shared.core import hub

    def label(row) -> str:
        here = row.bundled or row.name in host().local or hub.cached(row.repo, row.revision, row.files)
        return row.title if here else f"{row.title} · {row.download_mb:,} MB"

    return gr.Dropdown(
        [(label(registry.spec(name)), name) for name in registry.names(runs.TASK)],
        value=first,
        label=t("model"),
        info=t("model_hint"),
        interactive=True,
        allow_custom_value=host().allow_any_model,
        elem_id=_id("model"),
    )


def _beside(most: int) -> dict:
    """How many, and the seed: a new one with each click unless there is a number."""
    return {
        "n": gr.Slider(
            1,
            most,
            min(runs.DEFAULTS["n"], most),
            step=1,
            precision=0,
            label=t("how_many"),
            info=t("n_hint"),
            elem_id=_id("n"),
        ),
        "seed": gr.Number(
            runs.ANY_SEED,
            precision=0,
            minimum=runs.ANY_SEED,
            maximum=runs.MOST_SEED,
            label=t("seed"),
            info=t("seed_hint"),
            elem_id=_id("seed"),
        ),
    }


def _more(own: dict) -> tuple[dict, gr.Checkbox]:
    def slider(name: str, low, high, step) -> gr.Slider:
        precision = 0 if isinstance(step, int) else 2
        prompts = {"label": t(f"{name}"), "info": t(f"{name}_hint")}
        return gr.Slider(low, high, own[name], step=step, precision=precision, elem_id=_id(name), **prompts)

    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        found = {
            "negative_prompt": gr.Textbox(
                "",
                label=t("negative_prompt"),
                info=t("negative_prompt_hint"),
                lines=1,
                max_lines=4,
                elem_id=_id("negative_prompt"),
            ),
            "steps": slider("steps", 1, runs.MOST_STEPS, 1),
            "guidance": slider("guidance", 0, runs.MOST_GUIDANCE, 0.5),
        }
        with gr.Row():
            for name in ("width", "height"):
                found[name] = gr.Number(
                    own[name],
                    precision=0,
                    step=8,
                    minimum=8,
                    maximum=runs.MOST_SIDE,
                    label=t(f"{name}"),
                    info=t(f"{name}_hint"),
                    min_width=120,
                    elem_id=_id(name),
                )
        found["scheduler"] = gr.Dropdown(
            list(runs.SCHEDULERS),
            value=own["scheduler"],
            label=t("scheduler"),
            info=t("scheduler_hint"),
            interactive=True,
            elem_id=_id("scheduler"),
        )
        any_model = host().allow_any_model  # a LoRA is a model of its own, and strangers may name any
        found["lora"] = gr.Textbox(
            "",
            label=t("lora"),
            info=t("lora_hint"),
            lines=1,
            max_length=200,
            visible=any_model,
            elem_id=_id("lora"),
        )
        found["lora_strength"] = gr.Slider(
            -2,
            2,
            runs.DEFAULTS["lora_strength"],
            step=0.1,
            precision=1,
            label=t("lora_strength"),
            info=t("lora_strength_hint"),
            visible=any_model,
            elem_id=_id("lora_strength"),
        )
        embed = gr.Checkbox(True, label=t("embed_recipe"), info=t("embed_recipe_hint"), elem_id=_id("embed-recipe"))
    return found, embed


def _start_part() -> tuple[dict, gr.HTML, gr.Button, gr.Button]:
    gr.Markdown(t("start_idea"))
    with gr.Row(elem_id=_id("start-row")):
        with gr.Column(scale=6, min_width=300):
            start = view.start()
        with gr.Column(scale=6, min_width=280, elem_id=_id("start-side")):
            strength = gr.Slider(
                0,
                1,
                runs.DEFAULTS["strength"],
                step=0.05,
                precision=2,
                label=t("strength"),
                info=t("strength_hint"),
                elem_id=_id("strength"),
            )
            with gr.Row(elem_id=_id("start-go")):
                whole = gr.Button(t("change"), variant="primary", min_width=160, elem_id=_id("change"))
                part = gr.Button(t("fill"), min_width=160, elem_id=_id("fill"))
    return {"strength": strength}, start, whole, part


def _strip_part() -> tuple[dict, gr.Button]:
    gr.Markdown(t("strip_idea"))
    with gr.Row(elem_id=_id("strip-row")):
        control = gr.Radio(
            [(t("seed" if name == "seed" else f"{name}"), name) for name in runs.CONTROLS],
            value=runs.DEFAULTS["control"],
            label=t("control"),
            elem_id=_id("control"),
        )
        go = gr.Button(t("strip"), variant="primary", elem_id=_id("strip-go"))
    return {"control": control}, go


def build() -> gr.Blocks:
    from shared.core import loaders

    first = loaders.default_model(runs.TASK)
    own, recorded = runs.defaults(first), examples.example(first)
    with gr.Blocks() as demo:
        gr.HTML(f"<style>{CSS}</style>", visible="hidden")
        named = _hidden()
        with gr.Row(elem_id=TAB):
            with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
                named["prompt"] = prompt = gr.Textbox(
                    runs.DEFAULTS["prompt"] or example.PROMPT,
                    label=t("prompt"),
                    info=t("prompt_hint"),
                    lines=2,
                    max_lines=6,
                    elem_id=_id("prompt"),
                )
                hints = view.ideas(ideas.about(prompt.value, first))
                chips = gr.Radio(_styles(first), value="", label=t("style"), elem_id=_id("styles"))
                with gr.Row(elem_id=_id("go")):
                    main = {"variant": "primary", "scale": 3, "min_width": 140}
                    generate = gr.Button(t("generate"), elem_id=_id("generate"), **main)
                    stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id=_id("stop"))
                cost = gr.HTML("", elem_id=_id("price"))
                named["model"] = model = _model(first)
                licence = gr.HTML(_licence(first), elem_id=_id("licence"))
                named |= _beside(own["most_n"])
                fresh = gr.Button(t("seed_new"), size="sm", elem_id=_id("seed-new"))
                fresh.click(None, None, named["seed"], js=f"() => {runs.ANY_SEED}", api_visibility="private")
                more, embed = _more(own)
            with gr.Column(scale=9, min_width=320, elem_id=_id("result")):
                pictures = view.pictures(recorded[0] if recorded else {})
                panel = recipe_row.panel(TAB, example=recorded[1] if recorded else None)
        with gr.Tabs(elem_id=_id("parts")) as parts:
            with gr.Tab(t("tab_start"), id="start"):
                start_settings, start, whole, part = _start_part()
            with gr.Tab(t("tab_strip"), id="strip"):
                strip_settings, go_strip = _strip_part()
            with gr.Tab(t("tab_vocabulary"), id="vocabulary"):
                vocabulary = view.vocabulary({"names": prompts.known(first)["names"]})
        with gr.Accordion(t("how_it_works"), open=False, elem_id=_id("how")):
            idea = gr.Markdown(how.IDEA[0], latex_delimiters=LATEX)
            numbers = gr.Markdown(how.facts(first), elem_id=_id("numbers"))
        named |= more | start_settings | strip_settings
        controls = {name: named[name] for name in SETTINGS}

        private = {"api_visibility": "private", "show_progress": "hidden"}
        quick = private | {"queue": False}
        live = quick | {"trigger_mode": "always_last"}
        everything = list(controls.values())
        page = [embed, start, *everything]
        updates = [pictures, panel.recipe, panel.verdict, cost, generate, whole, part, go_strip, stop]
        for event, function in (
            (generate.click, make),
            (whole.click, change),
            (part.click, fill),
            (go_strip.click, strip),
            (pictures.proceed, proceed),
        ):
            event(function, page, updates, concurrency_id=TAB, **private)
        stop.click(halt, None, None, **quick)
        demo.unload(leave)

        # The prompt and its words, the styles, and what each model has its own of.
        spoken = [prompt, model]
        prompt.change(ideas.about, spoken, hints, **live)
        for source in (hints, vocabulary):
            source.say(said, None, prompt, **quick).then(ideas.about, spoken, hints, **quick)
        # In the browser, so that a style chosen and Generate pressed at once belong together on the slowest machine.
        chips.input(None, chips, controls["style"], js="style => style", api_visibility="private")
        fitted = [controls[name] for name in FITTED]
        style = controls["style"]
        model.input(suit, [model, style], [*fitted, chips, style, vocabulary], **quick).then(
            ideas.about, spoken, hints, **quick
        )
        model.change(told_of, model, [numbers, licence], **quick)
        demo.load(schedulers_of, model, controls["scheduler"], **quick)
        gr.on(
            [controls["width"].change, controls["height"].change, demo.load],
            None,
            [controls["width"], controls["height"]],
            None,
            js=SHAPE,
            api_visibility="private",
        )
        dear = [controls[name].change for name in DEAR]
        gr.on([*dear, demo.load], price, everything, cost, **live)

        # What comes back: a recipe, a result of this visit, a seed, a picture to begin with.
        events = recipe_row.wire(panel, rerun, controls, [pictures], stop=stop, concurrency_id=TAB)
        press = f"() => document.getElementById('{_id('reproduce')}').click()"
        pictures.live(None, js=press, api_visibility="private")
        panel.reproduce.click(lambda: gr.update(interactive=True), None, stop, **quick)
        events.reproduce.then(after_reproduce, None, [pictures, stop, controls["seed"]], **quick)
        after = [pictures, start, chips, vocabulary, panel.verdict, *fitted]
        events.restore.success(restored, [gr.State(False), panel.verdict, *everything], after, **quick)
        events.opened.success(restored, [gr.State(True), panel.verdict, *everything], after, **quick)

        def bring_back(event: gr.EventData):
            return again(event, controls)

        pictures.again(bring_back, None, [*everything, panel.recipe, panel.verdict], **quick).success(
            chips_of, [model, style], [chips, vocabulary], **quick
        )
        pictures.seed(reuse, None, controls["seed"], **quick)
        pictures.take(take, None, [start, parts], **quick)

        demo.load(how_it_works, None, idea, **quick).then(warm, None, None, **quick)
        gr.api(text_to_image, api_name="text_to_image", concurrency_id=TAB)
    return demo
