"""From a story to what its pictures show: pages of whole sentences, and for each a prompt in plain words.

for page in pages_of(text, 4):
    prompt = prompt_of(page, characters, model, before)    # "the little fox, a red ball and a tree in the park"
    scene = read(prompt, model, characters)                # Scene((Thing("fox", ...), ...), "park")
"""

from .page_prompts import cover_prompt, note_of, prompt_of, recast
from .pages import pages_of
from .people import characters_of
from .presence import present
from .reading import SIZES, Scene, Thing, read
from .sentences import ending, sentences
from .titles import title_of

__all__ = [
    "SIZES",
    "Scene",
    "Thing",
    "characters_of",
    "cover_prompt",
    "ending",
    "note_of",
    "pages_of",
    "present",
    "prompt_of",
    "read",
    "recast",
    "sentences",
    "title_of",
]
