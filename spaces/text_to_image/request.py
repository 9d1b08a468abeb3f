"""What can be asked of the picture tab: five requests, their checks, and what follows from them.

A recipe needs nothing of this server: a run that goes on from a step of another carries the words of that other in
`turns`, so that it can be made from the beginning, and `until` stops where a visitor stopped it.
"""

import json
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from shared import recipe
from shared.core import registry
from shared.core.errors import UserError
from shared.core.kinds import EMBED, NEW, Choice, Model, Number, Seed, Text, Whole
from shared.core.request import Request, Requests, Values
from shared.core.settings import settings as host
from shared.engines.diffusion import limits, prompts, schedulers
from shared.engines.diffusion.limits import MOST, REMOTE, TASK
from shared.media.photos import NO_PICTURE

from . import uploads, visits

MOST_SEED = recipe.MAX_WHOLE - MOST
MOST_STEPS, MOST_SIDE, MOST_GUIDANCE = 150, 2048, 30
MOST_TEXT = 300_000  # characters of a prompt that are read
MOST_PROMPT = 3_000  # that are kept: more than the text encoders read, and a recipe can hold it
MOST_TURNS = 8
SCHEDULERS = tuple(schedulers.CLASSES)
CONTROLS = ("steps", "guidance", "seed", "scheduler", "strength")
STRIP = 5  # values side by side
PROMPT, STYLE = "princess", "noto"  # what the page begins with
CHANGE, REPAINT = 0.6, 1.0  # strength: what keeps a picture's layout, and what draws a part of it anew


class Said(NamedTuple):
    """What is asked from a step on."""

    step: int
    prompt: str
    negative_prompt: str
    style: str
    guidance: float


class Start(NamedTuple):
    """What a run begins with in the place of noise."""

    image: str  # see uploads.py
    mask: str  # "": all of the picture may change
    strength: float


class Part(NamedTuple):
    """Pictures with the same settings but for their seeds."""

    request: "Drawing"
    seeds: tuple[int, ...]
    labels: tuple[str, ...] = ()  # of a strip: what each is called


# ---- kinds of this tab ---------------------------------------------------------------------------------------------


class Scheduler(Choice):
    """ "" is the model's own."""

    def check(self, value: Any, name: str) -> str:
        return "" if value in (None, "") else super().check(value, name)


class Style(Text):
    wanted = "a style of the model, such as noto or photo, or nothing"


class Upload(Text):
    """A data URL, "sha256:..." of one that is kept, or a Path; what is in it is looked at once the size is known."""

    def check(self, value: Any, name: str) -> Any:
        if value and not isinstance(value, str | Path):
            raise UserError(NO_PICTURE)
        return value or ""


class Lora(Text):
    """The Hub id of one, where the host allows any."""

    def check(self, value: Any, name: str) -> str:
        found = super().check(value, name)
        if found and not host().allow_any_model:
            raise UserError("This site offers its models as they are; hosts allow LoRAs (AIGC_ALLOW_ANY_MODEL).")
        if found:
            registry.check_id(found)
        return found

    def restored(self, value: Any, name: str) -> str:
        return super().check(value, name)


class Turns(Text):
    """JSON: [Said, ...] of what was asked before the step at which a run goes on."""

    def check(self, value: Any, name: str) -> str:
        wrong = UserError(f"A run can be gone on with up to {MOST_TURNS} times, each time at a later step.")
        try:
            turns = [Said(*turn) for turn in json.loads(value or "[]")]
            steps = [Whole(0, MOST_STEPS, called="The step").check(turn.step, name) for turn in turns]
            for turn in turns:
                if not all(isinstance(text, str) for text in (turn.prompt, turn.negative_prompt, turn.style)):
                    raise wrong
                Number(0, MOST_GUIDANCE, called="Guidance").check(turn.guidance, name)
        except (ValueError, TypeError, RecursionError):
            raise wrong from None
        if not 0 < len(turns) <= MOST_TURNS or steps != sorted(set(steps)) or steps[0] != 0:
            raise wrong
        found = json.dumps(turns, ensure_ascii=False)
        if len(found) > recipe.MAX_TEXT:
            raise UserError("What was asked before is too long for a recipe: shorten the prompts.")
        return found


# ---- requests ------------------------------------------------------------------------------------------------------


GUIDANCE = Number(0, MOST_GUIDANCE, step=0.5, called="Guidance", optional=True, example=3)


class Drawing(Request):
    """What all five have. What is None, and "" for the scheduler, is the model's own once it is checked."""

    needed: ClassVar[tuple[str, ...]] = ()  # pictures that must be there

    what: str
    prompt: Annotated[str, Text(MOST_TEXT, lines=2, called="The prompt", optional=True, start=PROMPT)] = "red apple"
    negative_prompt: Annotated[str, Text(MOST_TEXT, called="The negative prompt", optional=True, example="green")] = ""
    style: Annotated[str, Style(100, called="The style", optional=True, hidden=True, start=STYLE, example=STYLE)] = ""
    model: Annotated[str, Model(task=(TASK, REMOTE), noun="picture model")] = "emoji-diffusion"
    width: Annotated[int | None, Whole(8, MOST_SIDE, step=8, called="The width", optional=True, example=128)] = None
    height: Annotated[int | None, Whole(8, MOST_SIDE, step=8, called="The height", optional=True, example=128)] = None
    steps: Annotated[int | None, Whole(1, MOST_STEPS, called="The number of steps", optional=True, example=20)] = None
    guidance: Annotated[float | None, GUIDANCE] = None
    scheduler: Annotated[str, Scheduler(SCHEDULERS, called="The scheduler")] = ""
    lora: Annotated[str, Lora(200, called="The name of the LoRA", optional=True)] = ""
    lora_strength: Annotated[float, Number(-2, 2, step=0.1, called="The strength of the LoRA")] = 1.0
    seed: Annotated[int, Seed(most=MOST_SEED, start=NEW)] = 0
    until: Annotated[int, Whole(0, MOST_STEPS * MOST, called="The step to stop at", hidden=True)] = 0  # 0: to the end
    embed: Annotated[bool, EMBED] = True

    def fitted(self) -> Self:
        own = limits.of(self.model)
        request = self.model_copy(
            update={name: getattr(own, name) for name in limits.OWN if getattr(self, name) in (None, "")}
        )
        for sentence in limits.refused(own, {name: getattr(request, name) for name in limits.OWN}).values():
            raise UserError(sentence)
        styles = prompts.styles(self.model)
        if self.style and self.style not in styles:
            raise UserError(f"This model has no style “{self.style[:40]}”; it has {', '.join(styles)}.")
        request = request.packed()
        if self.model == REMOTE and (request.start or request.lora or self.what == "continue"):
            raise UserError(f"{registry.spec(self.model).title} draws from words alone.")
        if len(json.dumps(request.shortened()[0].settings())) > recipe.MAX_RECIPE - 4096:  # before the work, not after
            raise UserError("These settings are too long for a recipe: shorten the prompts.")
        return request

    def packed(self) -> Self:
        """With the start picture and the mask as a recipe holds them. Errors: UserError."""
        pack = {
            "image": lambda value: uploads.packed(uploads.fitted(value, self.width, self.height)),
            "mask": lambda value: uploads.packed_mask(uploads.read_mask(value)),
        }
        given = {name: getattr(self, name, "") for name in pack}
        return self.model_copy(
            update={name: pack[name](value) for name, value in given.items() if value or name in self.needed}
        )

    def shortened(self) -> tuple[Self, dict[str, str]]:
        """With prompts that a recipe can hold, and {name: the end that was left out}."""
        whole = {name: getattr(self, name) for name in ("prompt", "negative_prompt")}
        kept = {name: text[:MOST_PROMPT].rstrip() for name, text in whole.items()}
        return self.model_copy(update=kept), {name: text[len(kept[name]) :] for name, text in whole.items()}

    def settings(self) -> dict[str, Any]:
        held = super().settings()
        return held if self.lora else {name: held[name] for name in held if name not in ("lora", "lora_strength")}

    @property
    def start(self) -> Start | None:
        """None: noise."""
        image = getattr(self, "image", "")
        return Start(image, getattr(self, "mask", ""), self.strength) if image else None

    @property
    def said(self) -> list[Said]:
        assert self.guidance is not None, "checked"
        return [Said(0, self.prompt, self.negative_prompt, self.style, self.guidance)]

    @property
    def parts(self) -> list[Part]:
        """What is drawn one after the other."""
        raise NotImplementedError


class Several(Drawing):
    """As many pictures as are wanted, each with its own seed."""

    n: Annotated[int, Whole(1, MOST, words="how_many", called="How many", start=4)] = 1

    @property
    def parts(self) -> list[Part]:
        return [Part(self, tuple(range(self.seed, self.seed + self.n)))]


Image = Annotated[str | Path, Upload(0, hidden=True)]
Strength = Annotated[float, Number(0, 1, step=0.05, called="Strength")]


class Make(Several):
    what: Literal["make"] = "make"


class Change(Several):
    needed = ("image",)

    what: Literal["change"] = "change"
    image: Image = ""
    strength: Strength = CHANGE


class Fill(Several):
    needed = ("image", "mask")

    what: Literal["fill"] = "fill"
    image: Image = ""
    mask: Image = ""
    strength: Strength = REPAINT


class Continue(Several):
    """From a step of a run on, with other words. `run` names one that is kept; a recipe has `turns` instead."""

    what: Literal["continue"] = "continue"
    image: Image = ""
    mask: Image = ""
    strength: Strength = CHANGE
    run: Annotated[str, Text(100, hidden=True, recipe=False)] = ""
    step: Annotated[int, Whole(1, MOST_STEPS, called="The step", hidden=True)] = 1
    turns: Annotated[str, Turns(recipe.MAX_TEXT, hidden=True)] = ""

    @classmethod
    def check(cls, values: Values) -> Self:
        return super().check(values if values.get("turns") else _gone_on(values))

    @property
    def said(self) -> list[Said]:
        return [Said(*turn) for turn in json.loads(self.turns)] + [super().said[0]._replace(step=self.step)]


class Strip(Drawing):
    """Five values of one control side by side."""

    needed = ("image",)

    what: Literal["strip"] = "strip"
    image: Image = ""
    strength: Strength = CHANGE
    control: Annotated[str, Choice(CONTROLS, called="The control")] = "guidance"

    def packed(self) -> Self:
        """A picture to start from matters only where its strength is what is shown."""
        return super().packed() if self.control == "strength" else self.model_copy(update={"image": ""})

    @property
    def parts(self) -> list[Part]:
        values = self.values()
        labels = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
        if self.control == "seed":
            return [Part(self, tuple(values), tuple(labels))]
        return [
            Part(self.model_copy(update={self.control: value}), (self.seed,), (label,))
            for value, label in zip(values, labels, strict=True)
        ]

    def values(self) -> list[Any]:
        """Of the control, five where there are as many."""
        own = limits.of(self.model)
        assert self.steps is not None and self.guidance is not None, "checked"
        match self.control:
            case "seed":
                return [self.seed + i for i in range(STRIP)]
            case "scheduler":
                return list(own.schedulers[:STRIP])
            case "strength":
                return [0.2, 0.4, 0.6, 0.8, 1.0]
            case "steps":
                most = min(own.most_steps, max(2 * self.steps, STRIP))
                steps = {1, round(self.steps**0.5), self.steps, round((self.steps * most) ** 0.5), most}
                others = (one for one in range(1, most) if one not in steps)
                return sorted([*steps, *others][:STRIP] if len(steps) < STRIP else steps)
        most = own.most_guidance
        middle = self.guidance if 1 < self.guidance < most else (1 + most) / 2
        return sorted({1.0, round((1 + middle) / 2, 1), round(middle, 1), round((middle + most) / 2, 1), most})


class Drawings(Requests[Drawing]):
    def fitting(self, settings: Values) -> tuple[dict[str, Any], list[str]]:
        """What weights of before drew is drawn by those of today in their size; a comparison says that both differ."""
        values, left = super().fitting(settings)
        if values.get("model") in registry.names(TASK):
            own = limits.of(values["model"])
            values |= {side: getattr(own, side) for side in ("width", "height") if values.get(side) in own.earlier}
        return values, left


REQUESTS = Drawings(Make, Change, Fill, Continue, Strip)


def _gone_on(values: Values) -> dict[str, Any]:
    """What "continue" asks for: the settings of the run it goes on from, with new words from a step on."""
    visit = visits.find(str(values.get("run", "")))
    if visit.of < 2:
        raise UserError("This run has no step to go back to.")
    step = Whole(1, visit.of - 1, called="The step to go on from").check(values.get("step"), "step")
    turns = [said for said in visit.request.said if said.step < step]
    new = {name: values[name] for name in Said._fields[1:] if values.get(name) is not None}
    kept = {"what": "continue", "run": values["run"], "embed": values.get("embed", True), "until": 0}
    return visit.request.settings() | new | kept | {"step": step, "turns": json.dumps(turns, ensure_ascii=False)}
