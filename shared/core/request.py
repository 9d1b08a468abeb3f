"""What a visitor asks for, checked. A request is declared once: from it come the check, the widgets, the endpoint and
what a recipe restores.

    class Grid(Request):
        what: Literal["grid"] = "grid"
        model: Annotated[str, Model(task="digit-gan", noun="GAN of digits")] = "cgan-mnist"
        n: Annotated[int, Whole(1, 100, called="How many")] = 16
        seed: Annotated[int, Seed()] = 0

    Grid.check({"n": 4})              a Grid, or a UserError of one sentence
    Grid.check({"n": 4}).settings()   what its recipe holds
    Grid.fitting(settings)            what fits of an old recipe, and a clause about each of the rest
    Requests(Grid, Walk)              the same of several things that one tab makes: `what` says which
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from shared.core.errors import UserError
from shared.core.kinds import Choice, Kind, shown


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    default: Any = None
    required: bool = False

    @property
    def start(self) -> Any:
        """Where its widget begins."""
        return self.default if self.kind.start is None else self.kind.start

    @property
    def example(self) -> Any:
        return self.default if self.kind.example is None else self.kind.example


Fields = dict[str, Field]
Values = Mapping[str, Any]


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def fields(cls) -> Fields:
        return _fields(cls)

    @classmethod
    def check(cls, values: Values) -> Self:
        """Errors: UserError with one sentence. What is not said is at its default."""
        _known(values, cls.fields())
        for field in cls.fields().values():
            if field.required and field.name not in values:
                raise field.kind.refused(None, field.name)
        return cls(**values).fitted()

    def fitted(self) -> Self:
        """For a subclass: whether its fields go together, once each is right by itself. Errors: UserError."""
        return self

    @classmethod
    def fitting(cls, settings: Values) -> tuple[dict[str, Any], list[str]]:
        """({name: value} of what fits of a recipe, [a clause about each of the rest])."""
        return _fitting(settings, cls.fields())

    def settings(self) -> dict[str, Any]:
        """What a recipe holds, ready for JSON."""
        held = {name for name, field in self.fields().items() if field.kind.recipe}
        return self.model_dump(mode="json", include=held)

    @field_validator("*", mode="before")
    @classmethod
    def _checked(cls, value: Any, info: ValidationInfo) -> Any:
        name = str(info.field_name)
        return cls.fields()[name].kind.check(value, name)


R = TypeVar("R", bound=Request)


class Requests(Generic[R]):
    """The requests of one tab. Its fields are those of all, in the order in which they come first."""

    def __init__(self, *classes: type[R]) -> None:
        self.classes: dict[str, type[R]] = {cls.fields()["what"].default: cls for cls in classes}
        self._fields = {"what": Field("what", _what(tuple(self.classes)), next(iter(self.classes)))}
        for field in [field for cls in classes for field in cls.fields().values() if field.name != "what"]:
            if self._fields.setdefault(field.name, field).kind != field.kind:  # each has its own default
                raise TypeError(f"{field.name} is declared in two ways, but has one control")

    def fields(self) -> Fields:
        return self._fields

    def check(self, values: Values) -> R:
        """The request that `what` says, or the first; values that only the others use are passed over."""
        _known(values, self._fields)
        what = self._fields["what"]
        cls = self.classes[what.kind.check(values.get("what", what.default), "what")]
        return cls.check({name: value for name, value in values.items() if name in cls.model_fields})

    def fitting(self, settings: Values) -> tuple[dict[str, Any], list[str]]:
        return _fitting(settings, self._fields)


@cache
def _fields(cls: type[Request]) -> Fields:
    return {
        name: Field(name, _kind(info, name), None if info.is_required() else info.get_default(), info.is_required())
        for name, info in cls.model_fields.items()
    }


def _kind(info: FieldInfo, name: str) -> Kind:
    kinds = [one for one in info.metadata if isinstance(one, Kind)]
    if not kinds and get_origin(info.annotation) is Literal:
        return _what(get_args(info.annotation)) if name == "what" else Choice(get_args(info.annotation))
    if len(kinds) != 1:
        raise TypeError(f"{name} must say what it takes: Annotated[int, Whole(1, 100)]")
    return kinds[0]


def _what(names: tuple[str, ...]) -> Choice:
    return Choice(names, called="What to make", hidden=True)


def _known(values: Values, fields: Fields) -> None:
    for name in values:
        if name not in fields:
            raise UserError(f"There is no option called “{shown(name)}”; there are: {', '.join(fields)}.")


def _fitting(settings: Values, fields: Fields) -> tuple[dict[str, Any], list[str]]:
    values, left = {}, []
    for name, value in settings.items():
        kind = fields[name].kind if name in fields else None
        if kind is None or not kind.recipe:
            left.append(f"{shown(name)} is not a setting of this tab")
            continue
        try:
            values[name] = kind.restored(value, name)
        except UserError:
            left.append(f"{name} must be {kind.wanted}, not {shown(value)}")
    return values, left
