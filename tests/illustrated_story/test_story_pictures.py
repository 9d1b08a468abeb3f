"""The pictures of a book: layout, backdrops, cut-outs, and pages drawn by tiny pipelines."""

import io
import threading
from dataclasses import replace

import numpy as np
import pytest
import tiny_pipelines
from illustrated_story.book import COVER, Book, Character, Page
from illustrated_story.drawing import backdrop, bodies, compose, cutout, figures, hair, illustrate, likeness, stage
from illustrated_story.scenes import places
from PIL import Image, ImageColor, ImageDraw

from shared import recipe
from shared.core import registry
from shared.core.errors import UserError
from shared.data.emoji import vocabulary
from shared.engines.diffusion import prompts

MODEL = "emoji-diffusion"
SIZE = (stage.WIDTH, stage.HEIGHT)


def disc(colour, radius=24):
    picture = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(picture).ellipse((32 - radius, 32 - radius, 32 + radius, 32 + radius), colour)
    return np.asarray(picture)


def ring_with_white_inside():
    picture = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(picture).ellipse((10, 10, 54, 54), "white", "navy", 4)
    return np.asarray(picture)


# ---- cut-outs ------------------------------------------------------------------------------------------------------


def test_paper_becomes_transparent_and_white_inside_stays():
    alpha = cutout.cut(ring_with_white_inside())[..., 3]
    assert alpha[0, 0] == alpha[2, 60] == 0
    assert alpha[32, 32] == 1
    assert 0.9 < (alpha > 0.5).sum() / (np.pi * 22**2) < 1.1


def test_an_edge_that_the_paper_has_paled_gets_its_colour_back():
    smooth = np.asarray(Image.fromarray(disc("red").repeat(4, 0).repeat(4, 1)).resize((64, 64), Image.Resampling.BOX))
    figure = cutout.cut(smooth)
    seen = figure[figure[..., 3] > 0.2]
    assert seen[:, 1:3].max() < 0.35, "no pink rim"


def test_crumbs_are_swept_up_and_grainy_paper_is_paper():
    picture = disc("green", 18).copy()
    picture[2:4, 2:4] = 0
    noisy = np.clip(picture.astype(int) - np.random.default_rng(0).integers(0, 6, picture.shape), 0, 255)
    alpha = cutout.cut(noisy.astype(np.uint8))[..., 3]
    assert alpha[:6, :6].max() == 0 and alpha[:, :4].max() == 0 and alpha[32, 32] == 1


WHITE, BLACK = np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64, 3), np.uint8)


def test_what_reaches_to_the_end_of_its_picture_has_a_smooth_rim_there_too():
    tree = np.full((64, 64, 3), 255, np.uint8)
    tree[:40, 10:50] = (40, 120, 40)
    tree[0, 10:50:2] = (150, 200, 150)  # half paper
    figure = cutout.cut(tree)
    assert figure.shape == (64, 64, 4) and (figure[0, 12:48, 1] < 0.6).all(), "no pale dashes"


@pytest.mark.parametrize("picture", [WHITE, BLACK, disc("blue", 1)])
def test_an_empty_or_full_picture_breaks_nothing(picture):
    large = cutout.enlarged(cutout.cut(picture), 3)
    assert large.mode == "RGBA" and min(large.size) >= 1
    assert compose.composed([compose.Part("dog", picture)], "park", "", 0).picture.size == SIZE


def test_enlarged_is_smooth_and_as_large_as_asked():
    large = cutout.enlarged(cutout.cut(disc("orange")), 5)
    assert abs(large.width - 245) < 8 and abs(large.height - large.width) < 3
    alpha = np.asarray(large.getchannel("A")) > 128
    circle = alpha.sum() / (np.pi / 4 * large.width * large.height)
    assert 0.97 < circle < 1.03, "a disc stays round"


# ---- layout --------------------------------------------------------------------------------------------------------


def actors(*named):
    return [stage.Actor(name.rstrip("*"), 60, 60, name.endswith("*")) for name in named]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("cover", [False, True])
def test_all_figures_are_on_the_page_and_hide_nobody(seed, cover):
    spots = stage.spots(actors("dog*", "house", "soccer ball", "sun", "bird"), stage.Ground(), seed, cover)
    assert sorted(spot.actor for spot in spots) == [0, 1, 2, 3, 4]
    for spot in spots:
        assert 0 <= spot.x - spot.width / 2 and spot.x + spot.width / 2 <= stage.WIDTH
        assert 0 <= spot.foot - spot.height and spot.foot <= stage.HEIGHT
    standing = [spot for spot in spots if spot.on == "ground"]
    for spot in standing:
        for other in standing:
            common = stage.covered(spot.x, spot.foot, spot.width, spot.height, other)
            assert spot is other or common <= 0.3 * spot.width * spot.height


def test_sizes_places_and_depth_are_as_in_the_world():
    by = {spot.actor: spot for spot in stage.spots(actors("dog*", "house", "soccer ball", "sun"), stage.Ground(), 3)}
    dog, house, ball, sun = by[0], by[1], by[2], by[3]
    assert house.height > dog.height > ball.height
    assert house.foot < dog.foot, "the house stands further back"
    assert sun.foot < 260 and sun.on == "air"
    small, large = (
        stage.spots([stage.Actor("dragon", 60, 60, False, scale)], stage.Ground(), 3)[0] for scale in (0.7, 1.0)
    )
    assert small.height < 0.75 * large.height
    sailing = stage.spots(actors("sailboat", "girl*"), stage.Ground(water=(300, 390)), 1)
    assert {spot.actor: spot.on for spot in sailing} == {0: "water", 1: "ground"}


def test_a_tall_tree_keeps_its_top():
    tree = stage.Actor("deciduous tree", 90, 100, True, 1.4)
    for seed in range(40):
        spots = stage.spots([tree, *actors("bear*")], stage.Ground(), seed)
        assert min(spot.foot - spot.height for spot in spots) >= 0


def test_the_seed_decides_the_layout():
    same, again, other = (stage.spots(actors("cat*", "tree"), stage.Ground(), seed) for seed in (1, 1, 2))
    assert same == again != other


def test_a_room_stays_what_it_is_while_its_figures_move():
    pages = [compose.composed([], "kitchen", "", seed, room=5).picture.tobytes() for seed in (1, 2)]
    assert pages[0] == pages[1] != compose.composed([], "kitchen", "", 1).picture.tobytes()


def test_every_thing_with_a_size_or_a_place_in_the_air_is_one_the_model_knows():
    """Names that were mistyped would quietly be of middle size."""
    known = {name.lower() for name in vocabulary()}
    ours = {*stage.KINDS, *stage.HEAVEN, *stage.FLIES, *stage.SWIMS, *bodies.BEASTS, *bodies.CHILDREN, *bodies.GROWN}
    assert {name for name in ours if name.lower() not in known} == set()


# ---- backdrops -----------------------------------------------------------------------------------------------------


def test_there_is_a_backdrop_for_each_place_and_time_of_the_stories():
    assert set(backdrop.PAINTERS) == set(places.PLACES)
    assert set(backdrop.TIMES) == set(places.TIMES)
    assert set(backdrop.INDOORS) == set(places.INDOORS)


@pytest.mark.parametrize("place", backdrop.PAINTERS)
def test_each_backdrop_is_painted_whole_and_the_same_for_a_seed(place):
    first, again, other = (backdrop.painted(place, "", seed) for seed in (4, 4, 5))
    assert first.picture.size == SIZE and first.picture.mode == "RGB"
    assert first.picture.tobytes() == again.picture.tobytes() != other.picture.tobytes()
    assert 0 < first.ground.far <= first.ground.near < stage.HEIGHT
    night = backdrop.painted(place, "night", 4)
    assert np.asarray(night.picture).mean() <= np.asarray(first.picture).mean() + 1


# ---- bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fox", "girl", "man pilot", "princess"])
def test_a_head_gets_a_body_of_the_announced_shape_and_stays_as_it_is(name):
    head = cutout.enlarged(cutout.cut(disc("orange")), 3)
    whole = bodies.dressed(head, name, 7, bodies.Pose())
    assert np.allclose(whole.size, bodies.shape(name, *head.size), atol=1)
    left = (whole.width - head.width) // 2
    upper, now = (
        head.crop((0, 0, head.width, head.height // 2)),
        whole.crop((left, 0, left + head.width, head.height // 2)),
    )
    solid = np.asarray(upper.getchannel("A")) == 255
    assert np.abs(np.asarray(now, int) - np.asarray(upper, int))[solid].max() <= 1
    assert np.asarray(whole.getchannel("A"))[-8:].max() > 200, "it has feet"


# ---- hair ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "look, name, style, colour",
    [
        ("a girl with short black hair", "girl", "noto", "black"),
        ("red-haired boy", "boy", "twemoji", "red"),
        ("a girl with red hair", "girl", "fluent 3d", None),  # its hair has the colour of its face
        ("a dog with red hair", "dog", "noto", None),
        ("boy", "boy", "noto", "blond"),  # by the seed
    ],
)
def test_hair_has_the_colour_of_the_look_or_of_the_seed(look, name, style, colour):
    assert hair.colour_of(Character("Kim", look, 8), name, style) == hair.COLOURS.get(colour, "")


@pytest.mark.parametrize("face, own", [("#fcc21b", "#3d2a22"), ("#ffdc5d", "#ffac33")])
def test_hair_is_painted_and_the_face_stays(face, own):
    drawn = Image.new("RGB", (128, 128), "white")
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((24, 14, 104, 114), face)
    pen.chord((24, 14, 104, 114), 190, 350, own)
    pen.ellipse((46, 66, 54, 74), "#3d2a22")
    pen.ellipse((74, 66, 82, 74), "#3d2a22")
    before = np.asarray(drawn)
    after = hair.tinted(before, hair.COLOURS["blue"])
    assert np.abs(after[30, 64].astype(int) - ImageColor.getrgb(hair.COLOURS["blue"])).max() <= 2
    for y, x in ((70, 50), (70, 78), (90, 64), (4, 4)):  # eyes, chin, paper
        assert (after[y, x] == before[y, x]).all()
    assert hair.tinted(before, "") is before
    bald = disc("orange")
    assert hair.tinted(bald, hair.COLOURS["blue"]) is bald


# ---- pages ---------------------------------------------------------------------------------------------------------


SMALL, LARGE = "story-emoji", "story-sd"  # a loaded model is kept by its name: no other file may use these
OWN = registry.Picture(
    steps=2, guidance=3.0, width=32, height=32, scheduler="DDIM", schedulers=("DDIM",), sizes=(16, 64, 8)
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("pipelines")
    return {
        SMALL: tiny_pipelines.write_emoji(base / SMALL),
        LARGE: tiny_pipelines.write_sd(base / LARGE),
    }


@pytest.fixture(scope="module")
def models(folders):
    rows = [
        registry.ModelSpec(
            name=name,
            task="text-to-image",
            title=name,
            builder="shared.models.text_to_image:load",
            license="none",
            download_mb=1,
            memory_mb=10,
            paper="",
            repo=f"tiny/{name}",
            picture=OWN,
        )
        for name in folders
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "SPECS", (*registry.SPECS, *rows))
        patch.setenv("AIGC_LOCAL", ",".join(f"{name}={folder}" for name, folder in folders.items()))
        yield


@pytest.fixture(scope="module")
def whole(models):
    """A book of the small model, all of its pages drawn: {number: page}."""
    figures.clear()
    return illustrated(book(SMALL))


def book(model, seed=5, prompt="Rex the dog and a car in the park"):
    rex = Character("Rex", "dog", 11)
    pages = (
        Page("Rex runs.", prompt, seed),
        Page("He sees two cats.", "Rex the dog and two cats in the house at night", seed),
    )
    return Book("a dog", "noto", "gpt2-stories", model, seed, "Rex", Page("Rex", "Rex the dog", seed), pages, (rex,))


def illustrated(one, numbers=(COVER, 0, 1), stop=None):
    return dict(illustrate.drawn(one, numbers, stop))


def pixels(page):
    return np.asarray(Image.open(io.BytesIO(page.picture)).convert("RGB"))


@pytest.mark.slow
def test_a_book_is_drawn_in_the_order_asked_for_with_recipe_alt_text_and_likeness(models):
    drawn = illustrated(book(SMALL), (1, COVER, 0))
    assert list(drawn) == [1, COVER, 0]
    for number, page in drawn.items():
        picture = Image.open(io.BytesIO(page.picture))
        assert picture.size == SIZE and picture.format == "PNG"
        assert recipe.read_bytes(page.picture) == page.recipe
        assert page.recipe["settings"]["page"] == number + 1 and page.recipe["model"] == SMALL
        assert page.recipe["output_sha256"] == recipe.hash_output(picture.convert("RGB"))
        assert -1 <= page.likeness <= 1
        assert page.recognised and all(place >= 1 for _, place in page.recognised)
    assert drawn[COVER].alt == "Rex the dog in a meadow."
    assert drawn[0].alt == "Rex the dog and a car in the park."
    assert drawn[1].alt == "Rex the dog and two cats in the house at night."


@pytest.mark.slow
def test_a_page_is_the_same_alone_and_among_others_and_another_seed_changes_it(whole):
    figures.clear()
    alone = illustrated(book(SMALL), (1,))
    assert np.abs(pixels(alone[1]).astype(int) - pixels(whole[1])).max() <= 2  # a batch may round otherwise
    other = illustrated(book(SMALL, seed=6), (1,))
    assert (pixels(other[1]) != pixels(whole[1])).any()


def test_a_character_is_one_figure_on_all_its_pages_whatever_their_seeds(models):
    first, second = (illustrate.cast_of(page, book(SMALL), SMALL) for page in book(SMALL).pages)
    reseeded = illustrate.cast_of(replace(book(SMALL).pages[0], seed=99), book(SMALL), SMALL)
    assert first.figures[0][1] == second.figures[0][1] == reseeded.figures[0][1]
    assert first.figures[1][1] != reseeded.figures[1][1], "the car is another one"
    assert len(second.figures) == 3 and len({figure for _, figure in second.figures}) == 3, "two cats are two"


def test_two_women_have_hair_of_their_own_and_keep_their_name():
    def look(text, seed, style="twemoji"):
        who = Character("Mom", text, seed)
        one = replace(book(MODEL), style=style, characters=(who,), pages=(Page("", "Mom in the park", 1),))
        ((thing, figure),) = illustrate.cast_of(one.pages[0], one, MODEL).figures
        assert thing.name == text.split()[-1]
        return figure.prompt

    assert len({look("woman", seed, "fluent 3d") for seed in range(4)}) == 4 and look("woman", 5) == look("woman", 1)
    assert len({look("woman", seed) for seed in range(2)}) == 2, "the colour is painted"
    assert {look("woman", seed, "noto") for seed in range(4)} == {"woman"}, "others would have shoulders"
    assert {look("girl", seed) for seed in range(4)} == {"girl"}


def test_what_is_drawn_for_something_poor_is_drawn_well():
    known, styles = set(vocabulary()), prompts.styles(MODEL)
    for (style, name), (instead, drawn_in) in illustrate.POOR.items():
        assert {name, instead} <= known and {style, drawn_in} <= set(styles), (style, name)
        assert (drawn_in, instead) not in illustrate.POOR, (drawn_in, instead)


def test_a_red_ball_is_red():
    one = replace(book(MODEL), characters=(), pages=(Page("", "a red ball and a ball", 1),))
    cast = illustrate.cast_of(one.pages[0], one, MODEL)
    assert [figure.prompt for _, figure in cast.figures] == ["red basketball", "soccer ball"]
    assert illustrate.alt_of(cast.scene, ()) == "A red ball and a ball in a meadow."


def test_a_figure_is_drawn_once(whole):
    from shared.core import loaders

    illustrated(book(SMALL), (0,))
    with loaders.use(SMALL) as loaded:
        asked = [figure for _, figure in illustrate.cast_of(book(SMALL).pages[0], book(SMALL), SMALL).figures]
        stopped = threading.Event()
        stopped.set()
        assert set(next(figures.drawn(loaded, asked, stopped))) == set(asked), "all kept: nothing to stop"


def test_figures_of_a_batch_are_those_of_the_engine(models):
    """Our loop over several prompts against the picture tab's over one."""
    from shared.core import loaders
    from shared.engines.diffusion import engine
    from shared.engines.diffusion.pixels import pictures_of

    asked = [figures.Figure("red cat", "noto", 3), figures.Figure("dog", "twemoji", 4)]
    with loaders.use(SMALL) as loaded:
        *_, pictures = figures.drawn(loaded, asked)
        for figure in asked:
            prompt = prompts.prompted(figure.prompt, figure.style, SMALL)
            plan = engine.Plan((engine.Turn(0, prompt, "", 3.0),), 32, 32, 2, "DDIM", (figure.seed,))
            *_, last = engine.denoise(loaded.model, plan)
            alone = np.asarray(pictures_of(loaded.model.decode(last.x))[0])
            assert np.abs(alone.astype(int) - pictures[figure]).max() <= 1


@pytest.mark.slow
def test_a_large_model_gets_the_scene_and_goes_on_from_the_first_page_of_a_character(models):
    old = book(LARGE)
    drawn = illustrated(old)
    assert drawn[COVER].likeness is None and Image.open(io.BytesIO(drawn[0].picture)).size == SIZE
    assert drawn[0].alt == "Rex the dog and a car in the park."
    kept = replace(old, cover=drawn[COVER])
    assert (pixels(illustrated(kept, (0,))[0]) == pixels(drawn[0])).all(), "it begins from the cover, now as then"
    assert (pixels(illustrated(old, (0,))[0]) != pixels(drawn[0])).any(), "without a cover it is the first itself"
    shown = illustrate.shown(old.pages[0], old.characters)
    assert illustrate.with_looks("Rex runs", shown) == "Rex runs, Rex: dog"


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_stop_ends_within_a_page_and_keeps_those_that_are_finished(models, model):
    stop, numbers = threading.Event(), []
    for number, _ in illustrate.drawn(book(model, seed=71), (COVER, 0, 1), stop):
        numbers.append(number)
        stop.set()
    assert numbers == [COVER]


@pytest.mark.parametrize("prompt", ["", "democracy", "一只狗", "a " * 1000, "Rex " * 40 + "dog cat house tree"])
def test_a_prompt_that_names_nothing_gives_a_page_all_the_same(models, prompt):
    page = illustrated(book(SMALL, prompt=prompt), (0,))[0]
    assert Image.open(io.BytesIO(page.picture)).size == SIZE and page.alt.endswith(".")


def test_wrong_questions_are_answered_in_a_sentence(models):
    with pytest.raises(UserError, match="no page 7"):
        illustrated(book(SMALL), (6,))
    with pytest.raises(UserError, match="no cover"):
        illustrated(replace(book(SMALL), cover=None))
    with pytest.raises(UserError, match="no picture model called"):
        illustrated(book("nothing"))


# ---- likeness ------------------------------------------------------------------------------------------------------


def test_a_figure_is_like_itself_wherever_it_stands_and_unlike_another():
    dog, cat = disc("orange").copy(), ring_with_white_inside()
    dog[20:28, 20:28] = 0
    for place, seed in (("park", 1), ("bedroom", 2), ("sea", 3)):
        page = compose.composed([compose.Part("dog", dog, True)], place, "", seed)
        own = likeness.figure_on(page.picture, page.where[0], page.mirrored[0], dog)
        other = likeness.figure_on(page.picture, page.where[0], page.mirrored[0], cat)
        assert own > likeness.THRESHOLD > other


def test_a_figure_that_is_hidden_is_less_like_itself():
    dog = disc("orange").copy()
    page = compose.composed([compose.Part("dog", dog, True)], "park", "", 1)
    left, top, right, bottom = page.where[0]
    covered = page.picture.copy()
    covered.paste("navy", (left, top, (left + right) // 2, bottom))
    whole = likeness.figure_on(page.picture, page.where[0], page.mirrored[0], dog)
    assert likeness.figure_on(covered, page.where[0], page.mirrored[0], dog) < whole - 0.1
