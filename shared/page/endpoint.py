"""An endpoint made of a request: its arguments, their defaults, ranges and descriptions, and the sentence for an error.

    def draw(request: Grid) -> tuple[FileData, dict]:
        '''Draws handwritten digits: a grid as one PNG, which carries its recipe.'''
        ...

    endpoint(draw, Grid, "gan_digits", "model digit n truncation seed", english, concurrency_id="digits")

It takes any value and answers a wrong one with the request's sentence: Gradio checks nothing of what gr.api takes.
"""

import html
import inspect
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import gradio as gr
from gradio.context import LocalContext
from gradio.events import api

from shared.core import brakes
from shared.core.errors import UserError
from shared.core.kinds import Seed
from shared.core.request import Field, Request
from shared.page import private, sentences, words

R = TypeVar("R", bound=Request)
Words = Callable[[str], str]  # the English words of the tab; KeyError where it has none


@dataclass(frozen=True)
class Endpoint:
    """What was declared, for whoever calls it without a server: see shared/tools/cli.py."""

    function: Callable[[Any], Any]
    request: type[Request]
    described: dict[str, str]  # the fields that are arguments, in their order, and a line about each


def endpoint(
    function: Callable[[R], Any], request: type[R], api_name: str, names: str, english: Words, **limits: Any
) -> None:
    """Registers `function`, which returns or yields what its annotation says, as an endpoint. Call it in gr.Blocks.

    names: the fields that are arguments, in their order; the others stay at their defaults.
    english: "n_hint" -> "How many digits."; the docstring of `function` describes the whole.
    limits: concurrency_id and the like, for gr.api.
    """
    fields = [request.fields()[name] for name in names.split()]
    described = {_name(field): _description(field, english) for field in fields}

    def asked(values: tuple[Any, ...]) -> R:
        return request.check({field.name: value for field, value in zip(fields, values, strict=False)})

    def streamed(*values: Any) -> Iterator[Any]:
        with told(), unheard():
            yield from function(asked(values))

    def answered(*values: Any) -> Any:
        with told(), unheard():
            return function(asked(values))

    called: Any = streamed if inspect.isgeneratorfunction(function) else answered
    returned = get_type_hints(function).get("return")
    if get_origin(returned) in (Iterator, Generator):
        returned = get_args(returned)[0]
    called.__name__ = api_name
    lines = [f"    {name}: {line}" for name, line in described.items()]  # one each: Gradio reads no second one
    called.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *lines])
    types = {_name(field): request.model_fields[field.name].annotation for field in fields}
    called.__annotations__ = types | {"return": returned}
    called.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                _name(field),
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if field.required else field.default,
                annotation=types[_name(field)],
            )
            for field in fields
        ],
        return_annotation=returned,
    )
    called.endpoint = Endpoint(function, request, {field.name: described[_name(field)] for field in fields})
    made = api(called, api_name=api_name, **limits)
    private.describe(made, [_schema(field, described[_name(field)]) for field in fields])


def complete(called: Any, values: Sequence[Any]) -> list[Any]:
    """The values of a call, with the defaults of those that it leaves out at its end. Errors: UserError."""
    made = getattr(called, "endpoint", None)
    if made is None:
        return list(values)
    if len(values) > len(made.described):
        raise UserError(
            f"{len(values)} values were sent; there are {len(made.described)}: {', '.join(made.described)}."
        )
    fields = made.request.fields()
    return [*values, *(fields[name].default for name in list(made.described)[len(values) :])]


@contextmanager
def told() -> Iterator[None]:
    """Makes a UserError one that Gradio shows, which it does as HTML."""
    try:
        yield
    except UserError as error:
        title = words.of_page().say("error", words.chinese(LocalContext.request.get(None)))
        raise gr.Error(html.escape(sentences.told(error)), title=title, print_exception=False) from None


@contextmanager
def unheard() -> Iterator[None]:
    """A run that ended since its caller has left has no result: no fault, and nobody is told."""
    left = brakes.left()
    try:
        yield
    except Exception:
        if left.is_set():
            raise gr.Error("", print_exception=False) from None
        raise


def _name(field: Field) -> str:
    return field.kind.api or field.name


def _schema(field: Field, description: str) -> dict[str, Any]:
    """What JSON schema and OpenAPI say of an argument: its range, a line about it, an example, and its default."""
    found = field.kind.schema() | {"description": description, "example": field.example}
    return found if field.default is None else found | {"default": field.default}


def _description(field: Field, english: Words) -> str:
    """One line: the hint of the widget, and what is allowed."""
    try:
        hint = english(f"{field.kind.words or field.name}_hint")
    except KeyError:
        hint = ""
    parts = [hint, f"Allowed: {field.kind.wanted}."]
    if isinstance(field.kind, Seed):
        parts.append("-1: a new one.")
    elif field.kind.optional and field.default is None:
        parts.append("None: what the model does best.")
    return " ".join(filter(None, parts))
