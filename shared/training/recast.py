"""Stories told again of others: names and animals are changed for others of their kind, the same all through a story.

Half of the simple stories tell of Tim or Lily and a dog, a cat or a bird, and a model that knows them by heart forgets
a hedgehog named Nora after two sentences. Told again of somebody else at every pass, a story can only be continued by
looking back at whom it is about. (Counterfactual data augmentation: Zmigrod et al., 2019, arXiv:1906.04571.)
"""

import re

NAMES = (
    "Lily Sue Lucy Mia Amy Sally Jane Sarah Daisy Bella Emma Anna Ella Luna Lisa Mary Molly Betty Jenny Lola Ellie "
    "Alice Tina Penny Ruby Sophie Emily Polly Susie Kate Zara Clara Julie Maria Katie Lena Nora Nina Zoe Ivy Rosie "
    "Eva Helen Laura Rachel Hannah Violet Lulu Mimi Sara Pippa Amara Rosa Leila Mei Priya Zuri Ada Olive Hazel Poppy "
    "Tess "
    "Maya Nia Elsa Greta Ines Yuki Freya Iris Marta Amina Asha Fern Willow Maisie Lottie Nell Romy Bea Dot".split(),
    "Tim Tom Max Bob Timmy Jack Ben Billy Leo Jerry John Fred Joe Bobby Andy Pete Freddy Tommy Jim Peter Finn Oliver "
    "Carl George Johnny Dave Toby David Paul Danny Joey Ray Henry Noah Adam Oscar Hugo Liam Theo Ned Felix Luke Simon "
    "Dan Ted Nick Alex Charlie Sammy Benny Pip Kofi Omar Arjun Milo Otis Ravi Kai Hans Marco Rufus Barnaby Jasper "
    "Axel "
    "Ivan Emil Sven Diego Amir Yusuf Bruno Gus Rex Ollie Archie Hamish Tariq Juma Rory Ezra Cyrus Bo Wren Zack".split(),
)
# Who can take whose place: about as large, and at home in the same places.
KINDS = (
    "dog cat bunny rabbit frog fox squirrel mouse turtle hedgehog kitten puppy monkey pig penguin raccoon koala lizard "
    "chicken mole lamb hamster".split(),
    "bear lion tiger elephant cow horse goat wolf deer dragon dinosaur giraffe zebra hippo crocodile panda kangaroo "
    "donkey pony unicorn monster robot camel rhino".split(),
    "bird duck owl parrot swan eagle crow robin pigeon".split(),
    "fish whale shark octopus dolphin crab seal".split(),
    "butterfly bee ladybug dragonfly".split(),
    "ant snail spider caterpillar worm beetle".split(),
)
HEROES = {
    "girl": "princess fairy queen witch mermaid dancer".split(),
    "boy": "prince knight pirate wizard king robot explorer astronaut farmer".split(),
}
PLURALS = {"mouse": "mice", "fish": "fish", "deer": "deer", "wolf": "wolves"}
# Who makes such sounds has been named by them.
SOUNDS = re.compile(r"\b(?:bark|woof|meow|purr|quack|moo|oink|neigh|roar|ribbit|tweet|chirp|buzz)", re.IGNORECASE)
OFTEN, SELDOM = 0.7, 0.15


def recast(story, rng):
    """The story with others in it, or as it is; rng is a numpy Generator."""
    cast = {}
    for kind in NAMES:
        cast |= _others(story, kind, rng, OFTEN)
    if not SOUNDS.search(story):
        for kind in KINDS:
            cast |= _others(story, kind, rng, OFTEN)
    if rng.random() < SELDOM:
        cast |= {old: str(rng.choice(new)) for old, new in HEROES.items() if not _within(new, story)}
    return replaced(story, cast) if cast else story


def replaced(story, cast):
    """The story with each word of `cast` as another, singular and plural, and with the article that goes with it."""
    forms = {plural(old): plural(new) for old, new in cast.items()} | cast
    forms |= {old.capitalize(): new.capitalize() for old, new in forms.items()}
    who = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))

    def other(match):
        article, old = match.groups()
        new = forms[old]
        return (f"{article[0]}n " if new[0].lower() in "aeiou" else f"{article[0]} ") + new if article else new

    return re.sub(rf"(?:\b([Aa]n?) )?\b({who})\b", other, story)


def plural(word):
    if word in PLURALS:
        return PLURALS[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"


def _others(story, kind, rng, share):
    """{one of this kind in the story: somebody of it who is not}, for all of them or for none."""
    here = _within(kind, story)
    if not here or rng.random() > share:
        return {}
    away = [other for other in kind if other not in here]
    return dict(zip(here, map(str, rng.permutation(away)), strict=False))


def _within(kind, story):
    words = set(re.findall(r"\w+", story))
    return [name for name in kind if words & {name, name.capitalize(), plural(name), plural(name).capitalize()}]
