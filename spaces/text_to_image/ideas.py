"""Prompts to click, what a small model makes of the words that are typed, and the names that they may become."""

import re

from shared.engines.diffusion import chinese, prompts
from shared.page import words

WORDS = words.beside(__file__)
LEARNED = (
    "princess",
    "a fox and a soccer ball",
    "castle",
    "a robot and a rocket",
    "blue automobile",
    "a girl and a cat",
)
LEARNED_ZH = ("公主", "狐狸和足球", "城堡", "机器人和火箭", "蓝色的汽车", "女孩和猫")
ANYTHING = (
    "a lighthouse on a cliff at sunset, oil painting",
    "a red fox in the snow, photograph",
    "a small robot reading in a garden, watercolour",
    "a bowl of lemons on a blue table",
)
MOST_COMPLETIONS = 6
LAST = re.compile(r"[\u4e00-\u9fff]+$|[^\W\d_][\w'’.: -]*$")  # what may become a name


def ideas(model: str, chinese_too: bool = False) -> list[str]:
    """Prompts that show what a model can do."""
    if not prompts.known(model)["names"]:
        return list(ANYTHING)
    return list(LEARNED_ZH if chinese_too else LEARNED)


def about(prompt: str | None, model: str, chinese_too: bool = False) -> dict:
    """What the page says under a prompt: {say: a sentence or "", chips: [prompt]}."""
    prompt = prompt or ""  # an empty field
    heard, ends = prompts.heard(prompt, model), completions(prompt, model)
    typing = ends and heard.strange and prompt.lower().endswith(heard.strange[-1])
    strange = heard.strange[:-1] if typing else heard.strange
    parts = {"knows": heard.knows, "little": heard.little, "strange": strange}
    say = WORDS.speaker(chinese_too, "heard")
    said = [say(key, words=", ".join(some)) for key, some in parts.items() if some]
    sentence = say("all", parts=say("between").join(said)) if heard.little or strange else ""
    chips = ends or list(heard.instead) or ideas(model, chinese_too)
    return {"say": sentence[:1].upper() + sentence[1:], "chips": chips}


def completions(prompt: str, model: str) -> list[str]:
    """The prompt with its last words made a name that begins with them."""
    vocabulary = prompts.known(model)
    found = LAST.search(prompt)
    if not found or not vocabulary["names"]:
        return []
    names, tail = [*vocabulary["names"], *vocabulary["more"]], found.group()
    titles = [chinese.name_of(name) for name in names] if chinese.HAN.search(tail) else names
    parts = tail.split(" ") if titles is names else [tail]
    ends = [" ".join(parts[i:]) for i in range(len(parts))] if titles is names else [tail[i:] for i in range(len(tail))]
    for end in ends:  # the longest end first
        several = [title for title in titles if title.lower().startswith(end.lower()) and title.lower() != end.lower()]
        if several and len(end) >= (2 if titles is names else 1):
            several = sorted(dict.fromkeys(several), key=len)[:MOST_COMPLETIONS]
            return [prompt[: len(prompt) - len(end)] + title for title in several]
    return []
