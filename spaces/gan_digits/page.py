"""GAN digits: a grid that is redrawn as the sliders move, walks, directions, and models side by side.

Up here the endpoints, below them what the controls do, and `build()`, which makes the widgets and wires them. What is
drawn is in runs.py, and how it is shown in view.py.
"""

import html

import gradio as gr
from gradio.data_classes import FileData

from shared.core import examples, registry
from shared.core.errors import UserError
from shared.page import files, recipe_row, words

from . import how as gan_how
from . import runs
from . import view as gan_view
from .runs import ANY, NUDGES, SETTINGS, TAB, VIEWS
from .sections import diffusion, draw, train

WORDS = words.beside(__file__)
t = WORDS.t

# ---- the endpoints -------------------------------------------------------------------------------------------------


def gan_digits(
    model: str = "cgan-mnist", digit: str = "any", n: int = 16, truncation: float = 1.0, seed: int = 0
) -> tuple[FileData, dict]:
    """Draws handwritten digits with a GAN: a grid as one PNG, which carries its recipe. Digit i has the seed + i.

    Args:
        model: cgan-mnist (the best; it can be told which digit), hinge-mnist, wgan-gp-mnist, lsgan-mnist,
            dcgan-mnist or gan-mnist.
        digit: any, or one from 0 to 9 where the model is conditional (cgan-mnist).
        n: How many digits, from 1 to 100.
        truncation: Multiplies the random numbers, from 0 to 1.5; below 1 fewer accidents and less variety.
        seed: A whole number; the same one gives the same digits. -1 draws a new one.
    """
    settings = {"model": model, "digit": digit, "n": n, "truncation": truncation, "seed": seed}
    try:
        _, made, picture = runs.grid(settings)
        return files.served(runs.png(picture, made), "digits.png"), made
    except UserError as error:
        raise _shown(error) from None


def gan_walk(
    model: str = "cgan-mnist", seed_from: int = 0, seed_to: int = 1, frames: int = 24, path: str = "slerp"
) -> tuple[FileData, dict]:
    """Walks from one digit of a GAN to another: a GIF of 12 frames a second, which carries its recipe.

    Args:
        model: cgan-mnist, hinge-mnist, wgan-gp-mnist, lsgan-mnist, dcgan-mnist or gan-mnist.
        seed_from: The seed of the first digit.
        seed_to: The seed of the last digit.
        frames: How many pictures, the first and the last digit among them, from 2 to 120.
        path: slerp (around the sphere, all latents of a typical length) or lerp (straight).
    """
    settings = {"model": model, "seed_from": seed_from, "seed_to": seed_to, "frames": frames, "route": path}
    try:
        _, made, pictures = runs.walk(settings)
        return files.served(runs.film(pictures, "gif", made), "walk.gif"), made
    except UserError as error:
        raise _shown(error) from None


def gan_picture(asked: dict) -> dict:
    """The grid that is on the page as a PNG file, for the browser to save: {settings, recipe} -> {png} or {error}."""
    try:
        _, made, picture = runs.grid(dict(asked["settings"]))
        return {"png": runs.address(runs.png(picture, made if asked.get("recipe") else None), "image/png")}
    except UserError as error:
        return {"error": str(error)}
    except (KeyError, TypeError, ValueError):
        return {"error": "There is no grid yet: press Generate first."}


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


# ---- what the controls do ------------------------------------------------------------------------------------------
#
# Each takes *settings, all that are on the page, and returns values for its own outputs, see `build`.

SAME = gr.skip()
KEPT = ("seed_from", "digit_from", "seed_to", "digit_to")


def _values(given) -> dict:
    """The settings on the page, as far as its model can take them: an unconditional one is told no digit."""
    values = dict(zip(SETTINGS, given, strict=True))
    if not runs.conditional(values["model"]):
        values |= dict.fromkeys(("digit", "digit_from", "digit_to"), ANY)
    return values


def _drawn(values: dict, part: str) -> list:
    """A new grid, and with it the directions where they can be seen. part: which tab below the grid is open.

    -> what, digit, grid, directions, recipe, verdict.
    """
    values = values | {"what": "grid"}
    view, made, _ = runs.grid(values, runs.ends(values))
    below = runs.directions(values)[0] if part == "directions" else SAME
    return ["grid", gr.update(value=values["digit"], interactive=view["conditional"]), view, below, made, ""]


def _safely(function):
    try:
        return function()
    except UserError as error:
        raise _shown(error) from None


def redraw(part: str, *given):
    """What a slider, a chip or a model does while it is moved. -> as `_drawn`."""
    if given[SETTINGS.index("seed")] is None:
        return [SAME] * 6  # the field is empty because a number is about to be typed into it
    return _safely(lambda: _drawn(_values(given), part))


def anew(part: str, *given):
    """Generate: the same with another seed. -> seed, and as `_drawn`."""
    seed = runs.new_seed()
    return _safely(lambda: [seed, *_drawn(_values(given) | {"seed": seed}, part)])


def keep(event: gr.EventData, part: str, *given):
    """A click on a digit: it becomes B, and the former B becomes A. -> KEPT, and as `_drawn`."""
    chosen = event._data or {}

    def kept():
        values = _values(given)
        digit = chosen.get("digit")
        b = {"seed_to": chosen.get("seed"), "digit_to": ANY if digit is None else str(digit)}
        if any(values[name] != b[name] for name in b):
            values |= {"seed_from": values["seed_to"], "digit_from": values["digit_to"]} | b
        return [*(values[name] for name in KEPT), *_drawn(values, part)]

    return _safely(kept)


def nudge(event: gr.EventData, *given):
    """-> what, the nudges, directions, recipe, verdict."""
    numbers = list((event._data or {}).get("nudges", []))[: len(NUDGES)]
    return _safely(lambda: ["directions", *numbers, *_nudged(_values(given) | dict(zip(NUDGES, numbers, strict=True)))])


def _nudged(values: dict) -> list:
    view, made = runs.directions(values)
    return [view, made, ""]


def directions(*given):
    """Those of the page's model, when that part is opened."""
    return _safely(lambda: _nudged(_values(given))[0])


def walk(embed: bool, *given):
    """-> what, walk, recipe, verdict."""
    return _safely(lambda: ["walk", *runs.filmed(_values(given), embed), ""])


def compare(*given):
    """-> what, compare, recipe, verdict; again and again, as one model after the other is done."""
    try:
        for views, made in runs.run(dict(zip(SETTINGS, given, strict=True)) | {"what": "compare"}):
            yield "compare", views["compare"], made or SAME, ""
    except UserError as error:
        raise _shown(error) from None


def rerun(*given):
    """Reproduce: the settings of a recipe, drawn again."""
    for views, made in runs.run(dict(zip(SETTINGS, given, strict=True))):
        yield *(views.get(name, SAME) for name in VIEWS), made


def drawn_again(request: gr.Request, shown: dict, opening: bool, *given):
    """What a recipe that was restored looks like; its own recipe stays, so that Reproduce has what to compare with.

    opening: the page was just opened, perhaps without a recipe; then its example stays.
    -> the views, the chips, the part of the tab that is open.
    """
    if opening and not request.query_params.get("r") and shown.get("tiles"):
        return [SAME] * (len(VIEWS) + 2)

    def found():
        values = _values(given)
        views = {"grid": runs.grid(values | {"what": "grid"}, runs.ends(values))[0]}
        if values["what"] == "walk":
            views["walk"] = runs.filmed(values)[0]
        elif values["what"] == "directions":
            views["directions"] = runs.directions(values)[0]
        part = gr.Tabs(selected=values["what"]) if values["what"] != "grid" else SAME
        chips = gr.update(interactive=views["grid"]["conditional"])
        return [*(views.get(name, SAME) for name in VIEWS), chips, part]

    return _safely(found)


def warm() -> None:
    """Starts to load the model that a visitor finds chosen: importing torch alone takes seconds."""
    from shared.core import loaders

    loaders.warm(loaders.default_model(runs.TASK))


def how_it_works(request: gr.Request) -> str:
    return gan_how.IDEA[request.headers.get("accept-language", "").lower().startswith("zh")]


# ---- the page ------------------------------------------------------------------------------------------------------

CSS = """
#gan_digits { gap: 28px; align-items: flex-start; }
#gan_digits-controls, #gan_digits-result { gap: 18px; }
#gan_digits-digit .wrap:has(label) { display: grid; grid-template-columns: repeat(6, 1fr); gap: 6px; }
#gan_digits-digit label { padding: 5px 0; justify-content: center; }
#gan_digits-digit label input { position: absolute; opacity: 0; width: 1px; min-width: 0; margin: 0; }
#gan_digits-digit label span { margin: 0; font-variant-numeric: tabular-nums; }
#gan_digits-digit:has(input:disabled) .wrap { opacity: 0.45; }
#gan_digits-parts { margin-top: 8px; }
#gan_digits-parts > .tabitem { padding: 0; border: 0; }
#gan_digits-walk-controls, #gan_digits-compare-controls { align-items: flex-end; gap: 20px; }
#gan_digits-walk-controls .form { flex-wrap: wrap; }
#gan_digits-walk-controls .form > * { flex: 1 1 280px; }
#gan_digits-walk-go, #gan_digits-compare-go { flex: 0 0 auto; }
@media (max-width: 720px) { #gan_digits-result { order: -1; } } /* the sliders right below what they redraw */
"""
LATEX = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def _id(name: str) -> str:
    return f"{TAB}-{name}"


def _hidden() -> dict:
    """Settings without a widget of their own: what is shown, the two digits that are kept, the nudges."""
    start, most = runs.DEFAULTS, runs.MOST_SEED
    found = {"what": gr.Radio(list(VIEWS), value="grid", visible=False)}
    for end in ("from", "to"):
        seed = gr.Number(start[f"seed_{end}"], precision=0, minimum=0, maximum=most, visible=False)
        digit = gr.Radio(list(runs.DIGITS), value=start[f"digit_{end}"], visible=False)
        found |= {f"seed_{end}": seed, f"digit_{end}": digit}
    low = runs.MOST_NUDGE
    return found | {name: gr.Number(0, minimum=-low, maximum=low, visible=False) for name in NUDGES}


def _first() -> dict:
    """The controls of the first view."""
    from shared.core import loaders

    start = runs.DEFAULTS
    return {
        "model": gr.Radio(
            [(registry.spec(name).title, name) for name in registry.names(runs.TASK)],
            value=loaders.default_model(runs.TASK),
            label=t("model"),
            elem_id=_id("model"),
        ),
        "digit": gr.Radio(
            [(t("any"), ANY), *((one, one) for one in runs.DIGITS[1:])],
            value=start["digit"],
            label=t("digit"),
            info=t("digit_hint"),
            elem_id=_id("digit"),
        ),
        "n": gr.Slider(
            1,
            runs.MOST,
            start["n"],
            step=1,
            precision=0,
            label=t("how_many"),
            info=t("n_hint"),
            elem_id=_id("n"),
        ),
        "truncation": gr.Slider(
            0,
            runs.MOST_TRUNCATION,
            start["truncation"],
            step=0.05,
            label=t("truncation"),
            info=t("truncation_hint"),
            elem_id=_id("truncation"),
        ),
    }


def _more() -> tuple[dict, gr.Checkbox]:
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        seed = gr.Number(
            runs.DEFAULTS["seed"],
            precision=0,
            minimum=0,
            maximum=runs.MOST_SEED,
            label=t("seed"),
            info=t("seed_hint"),
            elem_id=_id("seed"),
        )
        embed = gr.Checkbox(True, label=t("embed_recipe"), info=t("embed_recipe_hint"), elem_id=_id("embed-recipe"))
    return {"seed": seed}, embed


def _walk_part() -> tuple[dict, gr.Button, gr.HTML]:
    start = runs.DEFAULTS
    with gr.Row(elem_id=_id("walk-controls")):
        frames = gr.Slider(
            2,
            runs.MOST_FRAMES,
            start["frames"],
            step=1,
            precision=0,
            label=t("frames"),
            info=t("frames_hint"),
            elem_id=_id("frames"),
        )
        route = gr.Radio(
            [(t("slerp"), "slerp"), (t("lerp"), "lerp")],
            value=start["route"],
            label=t("path"),
            info=t("path_hint"),
            elem_id=_id("route"),
        )
        go = gr.Button(t("walk"), variant="primary", elem_id=_id("walk-go"))
    return {"frames": frames, "route": route}, go, gan_view.walk()


def _compare_part() -> tuple[dict, gr.Button, gr.HTML]:
    with gr.Row(elem_id=_id("compare-controls")):
        models = gr.CheckboxGroup(
            [(registry.spec(name).title, name) for task in runs.FAMILIES for name in registry.names(task)],
            value=runs.DEFAULTS["models"],
            label=t("models"),
            info=t("models_hint"),
            elem_id=_id("models"),
        )
        go = gr.Button(t("compare"), variant="primary", elem_id=_id("compare-go"))
    return {"models": models}, go, gan_view.compare()


def build() -> gr.Blocks:
    recorded = examples.example(runs.DEFAULTS["model"])
    with gr.Blocks() as demo:
        gr.HTML(f"<style>{CSS}</style>", visible="hidden")
        with gr.Row(elem_id=TAB):
            with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
                named = _hidden() | _first()
                generate = gr.Button(t("generate"), variant="primary", elem_id=_id("generate"))
                more, embed = _more()
            with gr.Column(scale=9, min_width=320, elem_id=_id("result")):
                grid = gan_view.grid(recorded[0] if recorded else {}, gan_picture)
                panel = recipe_row.panel(TAB, example=recorded[1] if recorded else None)
        part = gr.Textbox("walk", visible=False)  # which of the tabs below is open
        with gr.Tabs(elem_id=_id("parts")) as parts:
            with gr.Tab(t("tab_walk"), id="walk") as walk_tab:
                walk_settings, go_walk, walk_view = _walk_part()
            with gr.Tab(t("tab_directions"), id="directions") as directions_tab:
                gr.Markdown(t("directions_idea"))
                directions_view = gan_view.directions()
            with gr.Tab(t("tab_compare"), id="compare") as compare_tab:
                compare_settings, go_compare, compare_view = _compare_part()
            with gr.Tab(t("tab_draw"), id="draw") as draw_tab:
                draw.section(named["model"], opens=draw_tab.select)
            with gr.Tab(t("tab_diffusion"), id="diffusion") as diffusion_tab:
                diffusion.section(opens=diffusion_tab.select)
            with gr.Tab(t("tab_train"), id="train") as train_tab:
                train.section()
        with gr.Accordion(t("how_it_works"), open=False, elem_id=_id("how")):
            how = gr.Markdown(gan_how.IDEA[0], latex_delimiters=LATEX)
            numbers = gr.Markdown(gan_how.facts(named["model"].value), elem_id=_id("numbers"))
        named |= more | walk_settings | compare_settings
        controls = {name: named[name] for name in SETTINGS}
        views = [grid, walk_view, directions_view, compare_view]

        private = {"api_visibility": "private", "show_progress": "hidden"}
        # Outside of the queue: a grid takes milliseconds, and one that a hand has moved past is not drawn at all.
        quick = private | {"queue": False}
        live = quick | {"trigger_mode": "always_last"}
        everything = list(controls.values())
        what, made = controls["what"], [panel.recipe, panel.verdict]
        drawn = [what, controls["digit"], grid, directions_view, *made]

        moved = [controls[name].input for name in ("model", "digit", "n", "truncation", "seed")]
        gr.on(moved, redraw, [part, *everything], drawn, **live)
        generate.click(anew, [part, *everything], [controls["seed"], *drawn], **quick)
        grid.keep(keep, [part, *everything], [*(controls[name] for name in KEPT), *drawn], **live)
        nudges = [controls[name] for name in NUDGES]
        directions_view.nudge(nudge, everything, [what, *nudges, directions_view, *made], **live)
        directions_tab.select(directions, everything, directions_view, **quick)
        go_walk.click(walk, [embed, *everything], [what, walk_view, *made], **quick)
        go_compare.click(compare, everything, [what, compare_view, *made], concurrency_id=TAB, **private)
        for tab in (walk_tab, directions_tab, compare_tab, draw_tab, diffusion_tab, train_tab):
            tab.select(None, None, part, js=f"() => {tab.id!r}", **private)
        controls["model"].change(gan_how.facts, controls["model"], numbers, **quick)

        events = recipe_row.wire(panel, rerun, controls, views, concurrency_id=TAB)
        press = f"() => document.getElementById('{_id('reproduce')}').click()"
        grid.live(None, js=press, api_visibility="private")
        shown = [*views, controls["digit"], parts]
        for event, opening in ((events.restore, False), (events.opened, True)):
            event.success(drawn_again, [grid, gr.State(opening), *everything], shown, **quick)
        demo.load(how_it_works, None, how, **quick).then(warm, None, None, **quick)

        gr.api(gan_digits, api_name="gan_digits", concurrency_id=TAB)
        gr.api(gan_walk, api_name="gan_walk", concurrency_id=TAB)
    return demo
