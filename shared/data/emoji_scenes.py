"""Emoji as a text-to-image model sees them in training: pictures with captions, and how words become tokens.

Two thirds of the pictures are shown as they are. The others are made from them, so that the model learns what the
captions have in common: two things side by side ("a dog and a ball"), and a thing in another colour ("a blue dog").
All that is made of pictures here is made of a batch at once, on whatever device it lies.
"""

import json
import random
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F

from shared.data.emoji import LARGE, LIVING, MORE_NAMES, Emoji, read_emoji, vocabulary

STYLES = ("noto", "twemoji", "fluent 3d")
LENGTH = 24  # tokens of a prompt, with the two at its ends
VOCABULARY, START, END = 6144, 0, 1
THING = 60 / 128  # of the picture's side: each of two things
LIVELY, SELDOM = 1.6, 0.35  # how much more often those who live, and how much less often the further names are shown
TINTED = 0.12  # share of the things of a pair that are

COLOURS = {  # RGB in [0, 1]: what a middle grey becomes
    "red": (0.85, 0.15, 0.15),
    "orange": (0.95, 0.55, 0.1),
    "yellow": (0.95, 0.85, 0.15),
    "green": (0.2, 0.65, 0.2),
    "blue": (0.15, 0.4, 0.9),
    "purple": (0.55, 0.25, 0.75),
    "pink": (0.95, 0.5, 0.7),
    "brown": (0.5, 0.3, 0.15),
}
OWN_COLOURS = {*COLOURS, "black", "white", "polar"}  # a name with one of these words is not tinted


@dataclass(frozen=True)
class Scenes:
    emoji: Emoji  # of STYLES
    source: str = "emoji128"

    def __len__(self):
        return len(self.emoji)

    @cached_property
    def core(self):
        """Indices of those that are also tinted and stand in pairs: the things of the vocabulary."""
        names = set(vocabulary())
        return [i for i, name in enumerate(self.emoji.names) if name in names]

    @cached_property
    def weights(self):
        """How often each picture is shown alone, (n,)."""
        lively, core = set(vocabulary(lines=LIVING)), set(vocabulary())
        return torch.tensor([LIVELY if n in lively else 1.0 if n in core else SELDOM for n in self.emoji.names])

    @property
    def vocabulary(self):
        """What the model has been shown, for those who ask it to draw."""
        keywords = {}
        for name, words in zip(self.emoji.names, self.emoji.keywords, strict=True):
            keywords.setdefault(name, set()).update(set(words) - {name})
        core = set(vocabulary())
        often = {name: sorted(words) for name, words in keywords.items() if name in core}
        more = {name: sorted(words) for name, words in keywords.items() if name not in core}
        return {"styles": list(STYLES), "names": list(often), "colours": list(COLOURS), "keywords": often, "more": more}

    # What is told. Only words here, no pictures.

    def caption(self, i, draw, colour=""):
        """Of picture i alone, now and then by its keywords."""
        style, name = self.emoji.styles[i], f"{colour} {self.emoji.names[i]}".strip()
        words = [] if colour else [word for word in self.emoji.keywords[i] if word != name]
        kind = draw.random()
        if kind < 0.05 and words:
            return styled(" ".join(draw.sample(words, min(len(words), 3))), style, draw)
        if kind < 0.2 and words:
            name = ", ".join([name, *draw.sample(words, min(len(words), 2))])
        return styled(name if draw.random() < 0.7 else article(name), style, draw)

    def tints(self):
        """(picture, colour) of all that can be tinted, (n, 2)."""
        free = [i for i in self.core if not OWN_COLOURS & set(self.emoji.names[i].split())]
        return torch.tensor([(i, c) for i in free for c in range(len(COLOURS))]).view(-1, 2)

    def pairs(self, n, draw):
        """n pairs of one style: (n, 2, 2) of picture and colour, -1 for its own; and their captions."""
        pairs, captions = [], []
        for _ in range(n):
            style = draw.choice([style for style in STYLES if self.of_style[style]])
            two = [(i, self.tint(i, draw)) for i in draw.choices(self.of_style[style], k=2)]
            left, right = (article(f"{[*COLOURS, ''][c]} {self.emoji.names[i]}".strip()) for i, c in two)
            pairs.append(two)
            captions.append(styled(f"{left} and {right}", style, draw))
        return torch.tensor(pairs).view(-1, 2, 2), captions

    def tint(self, i, draw):
        free = draw.random() < TINTED and not OWN_COLOURS & set(self.emoji.names[i].split())
        return draw.randrange(len(COLOURS)) if free else -1

    @cached_property
    def of_style(self):
        """style -> indices in `core`"""
        return {style: [i for i in self.core if self.emoji.styles[i] == style] for style in STYLES}

    @cached_property
    def tokenizer(self):
        everything = self.vocabulary
        known = everything["keywords"] | everything["more"]
        words = [word for several in known.values() for word in several]
        templates = [styled(article("ball"), style, random.Random(i)) for style in STYLES for i in range(9)]
        # Each word often enough that it becomes one token.
        return trained_tokenizer([*known, *everything["colours"], *words, *templates] * 20)

    def tokens(self, prompts):
        """-> token ids int64 (n, LENGTH); what does not fit is cut off."""
        options = {"padding": "max_length", "max_length": LENGTH, "truncation": True, "return_tensors": "pt"}
        return self.tokenizer(list(prompts), **options).input_ids


def read_scenes(folder):
    """The emoji of the vocabulary and the further ones in three styles, without those that are held out."""
    names = {*vocabulary(), *vocabulary(MORE_NAMES)}
    return Scenes(read_emoji(folder, LARGE).only(lambda style, name: style in STYLES and name in names))


def styled(what, style, draw):
    """A prompt for `what`; one in twelve does not say the style."""
    kind = draw.random()
    if kind < 0.08:
        return what
    return f"{style} emoji of {what}" if kind < 0.78 else f"{what}, {style}"


def article(name):
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


# ---- pictures, a batch at once -------------------------------------------------------------------------------------


def tinted(pictures, which):
    """Their lightness in shades of a colour: black over the colour to white; -1 leaves them. In [0, 1] (n, 3, h, w)."""
    light = (pictures * pictures.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(1, keepdim=True)
    colour = pictures.new_tensor(list(COLOURS.values()))[which.clamp(min=0)].view(-1, 3, 1, 1)
    made = torch.where(light < 0.6, colour * light / 0.6, 1 - (1 - colour) * (1 - light) / 0.4)
    return torch.where((which >= 0).view(-1, 1, 1, 1), made, pictures)


def beside(left, right):
    """Two pictures (n, 3, h, h), each made smaller, on white left and right of the middle -> (n, 3, h, h)."""
    side = left.shape[-1]
    thing = round(THING * side)
    edge, top = (side // 2 - thing) // 2, (side - thing) // 2
    paper = torch.ones_like(left)
    for picture, x in ((left, edge), (right, side // 2 + edge)):
        small = F.interpolate(picture, (thing, thing), mode="bilinear", antialias=True).clamp(0, 1)
        paper[:, :, top : top + thing, x : x + thing] = small
    return paper


# ---- words ---------------------------------------------------------------------------------------------------------


def trained_tokenizer(texts):
    """CLIP's byte-pair encoding on a vocabulary of our own, in which nearly every word of a caption is one token."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    plain = CLIPTokenizer().backend_tokenizer
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer, learner.pre_tokenizer = plain.normalizer, plain.pre_tokenizer
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        # Ids START and END. Last letters are listed, or they would be numbered in another order each time, and two
        # processes would not read the same words.
        special_tokens=["<|startoftext|>", "<|endoftext|>", *(f"{letter}</w>" for letter in letters)],
        initial_alphabet=letters,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    made = json.loads(learner.to_str())["model"]
    merges = [tuple(pair) for pair in made["merges"]]
    return CLIPTokenizer(vocab=made["vocab"], merges=merges, model_max_length=LENGTH)
