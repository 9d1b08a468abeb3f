"""From a story to what its pictures show: pages of whole sentences, and for each a prompt in plain words.

for page in pages_of(text, 4):
    prompt = prompt_of(page, characters, model, before)    # "the little fox, a red ball and a tree in the park"
    scene = read(prompt, model, characters)                # Scene((Thing("fox", ...), ...), "park")
"""

from .cast import cast_of, lead, strangers
from .page_prompts import Note, cover_prompt, noted, prompt_of, recast
from .pages import pages_of
from .people import characters_of
from .presence import present
from .reading import SIZES, Scene, Thing, read
from .sentences import ending, sentences
from .titles import title_of

__all__ = [
    "SIZES",
    "Note",
    "Scene",
    "Thing",
    "cast_of",
    "characters_of",
    "cover_prompt",
    "ending",
    "lead",
    "noted",
    "pages_of",
    "present",
    "prompt_of",
    "read",
    "recast",
    "sentences",
    "strangers",
    "title_of",
]
