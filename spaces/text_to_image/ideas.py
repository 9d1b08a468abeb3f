"""Prompts to click, for a model that has learned so many things and for one that draws anything."""

from shared.engines.diffusion import prompts

LEARNED = (
    "red apple",
    "strawberry",
    "fire engine",
    "Christmas tree",
    "crying face",
    "yellow car",
)
ANYTHING = (
    "a lighthouse on a cliff at sunset, oil painting",
    "a red fox in the snow, photograph",
    "a small robot reading in a garden, watercolour",
    "a bowl of lemons on a blue table",
)


def ideas(model: str) -> list[str]:
    """Prompts that show what a model can do."""
    return list(LEARNED if prompts.known(model)["names"] else ANYTHING)


def about(prompt: str, model: str) -> dict:
    """What the page says under a prompt: {say: a sentence or "", chips: [prompt]}."""
    sentence, instead = prompts.judged(prompt, model)
    return {"say": sentence, "chips": list(instead) or ideas(model)}
