"""Words of stories and the things that the picture model knows: "puppy" is its dog, "mum" its woman, "woods" a forest.

    nouns("emoji-diffusion")["puppy"]                  # "dog"
    found_in("red apples", "emoji-diffusion")          # "red apple"

Two layers, the first that knows a word decides: THINGS below, written for children's stories, and the names of the
model's own vocabulary. Its keywords are no third one: they are what emoji are looked up by, and would turn "done" into
an hourglass and "tough" into a rock; those that name a thing are in the table. A model without a vocabulary, which was
shown everything, gets the names of THINGS.
"""

import re
from functools import lru_cache

from shared.engines.diffusion import prompts

# name in the vocabulary: words of a story that mean it, or something that a child would take for it. A word may stand
# at several names: the first that the model knows is taken.
PEOPLE = {
    "boy": "boy, son, nephew, grandson, lad, little brother, brother, schoolboy",
    "girl": "girl, daughter, niece, granddaughter, little sister, sister, schoolgirl, lass",
    "child": "child, kid, pupil, student, classmate, toddler, twin",
    "man": "man, dad, daddy, father, papa, uncle, husband, gentleman, guy, grown-up, fisherman, hunter, shopkeeper, "
    "neighbor, neighbour, stranger, owner, driver, thief, butcher, carpenter, sailor, captain, postman, mailman, "
    "pirate, barber, woodcutter, traveler, traveller, tailor, soldier, guard, mister, adult, person, vendor, merchant, "
    "seller, miller, plumber, mayor, waiter",
    "woman": "woman, mum, mummy, mom, mommy, mama, mother, mamma, momma, aunt, auntie, wife, lady, nanny, stepmother, "
    "waitress, librarian",
    "old man": "old man, grandpa, grandfather, granddad, grandad, gramps, elderly man, wise man, hermit",
    "old woman": "old woman, old lady, grandma, grandmother, granny, nana, elderly woman, elderly lady",
    "baby": "baby, infant, newborn, little one",
    "princess": "princess, queen, fairy queen",
    "prince": "prince, king, knight, emperor, sultan, lord",
    "man astronaut": "astronaut, spaceman, explorer, space explorer, space traveller, space traveler, cosmonaut",
    "woman astronaut": "spacewoman",
    "man farmer": "farmer, gardener, shepherd",
    "woman farmer": "farmer's wife",
    "man cook": "cook, chef, baker",
    "woman teacher": "teacher, tutor",
    "man scientist": "scientist, inventor, professor",
    "woman scientist": "doctor, nurse, vet, veterinarian, dentist",
    "man firefighter": "firefighter, fireman",
    "police officer": "police officer, policeman, policewoman, police, officer, cop",
    "man pilot": "pilot",
    "man artist": "artist, painter",
    "woman singer": "singer",
    "construction worker": "builder, worker, construction worker, repairman, mechanic, workman",
    "man mage": "wizard, magician, sorcerer, mage",
    "woman mage": "witch, sorceress, enchantress",
    "woman fairy": "fairy, pixie, tooth fairy, fairy godmother",
    "woman elf": "elf lady",
    "man elf": "elf, gnome, dwarf, goblin king, leprechaun",
    "man genie": "genie",
    "man superhero": "superhero, hero",
    "woman superhero": "heroine",
    "man detective": "detective, spy",
    "mermaid": "mermaid",
    "Santa Claus": "santa, santa claus, father christmas",
    "baby angel": "angel",
    "ninja": "ninja",
    "cowboy hat face": "cowboy",
    "clown face": "clown",
    "woman dancing": "dancer, ballerina",
}
# What lives beside people, and may be somebody in a story. Of some the face is drawn better than the whole, and gets a
# body (bodies.py); a small bird is drawn as a parrot, which has a shape of its own.
BEINGS = {
    "alien": "alien, creature",
    "robot": "robot, machine",
    "ghost": "ghost, spirit",
    "ogre": "monster, beast",
    "troll": "giant, troll",
    "goblin": "goblin",
    "dog": "dog, puppy, pup, doggy, doggie, hound",
    "cat face": "cat, kitten, kitty, pussycat",
    "mouse face": "mouse, rat, mole, shrew",
    "rabbit": "rabbit, bunny, hare, bunny rabbit",
    "fox": "fox",
    "bear": "bear, bear cub, cub, grizzly",
    "polar bear": "polar bear, ice bear",
    "panda": "panda",
    "koala": "koala",
    "wolf": "wolf",
    "lion": "lion, lion cub",
    "tiger": "tiger",
    "leopard": "leopard, cheetah",
    "monkey face": "monkey, chimp, chimpanzee, ape",
    "elephant": "elephant",
    "giraffe": "giraffe",
    "zebra": "zebra",
    "hippopotamus": "hippo, hippopotamus",
    "rhinoceros": "rhino, rhinoceros",
    "crocodile": "crocodile, alligator",
    "T-Rex": "dinosaur, dino, t-rex",
    "sauropod": "long-necked dinosaur, brontosaurus",
    "dragon": "dragon",
    "unicorn": "unicorn",
    "horse": "horse, pony, foal, stallion",
    "donkey": "donkey, mule",
    "cow face": "cow, calf",
    "ox": "ox, bull, buffalo",
    "pig": "pig, piglet, piggy",
    "ewe": "sheep, lamb, ewe",
    "goat": "goat",
    "moose": "moose, deer, reindeer, elk, fawn, stag",
    "chicken": "chicken, hen",
    "rooster": "rooster, cock",
    "baby chick": "chick, baby bird, little chick",
    "parrot": "bird, parrot, robin, sparrow, birdie, bluebird, blue jay, cardinal, canary, raven, crow, pigeon, "
    "woodpecker, hummingbird, seagull, gull, blackbird",
    "eagle": "eagle, hawk, falcon",
    "owl": "owl",
    "duck": "duck, duckling",
    "goose": "goose",
    "swan": "swan",
    "dove": "dove",
    "penguin": "penguin",
    "peacock": "peacock",
    "flamingo": "flamingo, stork, crane",
    "turkey": "turkey",
    "frog": "frog, toad, tadpole",
    "turtle": "turtle, tortoise",
    "snake": "snake, serpent",
    "lizard": "lizard, gecko, chameleon",
    "snail": "snail, slug",
    "fish": "fish, goldfish, trout, salmon",
    "tropical fish": "clownfish, tropical fish",
    "whale": "whale",
    "dolphin": "dolphin",
    "shark": "shark",
    "octopus": "octopus",
    "squid": "squid",
    "crab": "crab",
    "lobster": "lobster",
    "shrimp": "shrimp",
    "seal": "seal, sea lion, walrus",
    "jellyfish": "jellyfish",
    "otter": "otter",
    "beaver": "beaver",
    "hedgehog": "hedgehog, porcupine",
    "chipmunk": "squirrel, chipmunk",
    "hamster": "hamster, guinea pig",
    "raccoon": "raccoon",
    "skunk": "skunk",
    "badger": "badger",
    "sloth": "sloth",
    "kangaroo": "kangaroo",
    "llama": "llama, alpaca",
    "camel": "camel",
    "bat": "bat",
    "butterfly": "butterfly, moth",
    "honeybee": "bee, honeybee, bumblebee, wasp",
    "lady beetle": "ladybug, ladybird",
    "ant": "ant",
    "spider": "spider",
    "bug": "bug, caterpillar, insect, fly, firefly, mosquito, flea",
    "worm": "worm, earthworm",
    "cricket": "cricket, grasshopper",
    "beetle": "beetle",
    "mammoth": "mammoth",
}
OBJECTS = {
    # plants, weather, sky
    "spider web": "web, spider web, spiderweb, cobweb",
    "skull": "skull, skeleton",
    "deciduous tree": "tree, oak, oak tree, big tree, apple tree, branch, bush, maple, willow, trunk",
    "evergreen tree": "pine, pine tree, fir, fir tree, evergreen, evergreen tree",
    "palm tree": "palm, palm tree, coconut tree",
    "Christmas tree": "christmas tree",
    "blossom": "blossom, petal",
    "sunflower": "sunflower",
    "rose": "rose",
    "tulip": "flower, tulip, daisy, buttercup, wildflower",
    "bouquet": "flowers, bouquet, bunch of flowers",
    "seedling": "seed, plant, sprout, seedling, grass, sapling, weed",
    "potted plant": "pot plant, potted plant, houseplant",
    "mushroom": "mushroom, toadstool",
    "four leaf clover": "clover",
    "fallen leaf": "leaf, leaves",
    "cactus": "cactus",
    "wood": "log, wood, stick, twig, firewood, stump, board, plank",
    "rock": "rock, stone, boulder, pebble, marble",
    "mountain": "mountain, hill",
    "volcano": "volcano",
    "sun": "sun, sunshine",
    "crescent moon": "moon",
    "full moon": "full moon",
    "star": "star",
    "glowing star": "magic star, glowing star",
    "shooting star": "shooting star, falling star",
    "comet": "comet, meteor",
    "ringed planet": "planet, saturn, world far away",
    "globe showing Europe-Africa": "earth, globe",
    "cloud": "cloud",
    "cloud with rain": "rain cloud, raincloud",
    "cloud with lightning": "storm cloud, thunder cloud, thunderstorm",
    "rainbow": "rainbow",
    "tornado": "tornado, whirlwind, hurricane",
    "water wave": "wave, waves",
    "snowflake": "snowflake",
    "snowman": "snowman",
    "fire": "fire, campfire, flame, bonfire",
    "droplet": "tear, raindrop, drop of water, drop, puddle, water drop",
    "high voltage": "lightning, thunder, thunderbolt",
    "ice": "ice, ice cube, iceberg",
    "sparkles": "magic, spell, glitter",
    "feather": "feather",
    "nest with eggs": "nest, bird's nest",
    "spiral shell": "shell, seashell, sea shell",
    "coral": "coral",
    # toys and play
    "teddy bear": "teddy bear, teddy, toy, doll, stuffed bear, stuffed animal, toy bear, puppet",
    "soccer ball": "ball, soccer ball, football",
    "basketball": "basketball",
    "baseball": "baseball",
    "balloon": "balloon",
    "kite": "kite",
    "yo-yo": "yo-yo, yoyo",
    "puzzle piece": "puzzle, jigsaw",
    "game die": "dice, block, game, cube, blocks",
    "playground slide": "slide, playground, swing, swings, seesaw",
    "carousel horse": "carousel, merry-go-round, rocking horse",
    "ferris wheel": "ferris wheel",
    "roller coaster": "roller coaster",
    "circus tent": "circus",
    "bucket": "bucket, pail, sandcastle, sand castle",
    "crayon": "crayon, crayons, chalk",
    "pencil": "pencil, pen",
    "paintbrush": "paintbrush, brush, paint",
    "artist palette": "paints, palette, painting, drawing",
    "sled": "sled, sleigh",
    "kick scooter": "scooter",
    "bicycle": "bike, bicycle, tricycle",
    "video game": "video game",
    "drum": "drum",
    "guitar": "guitar",
    "violin": "violin, fiddle",
    "trumpet": "trumpet, horn, flute, whistle",
    "musical keyboard": "piano, keyboard",
    "musical note": "song, music, melody, tune",
    "bell": "bell",
    "parachute": "parachute",
    "party popper": "party, confetti",
    "fireworks": "fireworks, firework",
    # food
    "birthday cake": "cake, birthday cake",
    "cupcake": "cupcake, muffin",
    "shortcake": "piece of cake, slice of cake, dessert",
    "pie": "pie",
    "cookie": "cookie, biscuit, snack, treat",
    "candy": "candy, candies, sweets, sweet, gum, toffee",
    "lollipop": "lollipop",
    "chocolate bar": "chocolate, chocolate bar",
    "ice cream": "ice cream",
    "soft ice cream": "ice cream cone",
    "doughnut": "donut, doughnut",
    "pancakes": "pancake, pancakes",
    "waffle": "waffle",
    "bread": "bread, loaf, toast",
    "sandwich": "sandwich",
    "cheese wedge": "cheese",
    "egg": "fried egg, egg",
    "pizza": "pizza",
    "hamburger": "burger, hamburger",
    "hot dog": "hot dog, sausage, hotdog, frankfurter",
    "french fries": "fries, french fries",
    "spaghetti": "spaghetti, pasta, noodles, noodle",
    "cooked rice": "rice, bowl of rice",
    "steaming bowl": "soup, bowl of soup, porridge, oatmeal, oats, bowl, stew",
    "pot of food": "pot, stew, dinner, lunch, supper",
    "green salad": "salad, lettuce",
    "meat on bone": "meat, steak",
    "poultry leg": "drumstick",
    "bone": "bone",
    "popcorn": "popcorn",
    "honey pot": "honey, pot of honey, jam, honeypot, beehive, hive, barrel",
    "jar": "jar",
    "glass of milk": "milk, glass of milk",
    "baby bottle": "bottle, baby bottle",
    "cup with straw": "lemonade, soda",
    "beverage box": "juice, juice box",
    "hot beverage": "tea, coffee, cocoa, cup, cup of tea, mug, hot chocolate",
    "teapot": "teapot, kettle",
    "amphora": "jug, vase, pitcher, urn",
    "red apple": "apple, fruit",
    "green apple": "green apple",
    "pear": "pear",
    "banana": "banana",
    "tangerine": "orange, tangerine, clementine",
    "lemon": "lemon, lime",
    "peach": "peach, apricot",
    "cherries": "cherry, cherries",
    "strawberry": "strawberry, berry",
    "blueberries": "blueberry, blueberries, berries",
    "grapes": "grape, grapes, raisin",
    "watermelon": "watermelon, melon",
    "pineapple": "pineapple",
    "carrot": "carrot",
    "tomato": "tomato",
    "potato": "potato",
    "broccoli": "broccoli, cabbage, vegetable",
    "custard": "pudding, custard, jelly",
    "eggplant": "eggplant, aubergine",
    "kiwi fruit": "kiwi",
    "hyacinth": "lavender, hyacinth, bluebell",
    "ear of corn": "corn, wheat",
    "pea pod": "pea, peas, bean, beans",
    "jack-o-lantern": "pumpkin, jack-o-lantern",
    "peanuts": "peanut, nut, nuts",
    "chestnut": "acorn, chestnut",
    "salt": "salt, pepper",
    # things of the house and of the road
    "wrapped gift": "gift, present, surprise, birthday present",
    "package": "box, package, parcel, crate, cage",
    "toolbox": "chest, treasure chest, toolbox, toy box, trunk full, tools",
    "money bag": "treasure, money bag, sack of gold, gold, sack, bag of gold, money, prize money",
    "coin": "coin, penny, medal, button, coins, token",
    "gem stone": "gem, jewel, diamond, crystal, treasure, ruby, emerald, jewels, pearl",
    "ring": "ring, necklace, bracelet",
    "crown": "crown, tiara",
    "key": "key",
    "old key": "old key, golden key, rusty key",
    "locked": "lock, padlock",
    "door": "door, gate",
    "window": "window",
    "mirror": "mirror",
    "bed": "bed, crib, cot, blanket, pillow",
    "chair": "chair, seat, throne, stool, bench, armchair",
    "couch and lamp": "couch, sofa",
    "light bulb": "lamp, light bulb, bulb",
    "candle": "candle",
    "flashlight": "flashlight, torch, light",
    "red paper lantern": "lantern",
    "mantelpiece clock": "clock",
    "alarm clock": "alarm clock, alarm",
    "hourglass done": "hourglass",
    "television": "tv, television, movie",
    "telephone": "telephone",
    "mobile phone": "phone, cell phone",
    "laptop": "computer, laptop",
    "camera": "camera, photo, photograph",
    "open book": "book, storybook, story book, diary, journal, magic book, dictionary",
    "books": "books",
    "scroll": "map, scroll, letter from, treasure map",
    "world map": "map, world map",
    "envelope": "letter, envelope, mail, note, card, invitation",
    "love letter": "love letter, valentine",
    "backpack": "backpack, bag, schoolbag, suitcase",
    "basket": "basket, picnic basket, picnic, laundry",
    "broom": "broom, mop",
    "bathtub": "bath, bathtub, tub",
    "soap": "soap",
    "sponge": "sponge",
    "toothbrush": "toothbrush",
    "toilet": "toilet, potty",
    "umbrella": "umbrella",
    "glasses": "glasses",
    "sunglasses": "sunglasses",
    "top hat": "hat, top hat, magic hat",
    "billed cap": "cap",
    "scarf": "scarf, ribbon",
    "gloves": "gloves, glove, mittens, mitten",
    "socks": "socks, sock",
    "coat": "coat, jacket, cape, cloak",
    "dress": "dress, skirt, gown",
    "t-shirt": "shirt, t-shirt, sweater, clothes",
    "jeans": "jeans, pants, trousers",
    "running shoe": "shoe, shoes, sneaker, sneakers",
    "hiking boot": "boot, boots",
    "magic wand": "wand, magic wand, staff",
    "crystal ball": "crystal ball, magic ball",
    "magnifying glass tilted left": "magnifying glass",
    "compass": "compass",
    "magnet": "magnet",
    "telescope": "telescope",
    "microscope": "microscope",
    "scissors": "scissors",
    "hammer": "hammer",
    "wrench": "wrench",
    "axe": "axe, ax",
    "ladder": "ladder, stairs",
    "fishing pole": "fishing rod, fishing pole, rod, net",
    "bow and arrow": "bow and arrow, arrow, bow",
    "dagger": "knife, sword, dagger",
    "crossed swords": "swords",
    "shield": "shield, armor, armour",
    "anchor": "anchor",
    "bomb": "bomb, cannon",
    "trophy": "trophy, prize, cup of gold, award, race",
    "spoon": "spoon, teaspoon",
    "fork and knife": "fork, plate, dish, meal, breakfast",
    "red heart": "love heart, paper heart",
    "hole": "hole, burrow, den, pit",
    "footprints": "footprints, footprint, tracks",
    "paw prints": "paw prints, paw print, pawprints",
    "pirate flag": "pirate flag, pirate ship, flag",
    "house": "house, home, cottage, cabin, bungalow, building, shop, store",
    "house with garden": "farmhouse, barn, backyard",
    "houses": "houses, village",
    "hut": "hut, shed, kennel, doghouse, birdhouse",
    "derelict house": "haunted house, old house, empty house, ruin",
    "castle": "castle, palace, tower, fortress",
    "school": "school",
    "church": "church, chapel, temple",
    "hospital": "hospital",
    "factory": "factory, mill",
    "cityscape": "city, skyscraper",
    "classical building": "museum, library, bank",
    "stadium": "stadium",
    "fountain": "fountain, well",
    "tent": "tent",
    "camping": "camp, camping",
    "bridge at night": "bridge",
    "automobile": "car, jeep, toy car",
    "racing car": "race car, racing car",
    "pickup truck": "truck, pickup, van, wagon, lorry, cart, toy truck",
    "delivery truck": "delivery truck",
    "fire engine": "fire truck, fire engine",
    "police car": "police car",
    "ambulance": "ambulance",
    "taxi": "taxi, cab",
    "bus": "bus, school bus",
    "tractor": "tractor, digger, bulldozer",
    "train": "train, subway, toy train",
    "locomotive": "steam train, locomotive, steam engine",
    "tram": "tram",
    "motorcycle": "motorcycle, motorbike",
    "rocket": "rocket, spaceship, rocket ship, spacecraft, space ship",
    "flying saucer": "ufo, flying saucer",
    "satellite": "satellite, space station",
    "airplane": "plane, airplane, aeroplane, jet",
    "small airplane": "toy plane",
    "helicopter": "helicopter",
    "ship": "ship, ferry",
    "sailboat": "boat, sailboat, yacht, raft, toy boat, sailing boat",
    "canoe": "canoe, rowboat, kayak",
    "speedboat": "speedboat, motorboat",
    "wheel": "wheel, tire, tyre",
    "vertical traffic light": "traffic light",
    "desert island": "desert island, island",
}
THINGS = PEOPLE | BEINGS | OBJECTS
ANIMATE = frozenset({*PEOPLE, *BEINGS})
SKY = frozenset(
    "sun; sun with face; crescent moon; full moon; full moon face; star; glowing star; shooting star; comet; "
    "ringed planet; globe showing Europe-Africa; cloud; cloud with rain; cloud with snow; cloud with lightning; "
    "sun behind cloud; rainbow; tornado; snowflake; milky way; sparkles; rocket; satellite; flying saucer; airplane; "
    "small airplane; helicopter; parachute; kite; balloon; bird; parrot; eagle; bat; butterfly; honeybee; dove; owl; "
    "dragon; fireworks; musical note".split("; ")
)
FEMALE = frozenset(
    "girl; woman; old woman; princess; woman astronaut; woman farmer; woman teacher; woman scientist; woman singer; "
    "woman cook; woman artist; woman firefighter; woman pilot; woman mage; woman fairy; woman elf; woman superhero; "
    "woman dancing; woman detective; mermaid; ewe; cow; cow face; chicken; Mrs. Claus; woman vampire; "
    "woman running".split("; ")
)
MALE = frozenset(
    "boy; man; old man; prince; Santa Claus; man astronaut; man farmer; man cook; man scientist; man firefighter; "
    "man pilot; man artist; man mage; man elf; man genie; man superhero; man detective; rooster; ox; man singer; "
    "man teacher; man vampire; merman; man fairy; man running".split("; ")
)
# Names of the vocabulary that say something else in a story: "She locked the door".
OTHERWISE = frozenset("locked cooking eyes bowling desert camping tennis".split())
COLOURS = {  # of the model, and words of stories that mean it
    "red": "red, crimson, scarlet, ruby",
    "orange": "orange",
    "yellow": "yellow, golden, gold",
    "green": "green",
    "blue": "blue, turquoise",
    "purple": "purple, violet, lilac",
    "pink": "pink",
    "brown": "brown",
}
NUMBERS = {
    "two": 2, "three": 3, "four": 3, "five": 3, "some": 2, "many": 3, "several": 3, "few": 2, "lots of": 3,
    "both": 2, "twin": 2,
}  # fmt: skip  # more than three of a kind do not fit on a page


def _split(line: str) -> list[str]:
    return [word.strip() for word in line.split(",") if word.strip()]


def nouns(model: str) -> dict[str, str]:
    """{word or phrase in lower case, singular or as it stands: name in the model's vocabulary}."""
    vocabulary = prompts.known(model)
    if not vocabulary["names"]:
        return _everything()
    return _nouns(tuple(vocabulary["names"]))


@lru_cache(maxsize=1)
def _everything() -> dict[str, str]:
    found = {word: name for name, line in reversed(THINGS.items()) for word in _split(line)}
    return {name.lower(): name for name in THINGS} | found


@lru_cache(maxsize=4)
def _nouns(names: tuple[str, ...]) -> dict[str, str]:
    known = set(names)
    found = {name.lower(): name for name in names if name not in OTHERWISE}
    for name, line in reversed(THINGS.items()):
        if name in known:
            found |= {word: name for word in _split(line)}
    return found


LONGEST = max(len(word.split()) for line in THINGS.values() for word in _split(line)) + 1  # words of a phrase


def found_in(phrase: str, model: str) -> str:
    """The name that a word or phrase stands for, in singular or plural; "" for none."""
    return look_up(phrase, nouns(model))


def look_up(phrase: str, known: dict[str, str]) -> str:
    """`found_in` for many words of one text. known: what `nouns` gives."""
    phrase = phrase.lower().replace("’", "'")
    if phrase in known:
        return known[phrase]
    *first, last = phrase.split()
    for form in sorted(prompts.forms(last)):
        whole = " ".join([*first, form])
        if whole in known:
            return known[whole]
    return ""


def colour_of(word: str, model: str) -> str:
    """The colour of the model that a word names, or ""."""
    offered = prompts.known(model)["colours"] or list(COLOURS)
    word = word.lower()
    return next((name for name, line in COLOURS.items() if name in offered and word in _split(line)), "")


WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+|[.!?…,;:\"“”()\n]")


def words_of(text: str) -> list[str]:
    """Words and the marks between them."""
    return WORD.findall(text)
