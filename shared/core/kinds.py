"""What a field of a request may be: a whole number, a text, one of the models.

Each kind checks a value, says in words and in JSON schema what is wanted, and knows enough to build a widget from it.
"""

import reprlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from shared.core.errors import UserError

NEW = -1  # as a seed: another one each time
MOST_SEED = 2**53 - 1  # a browser rounds whole numbers beyond this, and a rounded seed is another seed
SHOWN = 40  # characters of a wrong value that are repeated in its sentence


def cleaned(text: str) -> str:
    """Without NUL, and "?" for half of a pair of UTF-16: neither can be written into a file."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def shown(value: object) -> str:
    """Any value, short and on one line, for a sentence."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, int) and value.bit_length() > 128:  # Python writes no number of more than 4,300 digits
        return f"a number of about {value.bit_length() * 30103 // 100_000 + 1:,} digits"
    try:
        text = value if isinstance(value, str) else reprlib.repr(value)
    except ValueError:  # such a number in a list
        text = f"a {type(value).__name__}"
    text = " ".join(cleaned(text[: 2 * SHOWN]).split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


@dataclass(frozen=True)
class Kind:
    """What a value must be. A tab with a kind of its own overrides `wanted` and `check`."""

    _: KW_ONLY
    called: str = ""  # in a sentence, such as "The seed"; the field's name if empty, as in the next two
    words: str = ""  # the key of its label and hint
    api: str = ""  # what the endpoint calls it
    start: Any = None  # where the widget begins, if not at the default
    example: Any = None  # for those who call the endpoint, if the default shows nothing
    hidden: bool = False  # nothing to see on the page
    recipe: bool = True  # a recipe holds it
    optional: bool = False  # None is taken: what the model does best; of a text, the empty one

    @property
    def wanted(self) -> str:
        """The end of "... must be", without a full stop."""
        raise NotImplementedError

    def check(self, value: Any, name: str) -> Any:
        """The value as it is used. Errors: UserError."""
        raise NotImplementedError

    def restored(self, value: Any, name: str) -> Any:
        """The same of a value in a recipe, for its widget."""
        return self.check(value, name)

    def refused(self, value: object, name: str) -> UserError:
        return UserError(f"{self.called or name.replace('_', ' ')} must be {self.wanted}, not {shown(value)}.")

    def schema(self) -> dict[str, Any]:
        """What JSON schema can say of it beyond its type."""
        return {}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | self.schema()


@dataclass(frozen=True)
class Number(Kind):
    least: float
    most: float
    step: float = 0  # of a slider; 0: a number to type

    @property
    def wanted(self) -> str:
        return f"a number from {self.least} to {self.most:,}"

    def check(self, value: Any, name: str) -> Any:
        if value is None and self.optional:
            return None
        if not self._fits(value):
            raise self.refused(value, name)
        return float(value)

    def _fits(self, value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and self.least <= value <= self.most  # nan is in no range

    def schema(self) -> dict[str, Any]:
        return {"minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Whole(Number):
    """A whole number; sliders and JSON may say 80.0."""

    step: float = 1

    @property
    def wanted(self) -> str:
        return f"a whole number from {self.least} to {self.most:,}"

    def check(self, value: Any, name: str) -> Any:
        found = super().check(value, name)
        if found is not None and value != int(value):
            raise self.refused(value, name)
        return None if found is None else int(value)


@dataclass(frozen=True)
class Seed(Whole):
    """NEW, and None if it is optional, draw one. A recipe holds what was drawn."""

    least: float = 0
    most: float = MOST_SEED
    step: float = 0
    _: KW_ONLY
    called: str = "The seed"
    optional: bool = True

    def check(self, value: Any, name: str) -> int:
        if value is None and self.optional or value == NEW:
            return secrets.randbelow(100_000)
        return self.restored(value, name)

    def restored(self, value: Any, name: str) -> int:
        if value is None:
            raise self.refused(value, name)
        return int(super().check(value, name))

    def schema(self) -> dict[str, Any]:
        return {"minimum": NEW, "maximum": self.most}


@dataclass(frozen=True)
class Text(Kind):
    most: int  # characters
    lines: int = 1
    strip: bool = True

    @property
    def wanted(self) -> str:
        return f"a text of at most {self.most:,} characters"

    def check(self, value: Any, name: str) -> str:
        if value is None and self.optional:
            return ""
        if not isinstance(value, str):
            raise self.refused(value, name)
        if len(value) > self.most:
            called = self.called or name.replace("_", " ")
            raise UserError(f"{called} has {len(value):,} characters; up to {self.most:,} are taken here.")
        return cleaned(value).strip() if self.strip else cleaned(value)

    def schema(self) -> dict[str, Any]:
        return {"maxLength": self.most}


@dataclass(frozen=True)
class Switch(Kind):
    @property
    def wanted(self) -> str:
        return "true or false"

    def check(self, value: Any, name: str) -> bool:
        if not isinstance(value, bool):
            raise self.refused(value, name)
        return value


EMBED = Switch(words="embed_recipe", recipe=False)  # of a field `embed`: whether saved files carry their recipe


@dataclass(frozen=True)
class Choice(Kind):
    """One of some names, in letters of any case; a digit may come as the number 7 or 7.0."""

    options: Sequence[str] | Callable[[], Sequence[str]] = ()
    says: str = ""  # `wanted`, where a list of all would be long: "any, or one from 0 to 9"
    noun: str = ""  # what one is, where a wrong one is answered "There is no VAE called ..."

    def choices(self) -> tuple[str, ...]:
        return tuple(self.options() if callable(self.options) else self.options)

    @property
    def wanted(self) -> str:
        choices = self.choices()
        return self.says or (" or ".join(choices) if len(choices) == 2 else f"one of {', '.join(choices)}")

    def check(self, value: Any, name: str) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1000 and value == int(value):
            value = str(int(value))
        given = value.strip().casefold() if isinstance(value, str) else None
        for choice in self.choices():
            if choice.casefold() == given:
                return choice
        raise self.refused(value, name)

    def refused(self, value: object, name: str) -> UserError:
        if not self.noun:
            return super().refused(value, name)
        return UserError(f"There is no {self.noun} called “{shown(value)}”; there are: {', '.join(self.choices())}.")

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices())}


@dataclass(frozen=True)
class Model(Choice):
    """A model of the registry. `options` are names beside those of the models."""

    _: KW_ONLY
    task: str | tuple[str, ...]
    noun: str = "model"
    any_id: bool = False  # and any of the Hub, where the host allows that

    @property
    def tasks(self) -> tuple[str, ...]:
        return (self.task,) if isinstance(self.task, str) else self.task

    def models(self) -> tuple[str, ...]:
        from shared.core import registry

        return tuple(name for task in self.tasks for name in registry.names(task))

    def choices(self) -> tuple[str, ...]:
        return self.models() + super().choices()

    def check(self, value: Any, name: str) -> str:
        from shared.core import registry

        if isinstance(value, str) and (own := registry.own_name(value)) in self.models():
            value = own
        if not self.any_id or value in self.choices():
            return super().check(value, name)
        if not isinstance(value, str) or not value.strip():
            raise UserError("Choose a model first.")
        found = registry.spec(value.strip())
        if found.task not in self.tasks:
            raise self.refused(value, name)
        return found.name

    def schema(self) -> dict[str, Any]:
        return {} if self.any_id else super().schema()


@dataclass(frozen=True)
class Several(Kind):
    """From one to `most` different choices."""

    of: Choice
    most: int

    @property
    def wanted(self) -> str:
        return f"a list of 1 to {self.most} different choices, each {self.of.wanted}"

    def check(self, value: Any, name: str) -> list[str]:
        if isinstance(value, list | tuple) and 1 <= len(value) <= self.most:
            found = [self.of.check(one, name) for one in value]
            if len(set(found)) == len(found):
                return found
        raise UserError(f"Choose from 1 to {self.most} different {self.called or name.replace('_', ' ')}.")

    def schema(self) -> dict[str, Any]:
        return {"items": {"type": "string"} | self.of.schema(), "minItems": 1, "maxItems": self.most}
