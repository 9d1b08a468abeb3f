"""What can be asked of the text-to-image tab: its settings, their checks, and what each model wants.

`what` says which of five things is made, and a recipe holds only the settings of that one. It needs nothing of this
server: a run that goes on from a step of another carries the words of that other in `turns`, so that it can be made
from the beginning, and `until` stops where a visitor stopped it.
"""

import json
import secrets

from shared import recipe
from shared.core import registry
from shared.core.asked import number, whole
from shared.core.errors import UserError
from shared.core.settings import settings as host
from shared.engines.diffusion import schedulers
from shared.engines.diffusion.limits import MOST, check_model, defaults

from . import uploads, visits

ANY_SEED = -1  # a new one
MOST_STEPS, MOST_SIDE, MOST_GUIDANCE = 150, 2048, 30
MOST_SEED = recipe.MAX_WHOLE - MOST
MOST_PROMPT = 3_000  # characters; more than the text encoders read, and a recipe can hold it
MOST_TURNS = 8
SCHEDULERS = tuple(schedulers.CLASSES)
CONTROLS = ("steps", "guidance", "seed", "scheduler", "strength")
STRIP = 5  # values side by side

DEFAULTS = {
    "what": "make",
    "prompt": "",
    "negative_prompt": "",
    "style": "",
    "model": "emoji-diffusion",
    "width": None,  # None, and "" for the scheduler: the model's own, see `defaults`
    "height": None,
    "steps": None,
    "guidance": None,
    "scheduler": "",
    "n": 4,
    "seed": 0,
    "image": "",  # of change and fill: see uploads.py
    "mask": "",
    "strength": 0.6,
    "run": "",  # of continue: State.run_id; never in a recipe
    "step": 0,
    "turns": "",  # JSON: [[step, prompt, negative prompt, style, guidance], ...], what was asked before `step`
    "control": "guidance",  # of strip
    "until": 0,  # the step at which the run was stopped; 0: it was not
    "lora": "",  # the Hub id of a LoRA, where the host allows any
    "lora_strength": 1.0,
}
SETTINGS = tuple(DEFAULTS)
OWN = ("width", "height", "steps", "guidance", "scheduler")  # what a model has defaults of its own for
_ALWAYS = ("what", "prompt", "negative_prompt", "style", "model", *OWN, "lora", "lora_strength")
USED = {  # by `what`: the settings that its recipe holds
    "make": (*_ALWAYS, "n", "seed", "until"),
    "change": (*_ALWAYS, "n", "seed", "image", "strength", "until"),
    "fill": (*_ALWAYS, "n", "seed", "image", "mask", "strength", "until"),
    "continue": (*_ALWAYS, "n", "seed", "image", "mask", "strength", "step", "turns", "until"),
    "strip": (*_ALWAYS, "seed", "image", "strength", "control", "until"),
}
TURN = ("prompt", "negative_prompt", "style", "guidance")  # what may change within a run


def filled(settings: dict, own: dict) -> dict:
    """Settings with the model's own in the place of None and ""."""
    return settings | {name: own[name] for name in OWN if settings.get(name) in (None, "")}


def new_seed() -> int:
    return secrets.randbelow(100_000)


# ---- checks --------------------------------------------------------------------------------------------------------


def checked(settings: dict) -> dict:
    """The settings that `what` uses, whole and of the right types. Errors: UserError with one sentence."""
    return judged(settings)[0]


def judged(settings: dict) -> tuple[dict, dict[str, str]]:
    """-> settings, {"prompt": its end, where it was longer than is kept, ...}."""
    given = DEFAULTS | settings
    if given["what"] not in USED:
        raise UserError(f"This tab can {', '.join(USED)}, not “{str(given['what'])[:40]}”.")
    if given["what"] == "continue" and not given["turns"]:
        given = _gone_on(given)
    own = defaults(given["model"])
    given = filled(given, own)
    found = {name: JUDGES[name](given[name]) for name in USED[given["what"]]}
    if not found["lora"]:
        del found["lora"], found["lora_strength"]
    _fits_model(found, own)
    whole_prompts = {name: found[name] for name in ("prompt", "negative_prompt")}
    found |= {name: text[:MOST_PROMPT].rstrip() for name, text in whole_prompts.items()}
    cut = {name: text[len(found[name]) :] for name, text in whole_prompts.items()}
    found = _with_pictures(found)
    if len(json.dumps(found)) > recipe.MAX_RECIPE - 4096:  # said before the work, not after it
        raise UserError("These settings are too long for a recipe: shorten the prompts.")
    return found, cut


def _fits_model(found: dict, own: dict) -> None:
    least, most, multiple = own["sizes"]
    for side in ("width", "height"):
        if not least <= found[side] <= most or found[side] % multiple:
            if least == most:
                raise UserError(f"This model draws pictures of {least} × {least} pixels only.")
            raise UserError(
                f"The {side} must be a multiple of {multiple} from {least} to {most} pixels, not {found[side]}."
            )
    if found["steps"] > own["most_steps"]:
        raise UserError(f"This model takes up to {own['most_steps']} steps, not {found['steps']}.")
    if found["guidance"] > own["most_guidance"]:
        raise UserError(f"This model takes a guidance of up to {own['most_guidance']:g}, not {found['guidance']:g}.")
    if found["scheduler"] not in own["schedulers"]:
        raise UserError(f"This model takes one of the schedulers {', '.join(own['schedulers'])}.")
    if found["style"] and found["style"] not in own["styles"]:
        raise UserError(f"This model has no style “{found['style'][:40]}”; it has {', '.join(own['styles'])}.")


def _with_pictures(found: dict) -> dict:
    """The start picture and the mask as a recipe holds them."""
    what = found["what"]
    of_strength = what == "strip" and found["control"] == "strength"
    if what == "strip" and not of_strength:
        found["image"] = ""  # a picture to start from matters where its strength is what is shown
    if what in ("change", "fill") or of_strength or found.get("image"):
        found["image"] = uploads.packed(uploads.fitted(found["image"], found["width"], found["height"]))
    if what == "fill" or found.get("mask"):
        found["mask"] = uploads.packed_mask(uploads.read_mask(found["mask"]))
    return found


def _gone_on(given: dict) -> dict:
    """The settings of "continue": those of the run it goes on from, with new words from a step on."""
    visit = visits.find(given["run"])
    old = visit.settings
    if visit.of < 2:
        raise UserError("This run has no step to go back to.")
    step = whole(given["step"], "The step to go on from", 1, visit.of - 1)
    asked = json.loads(old.get("turns") or "[]")
    asked.append([old.get("step", 0), *(old[name] for name in TURN)])
    new = {name: given[name] for name in ("what", *TURN)}
    if new["guidance"] is None:
        new["guidance"] = old["guidance"]
    turns = [turn for turn in asked if turn[0] < step]
    return DEFAULTS | old | new | {"step": step, "turns": json.dumps(turns, ensure_ascii=False), "until": 0}


def _text(value, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UserError(f"The {name} must be a text.")
    # Half of a pair of UTF-16, which no file can hold, becomes a question mark.
    return value[: 100 * MOST_PROMPT].encode("utf-8", "replace").decode().replace("\0", " ").strip()


def _seed(value) -> int:
    if value is None or value == ANY_SEED and not isinstance(value, bool):
        return new_seed()
    return whole(value, "The seed", 0, MOST_SEED)


def _lora(value) -> str:
    name = _text(value, "name of the LoRA")
    if name and not host().allow_any_model:
        raise UserError("This site offers its models as they are; hosts allow LoRAs (AIGC_ALLOW_ANY_MODEL).")
    if name:
        registry.check_id(name)
    return name


def _side(name: str):
    return lambda value: whole(value, f"The {name}", 8, MOST_SIDE)


def _one_of(name: str, allowed: tuple[str, ...]):
    def judge(value):
        if value not in allowed:
            raise UserError(f"The {name} must be one of {', '.join(allowed)}, not “{str(value)[:40]}”.")
        return value

    return judge


def _turns(value) -> str:
    """Checked, and written again. Errors: UserError."""
    wrong = UserError(f"A run can be gone on with up to {MOST_TURNS} times, each time at a later step.")
    try:
        asked = json.loads(value or "[]")
        steps = [whole(turn[0], "The step", 0, MOST_STEPS) for turn in asked]
        for _, prompt, negative_prompt, style, guidance in asked:
            if not all(isinstance(text, str) for text in (prompt, negative_prompt, style)):
                raise wrong
            number(guidance, "Guidance", 0, MOST_GUIDANCE)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise wrong from None
    if not 0 < len(asked) <= MOST_TURNS or steps != sorted(set(steps)) or steps[0] != 0:
        raise wrong
    found = json.dumps(asked, ensure_ascii=False)
    if len(found) > recipe.MAX_TEXT:
        raise UserError("What was asked before is too long for a recipe: shorten the prompts.")
    return found


JUDGES = {
    "what": str,
    "prompt": lambda value: _text(value, "prompt"),
    "negative_prompt": lambda value: _text(value, "negative prompt"),
    "style": lambda value: _text(value, "style"),
    "model": check_model,
    "width": _side("width"),
    "height": _side("height"),
    "steps": lambda value: whole(value, "The number of steps", 1, MOST_STEPS),
    "guidance": lambda value: number(value, "Guidance", 0, MOST_GUIDANCE),
    "scheduler": _one_of("scheduler", SCHEDULERS),
    "n": lambda value: whole(value, "How many", 1, MOST),
    "seed": _seed,
    "image": lambda value: value or "",
    "mask": lambda value: value or "",
    "strength": lambda value: number(value, "Strength", 0, 1),
    "step": lambda value: whole(value, "The step", 1, MOST_STEPS),
    "turns": _turns,
    "control": _one_of("control", CONTROLS),
    "until": lambda value: whole(value, "The step to stop at", 0, MOST_STEPS * MOST),
    "lora": _lora,
    "lora_strength": lambda value: number(value, "The strength of the LoRA", -2, 2),
}


# ---- what follows from them ----------------------------------------------------------------------------------------


def strip_values(settings: dict) -> list:
    """The values that a strip shows of its control, five where there are as many; for checked settings."""
    own, control = defaults(settings["model"]), settings["control"]
    if control == "seed":
        return [settings["seed"] + i for i in range(STRIP)]
    if control == "scheduler":
        return list(own["schedulers"][:STRIP])
    if control == "strength":
        return [0.2, 0.4, 0.6, 0.8, 1.0]
    if control == "steps":
        steps = settings["steps"]
        most = min(own["most_steps"], max(2 * steps, STRIP))
        values = {1, round(steps**0.5), steps, round((steps * most) ** 0.5), most}
        others = (one for one in range(1, most) if one not in values)
        return sorted([*values, *others][:STRIP] if len(values) < STRIP else values)
    most = float(own["most_guidance"])
    middle = settings["guidance"] if 1 < settings["guidance"] < most else (1 + most) / 2
    return sorted({1.0, round((1 + middle) / 2, 1), round(middle, 1), round((middle + most) / 2, 1), most})


def turns_of(settings: dict) -> list[tuple]:
    """(step, prompt, negative prompt, style, guidance): what is asked from which step on."""
    asked = json.loads(settings.get("turns") or "[]")
    return [*map(tuple, asked), (settings.get("step", 0), *(settings[name] for name in TURN))]
