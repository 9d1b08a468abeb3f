"""Emoji as a text-to-image model sees them in training: pictures with captions, and how words become tokens.

Four of five pictures are shown as they are. The others are made from them, so that the model learns what the captions
have in common: two things side by side ("a dog and a ball"), and a thing in another colour ("a blue dog").
"""

import json
import random
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F

from shared.data.emoji import Emoji, read_emoji, vocabulary

STYLES = ("noto", "twemoji", "fluent 3d")
LENGTH = 24  # tokens of a prompt, with the two at its ends
VOCABULARY, START, END = 4096, 0, 1
PAIRS, TINTED = 0.1, 0.1  # shares of the pictures; a thing of a pair may be tinted, too

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
    emoji: Emoji
    source: str = "emoji"

    def __len__(self):
        return len(self.emoji)

    @property
    def vocabulary(self):
        """What the model has been shown, for those who ask it to draw."""
        rows = zip(self.emoji.names, self.emoji.keywords, strict=True)
        keywords = {name: sorted(set(words) - {name}) for name, words in rows}
        return {"styles": list(STYLES), "names": list(keywords), "colours": list(COLOURS), "keywords": keywords}

    def batch(self, part):
        """Indices (m,) -> pictures in [0, 1] (m, 3, 64, 64), token ids (m, LENGTH). The indices seed what is drawn."""
        draw = random.Random(repr(part.tolist()))
        pictures, captions = zip(*(self.scene(i, draw) for i in part.tolist()), strict=True)
        return torch.stack(pictures), self.tokens(captions)

    def scene(self, i, draw):
        """-> picture (3, 64, 64), caption."""
        style = self.emoji.styles[i]
        if draw.random() < PAIRS:
            j = draw.choice(self.of_style[style])
            left, right = (self.thing(k, draw, size=draw.choice((30, 32, 34))) for k in (i, j))
            return beside(left[0], right[0], draw), styled(f"{article(left[1])} and {article(right[1])}", style, draw)
        picture, name = self.thing(i, draw)
        words = [word for word in self.emoji.keywords[i] if word != name]
        kind = draw.random()
        if kind < 0.1 and words and name == self.emoji.names[i]:
            return picture, styled(" ".join(draw.sample(words, min(len(words), 3))), style, draw)
        if kind < 0.3 and words:
            name = ", ".join([name, *draw.sample(words, min(len(words), 2))])
        return picture, styled(name if draw.random() < 0.7 else article(name), style, draw)

    def thing(self, i, draw, size=64):
        """One thing, now and then in another colour -> picture (3, size, size), name."""
        picture, name = self.emoji.images[i].float() / 255, self.emoji.names[i]
        if draw.random() < TINTED and not OWN_COLOURS & set(name.split()):
            colour = draw.choice(list(COLOURS))
            picture, name = tinted(picture, COLOURS[colour]), f"{colour} {name}"
        if size != 64:
            picture = F.interpolate(picture[None], (size, size), mode="bilinear", antialias=True)[0].clamp(0, 1)
        return picture, name

    @cached_property
    def of_style(self):
        """style -> indices"""
        return {style: [i for i, one in enumerate(self.emoji.styles) if one == style] for style in STYLES}

    @cached_property
    def tokenizer(self):
        everything = self.vocabulary
        words = [word for several in everything["keywords"].values() for word in several]
        templates = [styled(article("ball"), style, random.Random(i)) for style in STYLES for i in range(9)]
        # Each word often enough that it becomes one token.
        return trained_tokenizer([*everything["names"], *everything["colours"], *words, *templates] * 20)

    def tokens(self, prompts):
        """-> token ids int64 (n, LENGTH); what does not fit is cut off."""
        options = {"padding": "max_length", "max_length": LENGTH, "truncation": True, "return_tensors": "pt"}
        return self.tokenizer(list(prompts), **options).input_ids


def read_scenes(folder):
    """The emoji of the vocabulary in three styles, without those that are held out."""
    names = set(vocabulary())
    emoji = read_emoji(folder)
    return Scenes(emoji.only(lambda style, name: style in STYLES and name in names))


def styled(what, style, draw):
    """A prompt for `what`; one in ten does not say the style."""
    kind = draw.random()
    if kind < 0.1:
        return what
    return f"{style} emoji of {what}" if kind < 0.75 else f"{what}, {style}"


def article(name):
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def tinted(picture, colour):
    """The picture's lightness in shades of one colour: black over the colour to white. (3, h, w) in [0, 1]."""
    light = picture.mul(torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0)
    colour = torch.tensor(colour).view(3, 1, 1)
    return torch.where(light < 0.6, colour * light / 0.6, 1 - (1 - colour) * (1 - light) / 0.4)


def beside(left, right, draw):
    """Two small pictures on white, at heights of their own -> (3, 64, 64)."""
    paper = torch.ones(3, 64, 64)
    for picture, x in ((right, 64 - right.shape[2]), (left, 0)):
        y = draw.randint(10, 54 - picture.shape[1])
        area = paper[:, y : y + picture.shape[1], x : x + picture.shape[2]]
        torch.minimum(area, picture, out=area)
    return paper


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
