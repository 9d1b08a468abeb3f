"""Checks of what a visitor or a client asks for: numbers of any type, from sliders, JSON and recipes."""

import math

from shared.core.errors import UserError


def whole(value, name: str, low: int, high: int) -> int:
    """The whole number in `value`; sliders and JSON may say 80.0. Errors: UserError."""
    if not _finite(value) or value != int(value) or not low <= value <= high:
        raise UserError(f"{name} must be a whole number from {low} to {high:,}, not {_shown(value)}.")
    return int(value)


def number(value, name: str, low: float, high: float) -> float:
    """Errors: UserError."""
    if not _finite(value) or not low <= value <= high:
        raise UserError(f"{name} must be a number from {low} to {high:,}, not {_shown(value)}.")
    return float(value)


def _finite(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value) -> str:
    return str(value)[:20] or "nothing"
