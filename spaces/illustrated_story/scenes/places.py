"""Where and when a page plays: "in the woods", "at night"."""

from dataclasses import dataclass

from .lexicon import words_of

DEFAULT = "meadow"


@dataclass(frozen=True)
class Place:
    phrase: str  # as a prompt says it
    words: str  # of stories, that mean it after "in", "to", "through" ...
    hints: str = ""  # things, by their names in the vocabulary, that are mostly found there
    props: tuple[str, ...] = ()  # what may stand beside who is there, where a page names little that can be drawn
    indoors: bool = False


PLACES = {
    "meadow": Place(
        "in a meadow",
        "meadow, field, grass, hill, countryside, valley, path, picnic, hillside",
        "",
        ("a flower", "a tree", "a butterfly", "a sunflower"),
    ),
    "park": Place(
        "in the park",
        "park, playground, swing, swings, slide, sandbox, zoo, bench, fair, circus",
        "playground slide; kite",
        ("a tree", "a flower", "a butterfly"),
    ),
    "garden": Place(
        "in the garden",
        "garden, backyard, yard, lawn, flowerbed, outside, outdoors",
        "sunflower; rose; tulip",
        ("a flower", "a sunflower", "a butterfly", "a rose"),
    ),
    "farm": Place(
        "on the farm",
        "farm, barn, stable, farmyard, pasture, orchard, henhouse",
        "cow face; pig; tractor; chicken; rooster; ewe; goat",
        ("a tractor", "a chicken", "a tree"),
    ),
    "forest": Place(
        "in the forest",
        "forest, woods, wood, tree, trees, clearing, branch, den, burrow",
        "wolf; bear; owl; moose; evergreen tree",
        ("a pine tree", "a mushroom", "a tree"),
    ),
    "jungle": Place(
        "in the jungle",
        "jungle, rainforest, savannah",
        "monkey face; tiger; gorilla; elephant; giraffe; zebra; parrot; lion",
        ("a palm tree", "a parrot", "a hibiscus"),
    ),
    "river": Place(
        "by the river",
        "river, lake, pond, stream, creek, riverbank, swamp, waterfall, shore",
        "frog; duck; beaver; otter; swan; canoe",
        ("a duck", "a frog", "a tree"),
    ),
    "sea": Place(
        "at sea",
        "sea, ocean, boat, ship, waves, raft, sailboat, yacht",
        "sailboat; ship; anchor; pirate flag; speedboat",
        ("a boat", "a fish", "a dolphin"),
    ),
    "underwater": Place(
        "under the sea",
        "underwater, reef, seabed, bottom of the sea, bottom of the ocean, under the sea, deep sea",
        "whale; shark; octopus; jellyfish; mermaid; merman; squid; tropical fish; fish; coral; dolphin; lobster; crab",
        ("a coral", "a fish", "a shell"),
    ),
    "beach": Place(
        "on the beach",
        "beach, sand, seaside, shore of the sea, island, coast",
        "spiral shell; crab; desert island; palm tree",
        ("a shell", "a palm tree", "a crab"),
    ),
    "mountains": Place(
        "in the mountains",
        "mountain, mountains, cliff, peak, volcano, top of the mountain",
        "mountain; snow-capped mountain; volcano; goat; eagle",
        ("a pine tree", "a rock", "an eagle"),
    ),
    "desert": Place(
        "in the desert",
        "desert, dunes",
        "cactus; camel; scorpion",
        ("a cactus", "a camel", "a rock"),
    ),
    "snow": Place(
        "in the snow",
        "snow, north pole, ice, igloo, arctic, snowy hill, winter",
        "snowman; polar bear; penguin; sled; snowflake; ice",
        ("a snowman", "a pine tree", "a snowflake"),
    ),
    "space": Place(
        "in space",
        "space, galaxy, moon, planet, outer space, spaceship, rocket, universe, stars, mars, another planet",
        "man astronaut; woman astronaut; rocket; alien; flying saucer; satellite; ringed planet; comet",
        ("a planet", "a rocket", "a star"),
    ),
    "sky": Place(
        "in the sky",
        "sky, clouds, air, cloud, airplane, plane",
        "airplane; helicopter; parachute",
        ("a cloud", "a rainbow", "a bird"),
    ),
    "town": Place(
        "in town",
        "town, city, street, village, road, market, store, shop, square, sidewalk, bus, car, station, museum, "
        "hospital, restaurant, cafe, bakery, mall, castle gate, bridge, neighborhood, parade",
        "automobile; bus; taxi; police car; fire engine; ambulance; vertical traffic light; houses; cityscape",
        ("a house", "a tree", "a car"),
    ),
    "room": Place(
        "in the house",
        "room, house, home, living room, inside, cottage, cabin, attic, basement, door, hallway, couch, sofa, "
        "apartment, chimney, closet, floor, hut, playroom, office, library, window, indoors",
        "couch and lamp; television; mantelpiece clock; musical keyboard",
        ("a couch", "a clock", "a chair"),
        indoors=True,
    ),
    "kitchen": Place(
        "in the kitchen",
        "kitchen, oven, stove, fridge, table, dinner, breakfast, lunch, sink, freezer, pantry, counter, bake, "
        "baked, baking, cook, cooked, cooking",
        "pot of food; pancakes; man cook; woman cook; birthday cake; pie; cookie; cupcake",
        ("a pot", "a teapot", "an apple"),
        indoors=True,
    ),
    "bedroom": Place(
        "in the bedroom",
        "bedroom, bed, crib, nursery",
        "bed; person in bed",
        ("a bed", "a teddy bear", "a lamp"),
        indoors=True,
    ),
    "school": Place(
        "at school",
        "school, class, classroom, kindergarten, schoolyard",
        "school; woman teacher; man teacher",
        ("a book", "a pencil", "a backpack"),
        indoors=True,
    ),
    "castle": Place(
        "at the castle",
        "castle, palace, kingdom, tower, throne, fortress, throne room",
        "castle; princess; prince; crown",
        ("a crown", "a flower", "a horse"),
    ),
    "cave": Place(
        "in a cave",
        "cave, tunnel, hole, mine, underground, dungeon",
        "bat",
        ("a rock", "a bat", "a torch"),
        indoors=True,
    ),
}
INDOORS = frozenset(name for name, place in PLACES.items() if place.indoors)
TIMES = {  # time: how a prompt says it, and words of stories
    "night": ("at night", "night, dark, bedtime, midnight, moonlight, nighttime, moon, stars, evening, asleep"),
    "storm": ("in a storm", "storm, thunder, lightning, thunderstorm, windy, hurricane"),
    "rain": ("in the rain", "rain, raining, rained, rainy, drizzle, puddle, puddles"),
    "snow": ("in falling snow", "snowing, snowed, snowy, snowflakes, snowstorm, blizzard"),
    "sunset": ("at sunset", "sunset, sundown, dusk, sunrise, dawn"),
}
SUNSETS = (("sun", "went", "down"), ("sun", "was", "setting"), ("sun", "set"), ("sun", "began", "to", "set"),
           ("sun", "started", "to", "set"), ("sun", "was", "going", "down"))  # fmt: skip
INTO = frozenset(
    "in at to into inside through near by on onto across around along toward towards over outside under behind up "
    "down beside from exploring explored explore entered visited visit left reached".split()
)
BETWEEN = frozenset(
    "the a an his her their its my our your this that another some big little small old deep dark tall nearby new "
    "beautiful green magic magical sunny quiet large huge tiny local busy far distant pretty top of edge middle front "
    "back bottom enchanted thick same whole and cozy warm wide long blue snowy high best friend's favorite own "
    "far-away faraway strange sandy toy".split()
)
ALONE = frozenset(
    "outside outdoors inside indoors underwater underground bake baked baking cook cooked cooking".split()
)  # "They played outside"
# Seen from anywhere, so being near them says little: "in the sky", "on the floor".
WEAK = frozenset("sky air clouds cloud ground floor box door window tree trees hole branch grass table moon stars from "
                 "home car bus boat hill path stick sand bench inside outside wood ice party lunch dinner "
                 "breakfast table bake baked baking cook cooked cooking".split())  # fmt: skip


def _table(rows) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): name for name, line in rows for phrase in (one.strip() for one in line.split(","))}


_WORDS = _table((name, place.words) for name, place in PLACES.items())
_PHRASES = {tuple(place.phrase.split()): name for name, place in PLACES.items()}
_TIMES = _table((name, line) for name, (_, line) in TIMES.items())
_LONGEST = max(map(len, _WORDS))


def places_in(text: str) -> list[tuple[int, str, float]]:
    """(index of the word, place, how sure: 1 or less) for each place that somebody is in or goes to, in order."""
    tokens = [token.lower() for token in words_of(text)]
    found = []
    for at in range(len(tokens)):
        for n in range(_LONGEST, 0, -1):
            name = _WORDS.get(tuple(tokens[at : at + n]))
            if name and (_led_to(tokens, at) or tokens[at] in ALONE):
                weak = n == 1 and tokens[at] in WEAK
                found.append((at, name, 0.4 if weak else 1.0))
                break
    return found


def _led_to(tokens: list[str], at: int) -> bool:
    """Whether a preposition of place stands before the word, with nothing but articles and adjectives between."""
    if tokens[at] == "home":
        return at > 0 and tokens[at - 1] in ("went", "go", "ran", "came", "walked", "at", "back", "got", "come", "flew")
    for back in range(at - 1, max(-1, at - 6), -1):
        if tokens[back] in INTO:
            return True
        if tokens[back] not in BETWEEN and tokens[back] != ",":
            return False
    return False


def place_of(text: str, before: str = "", things=()) -> str:
    """The place where most of a page plays: what it says, what was said before it, or where its things are found."""
    carried = _last(before)
    tokens = words_of(text)
    said = places_in(text)
    if carried or any(sure == 1 for _, _, sure in said):
        said = [one for one in said if one[2] == 1]  # "under a tree" is a forest only where nothing else is known
    best, most = "", 0.0
    if carried:
        best, most = carried, 0.7 * (said[0][0] if said else len(tokens))
    ends = [*(one[0] for one in said[1:]), len(tokens)]
    for (at, name, sure), following in zip(said, ends, strict=False):
        # A place stays until the next is named; to have been named at all counts for ten words.
        length = (following - at + 10) * sure
        if length > most:
            best, most = name, length
    return best or _last(before, sure=0) or _hinted(things) or DEFAULT


def first_of(text: str, things=()) -> str:
    """The place where a story begins, or DEFAULT."""
    said = [name for _, name, sure in places_in(text) if sure == 1]
    return said[0] if said else place_of(text, "", things)


def _last(text: str, sure: float = 1) -> str:
    said = [name for _, name, how_sure in places_in(text) if how_sure >= sure]
    return said[-1] if said else ""


def _hinted(things) -> str:
    """The place of the first thing that belongs somewhere."""
    for thing in things:
        for name, place in PLACES.items():
            if thing in place.hints.split("; "):
                return name
    return ""


def time_of(text: str) -> str:
    """ "night", "rain", "snow", "storm" or "sunset", where a text says so; else ""."""
    tokens = [token.lower() for token in words_of(text)]
    for name, (phrase, _) in TIMES.items():
        if f" {phrase} " in f" {' '.join(tokens)} ":
            return name
    for at, token in enumerate(tokens):
        if token == "sun" and any(tuple(tokens[at : at + len(way)]) == way for way in SUNSETS):
            return "sunset"
        name = _TIMES.get((token,))
        if name and not _only_spoken_of(tokens, at):
            return name
    return ""


def _only_spoken_of(tokens: list[str], at: int) -> bool:
    """ "A dark box" and "the next night" aside: a dark thing is no night, and nobody waits for one by fearing it."""
    if tokens[at] in ("dark", "windy", "snowy", "rainy"):
        after = tokens[at + 1] if at + 1 < len(tokens) else "."
        return after.isalpha() and after not in ("and", "outside", "night", "day", "so", "but", "when", "now", "again",
                                                 "anymore", "in", "because", "the")  # fmt: skip
    return tokens[at] == "stars" and "sky" not in tokens


def phrase_of(place: str, time: str = "") -> str:
    """ "in the park at night"."""
    return " ".join(filter(None, [PLACES[place].phrase, TIMES[time][0] if time else ""]))


def read(prompt: str) -> tuple[str, str]:
    """(place, time) in a prompt, each "" where it has none."""
    said = places_in(prompt)
    tokens = tuple(token.lower() for token in words_of(prompt))
    exact = [name for phrase, name in _PHRASES.items() for at in range(len(tokens))
             if tokens[at : at + len(phrase)] == phrase]  # fmt: skip
    return (exact[-1] if exact else max(said, key=lambda one: one[2])[1] if said else ""), time_of(prompt)
