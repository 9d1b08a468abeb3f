"""Who is in a story, and what they look like: the same on every page.

characters_of("Once there was a little fox named Tim ...")  # (Character("Tim", "fox", seed),)
"""

import re
import zlib
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from shared.engines.diffusion import prompts

from ..book import Character
from . import lexicon
from .lexicon import words_of
from .mentions import MARKS, Mention, mentions

MOST = 8  # characters of a book
GIRLS = frozenset(
    "abby alice amanda amelia amy ana anna annie aria ava bella beth betty carla cathy charlotte chloe clara "
    "daisy dora eliza ella ellie elsa emily emma eva eve evelyn fiona grace hannah heidi helen isabella ivy jane "
    "jenna jenny jessica jill jo joy julia julie kate katie kim kitty lara laura lena lila lily lina lisa lola "
    "lucy lulu luna maggie mandy maria marie mary maya meg mia mila mimi molly nancy nelly nina nora olivia penny "
    "polly rachel rosa rose rosie ruby sally sara sarah sofia sophia sophie stella sue susan susie suzy tara tina "
    "trixie violet wendy zara zoe zoey".split()
)
BOYS = frozenset(
    "adam albert andy anthony arthur ben bill billy bob bobby brian carl chris dan daniel danny dave david dylan "
    "ed eddie ethan evan finn frank fred freddy gary george greg harry henry hugo ian jack jacob jake james jason "
    "jay jeff jerry jim jimmy joe joey john johnny josh kevin kyle larry leo liam logan louis lucas luke mark "
    "mason matt max michael mike nate ned nick noah oliver oscar owen pablo paul pete peter phil ralph ray rex "
    "rob robert roy ryan sam sammy scott sean simon spencer steve steven ted terry theo thomas tim timmy toby tom "
    "tommy tony vincent walter will william zack".split()
)
NEITHER = frozenset("alex sam max charlie robin jo toby rex andy pat riley jamie taylor kim leo".split())
NAMES = GIRLS | BOYS | NEITHER
TITLES = {
    "mr": "man", "mr.": "man", "uncle": "man", "king": "prince", "prince": "prince", "captain": "man", "mrs": "woman",
    "ms": "woman", "miss": "woman", "aunt": "woman", "auntie": "woman", "queen": "princess", "princess": "princess",
    "grandma": "old woman", "granny": "old woman", "grandpa": "old man", "doctor": "woman scientist",
    "dr": "man scientist",
    "farmer": "man farmer", "officer": "police officer", "wizard": "man mage", "witch": "woman mage",
    "fairy": "woman fairy",
}  # fmt: skip
NO_NAMES = frozenset(
    "i i'm i'll i've i'd monday tuesday wednesday thursday friday saturday sunday january february march april "
    "may june "
    "july august september october november december christmas easter halloween english god mr mrs ms dr miss "
    "earth mars "
    "hello hi hey ok okay yes no oh wow the a an once one mom mum mommy mummy mama dad daddy papa mother father "
    "grandma "
    "grandpa granny nana sir madam please thank thanks woof meow moo quack ribbit roar tweet happy new north pole "
    "milky way birthday zoo park sun moon".split()
)
# With which a sentence begins, and no name does.
BEGINNINGS = frozenset(
    "he she it they we you i the a an this that these those there then when while after before as but and so or "
    "if in on "
    "at from with for to of by his her their its my our your one once every each some many all both everyone everybody "
    "someone suddenly finally soon later now today tomorrow yesterday next first last long inside outside what who why "
    "where how which not never always sometimes maybe please let's don't can could will would do did is are was were "
    "have has had be look come go stop help thank yes no oh wow hello hi hey again together instead just only "
    "even still "
    "since until because although though during near up down over under another other nobody nothing something also "
    "little big old poor dear great good bad here away".split()
)
HE, SHE = frozenset("he his him himself".split()), frozenset("she her hers herself".split())
KIN = frozenset("mom mum mommy mummy mama mother dad daddy papa father grandma grandmother granny nana grandpa "
                "grandfather auntie aunt uncle".split())  # fmt: skip
GOOD = frozenset("little big old small tiny baby brave wise kind friendly grumpy lonely young magic white black grey "
                 "gray "
                 "clever giant".split())  # fmt: skip

# For models that draw anything: what a person wears, chosen once by the character's seed.
HAIR = ("brown curly hair", "short black hair", "long red hair", "blond hair", "dark braided hair", "wavy brown hair")
CLOTHES = (
    "a yellow raincoat",
    "a red sweater",
    "a blue jacket",
    "green dungarees",
    "a striped shirt",
    "an orange scarf",
)
COLLARS = ("a red scarf", "a blue scarf", "a green scarf", "a yellow collar", "a small blue hat", "a red collar")


def characters_of(
    text: str, known: tuple[Character, ...] = (), seed: int = 0, model: str = "emoji-diffusion"
) -> tuple[Character, ...]:
    """Everybody who is named, or spoken of twice, with one look for the whole book; who matters most comes first.

    known: who has a look already; they keep it. model: whose words the looks are in.
    """
    found = mentions(text, model)
    counted = names_in(text)
    taken = {one.name.lower() for one in known}
    kinds = {
        name: _agreeing(_kind(name, text, found, model), name, text) for name in counted if name.lower() not in taken
    }
    scores: dict[str, float] = {}
    looks: dict[str, Mention | str] = {}
    for name, kind in kinds.items():
        looks[name], scores[name] = kind, counted[name] + 1.0
    named = {kind.name if isinstance(kind, Mention) else kind for kind in kinds.values()}
    named |= {kind_of(one.look, model)[0] for one in known}
    groups: dict[str, list[Mention]] = {}
    for mention in found:
        if mention.name in lexicon.ANIMATE and mention.name not in named and not mention.word.endswith("'s"):
            groups.setdefault(mention.name, []).append(mention)
    for group in groups.values():
        alone = [one for one in group if one.count == 1 and one.weight > 0.4]
        if len(alone) > 1:
            name = called(alone, text)
            if name.lower() not in taken:
                looks[name], scores[name] = alone[0], float(len(alone))
    for name in scores:
        if name.lower() in KIN:
            scores[name] /= 3  # mothers are in every story, which is seldom about them
    ranked = sorted(scores, key=lambda name: -scores[name])[: max(0, MOST - len(known))]
    made = [Character(name, _look(looks[name], name, model, seed), seed_of(name, seed)) for name in ranked]
    return (*known[:MOST], *made)


def seed_of(name: str, seed: int) -> int:
    """Of a character's figure: their own in each book."""
    return zlib.crc32(f"{seed}/{name.lower()}".encode()) >> 1


def called(group: list[Mention], text: str) -> str:
    """What the story calls somebody without a name: "the little fox", "Mum"."""
    first = group[0]
    if first.word in KIN:
        return first.word.capitalize()
    adjectives = [one for one in first.adjectives if one in GOOD or any(one in line.split(", ") for line in
                  lexicon.COLOURS.values())][-1:]  # fmt: skip
    return " ".join(["the", *adjectives, first.word])


@lru_cache(maxsize=16)  # a story is asked for again with every draft of its next sentence
def names_in(text: str) -> Counter:
    """How often each proper name stands in a text, in the order of their first places."""
    tokens = words_of(text)
    inside, first = Counter(), Counter()
    for at, token in enumerate(tokens):
        if not token[0].isupper() or len(token) < 2 or token.isupper() and len(token) > 3:
            continue
        name = re.sub("['’]s$", "", token)
        if name.lower() in NO_NAMES or name.lower() in BEGINNINGS:
            continue
        if at == 0 or tokens[at - 1] in '.!?…"“”:\n' or tokens[at - 1].lower() in ("mr", "mrs", "dr", "ms"):
            first[name] += 1
        else:
            inside[name] += 1
    lower = {token for token in tokens if token[0].islower()}
    found = Counter()
    for token in dict.fromkeys(re.sub("['’]s$", "", token) for token in tokens if token[0].isupper()):
        if token.lower() in lower or not (inside[token] or first[token]):
            continue
        if inside[token] or token.lower() in NAMES or _acts(token, tokens):
            found[token] = inside[token] + first[token]
    return found


def _acts(name: str, tokens: list[str]) -> bool:
    """Whether something is told of it: "Olokwango stood", "Zuri was"."""
    after = [following.lower() for token, following in zip(tokens, tokens[1:], strict=False) if token == name]
    verbs = "was had is has said saw went did felt ran and loved could came found made took thought knew lived".split()
    return any(one in verbs or (one.endswith("ed") and len(one) > 4) for one in after)


def _kind(name: str, text: str, found: list[Mention], model: str) -> "Mention | str":
    """What somebody is: a mention ("a pink bunny named Daisy"), or a kind of people."""
    tokens = [token.lower().replace("’", "'") for token in words_of(text)]
    name = name.lower()
    ends = {one.end: one for one in found}
    starts = {one.at: one for one in found}
    for at, token in enumerate(tokens):
        if token.removesuffix("'s") != name:
            continue
        before, after = tokens[max(0, at - 4) : at], tokens[at + 1 : at + 7]
        if before and before[-1] in TITLES:
            return TITLES[before[-1]]
        if before[-2:-1] and before[-2] in TITLES and before[-1] == ".":
            return TITLES[before[-2]]
        if before and before[-1] in ("named", "called"):
            for end in (at - 1, at - 2, at - 3):  # "a girl named", "a girl, named", "a girl who was named"
                if end in ends:
                    return ends[end]
        if before[-2:] in (["name", "was"], ["name", "is"]) or before[-2:] == ["named", "him"]:
            earlier = [one for one in found if one.end < at and one.name in lexicon.ANIMATE]
            if earlier:
                return earlier[-1]
        if at in ends and (tokens[at - 1 : at] and at + 1 < len(tokens)) and ends[at].name in lexicon.ANIMATE:
            return ends[at]  # "the bear Bruno"
        if before and before[-1] == "," and at - 1 in ends and tokens[at + 1 : at + 2] in ([","], ["."]):
            if ends[at - 1].name in lexicon.ANIMATE:
                return ends[at - 1]  # "his dog, Max, "
        if after and (after[0] in ("was", "is", "the") or after[:2] in ([",", "a"], [",", "the"], [",", "an"])):
            for start in range(at + 2, at + 7):
                told = starts.get(start)
                if told and told.name in lexicon.ANIMATE and not MARKS & set(tokens[at + 3 : start]):
                    # "Ben was a robot", "Tom, a little mouse,"; not "Ben was in the dog's bed"
                    between = tokens[at + 2 : start]
                    if not {"in", "on", "at", "to", "with", "of", "by", "and", "for", "than", "his", "her"} & {
                        *between
                    }:
                        return told
    return _boy_or_girl(name, tokens)


def _agreeing(kind: "Mention | str", name: str, text: str) -> "Mention | str":
    """An explorer is a "man astronaut" or a "woman astronaut", as the story says he or she."""
    if not isinstance(kind, Mention) or not kind.name.startswith(("man ", "woman ")):
        return kind
    tokens = [token.lower().replace("’", "'") for token in words_of(text)]
    sex = {"boy": "man", "girl": "woman"}.get(_told_sex(name.lower(), tokens))
    other = f"{sex} {kind.name.split(' ', 1)[1]}"
    return replace(kind, name=other) if other in lexicon.THINGS else kind


def _boy_or_girl(name: str, tokens: list[str]) -> str:
    return _told_sex(name, tokens) or ("girl" if name in GIRLS or name.endswith("a") else "boy")


def _told_sex(name: str, tokens: list[str]) -> str:
    """ "girl" or "boy", where the name or the pronouns behind it say so; else ""."""
    if name in GIRLS and name not in NEITHER:
        return "girl"
    if name in BOYS and name not in NEITHER:
        return "boy"
    he = she = 0
    for at, token in enumerate(tokens):
        if token.removesuffix("'s") == name:
            near = next((one for one in tokens[at + 1 : at + 25] if one in HE or one in SHE), "")
            he, she = he + (near in HE), she + (near in SHE)
    return "" if he == she else "boy" if he > she else "girl"


def kind_of(look: str, model: str) -> tuple[str, str]:
    """(name in the vocabulary, colour) that a look's words ask for; ("", "") where it names nothing."""
    exact = lexicon.found_in(look, model) if look.strip() else ""
    if exact:
        return exact, ""
    found = mentions(look, model, strict=False)
    living = [one for one in found if one.name in lexicon.ANIMATE]
    first = next(iter(living or found), None)
    return (first.name, first.colour) if first else ("", "")


def _look(kind: "Mention | str", name: str, model: str, seed: int) -> str:
    thing, colour = (kind.name, kind.colour) if isinstance(kind, Mention) else (kind, "")
    if prompts.known(model)["names"]:
        return f"{colour} {thing}".strip()
    dice = seed_of(name, seed)
    if isinstance(kind, Mention):
        adjectives = [one for one in kind.adjectives if one in GOOD or lexicon.colour_of(one, model)]
        body = " ".join([*adjectives, kind.word.removesuffix("'s")])
    else:
        body = spoken(kind)
    article = "an" if body[0] in "aeiou" else "a"
    if thing in lexicon.PEOPLE:
        return f"{article} {body} with {HAIR[dice % len(HAIR)]} and {CLOTHES[dice // 7 % len(CLOTHES)]}"
    return f"{article} {body} with {COLLARS[dice % len(COLLARS)]}" if thing in lexicon.BEINGS else f"{article} {body}"


def spoken(name: str) -> str:
    """How a name of the vocabulary is said: "astronaut" for "man astronaut", "sheep" for "ewe"."""
    line = lexicon.THINGS.get(name)
    return line.split(",")[0].strip() if line else name


def calling(name: str) -> str:
    """ "astronaut" for "man astronaut" and "woman astronaut": a story's explorer may be either."""
    return name.removeprefix("woman ").removeprefix("man ")


def gender(name: str) -> str:
    """ "he", "she" or "it" for a name of the vocabulary; "" for those that may be any."""
    if name in lexicon.FEMALE - {"ewe", "cow", "cow face", "chicken"}:
        return "she"
    return "he" if name in lexicon.MALE - {"rooster", "ox"} else ""
