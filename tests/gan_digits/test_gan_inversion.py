"""The search for the closest digit and the ranks of the discriminator, on tiny networks; then the section itself."""

import threading
import time
from functools import partial

import pytest
import torch
from gan_digits import judge
from gan_digits.request import Search
from gan_digits.sections import draw

from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.engines.digits import inversion, realism
from shared.models.gan import MLPGAN, ConvGAN

NAMES = [name for name in registry.names("digit-gan") if (registry.WEIGHTS / name).is_dir()]


@pytest.fixture(scope="module")
def plain():
    """An untrained network whose pictures differ a lot from each other, as a trained one's do."""
    torch.manual_seed(0)
    model = MLPGAN((8, 64, 784), (784, 32, 1)).eval()
    with torch.no_grad():
        model.generator.layers[2].weight.mul_(8)
    return model


@pytest.fixture(scope="module")
def labelled():
    torch.manual_seed(0)
    model = ConvGAN(latent_size=8, width=8, norm="spectral", conditional=True).eval()
    with torch.no_grad():
        for parameter in (model.generator.norms[0].gain.weight, model.generator.norms[0].shift.weight):
            parameter.normal_(1)
        model.generator.last.weight.mul_(6)
    return model


# The search


def last(*given, **options):
    *_, match = inversion.search(*given, **options)
    return match


def test_a_generated_digit_is_found_again(plain):
    target = plain.decode(plain.latents([123456]))[0, 0].detach()
    steps = list(inversion.search(plain, target, steps=80, prior=0.0, pool=500))
    assert [match.step for match in steps] == list(range(81)) and steps[-1].of == 80
    assert steps[-1].errors[0] < 0.02 < steps[0].errors[0]
    assert torch.equal(steps[-1].errors, steps[-1].errors.sort().values)
    again = plain.decode(steps[-1].latents).detach()
    assert torch.allclose(again, steps[-1].images, atol=1e-6)  # what is shown is what the latents give


def test_the_label_of_a_generated_digit_is_found_again(labelled):
    target = labelled.sample(1, seed=99, digit=7)[0, 0].clone()
    match = last(labelled, target, steps=60, pool=500)
    assert sorted(match.labels.tolist()) == list(range(10))  # one for each label
    assert match.labels[0] == 7 and match.errors[0] < match.errors[1]


def test_the_prior_keeps_the_latents_short(plain):
    target = torch.zeros(28, 28)
    free, bound = (last(plain, target, steps=40, prior=prior, pool=200).latents[0].norm() for prior in (0.0, 10.0))
    assert bound < free


def test_the_search_leaves_the_model_as_it_was(plain):
    before = {name: one.clone() for name, one in plain.state_dict().items()}
    last(plain, torch.zeros(28, 28), steps=3, pool=50)
    assert all(torch.equal(before[name], one) for name, one in plain.state_dict().items())
    assert all(one.grad is None for one in plain.parameters())


def test_each_step_may_run_in_another_thread(plain):
    found, steps = [], inversion.search(plain, torch.zeros(28, 28), steps=3, pool=50)
    for _ in range(4):
        thread = threading.Thread(target=lambda: found.append(next(steps)))
        thread.start()
        thread.join()
    assert torch.equal(found[-1].latents, last(plain, torch.zeros(28, 28), steps=3, pool=50).latents)


def test_the_same_seed_gives_the_same_search(plain):
    target = torch.ones(28, 28)
    a, b, c = (last(plain, target, steps=5, seed=seed, pool=100).latents for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_a_picture_of_another_size_is_refused(plain):
    with pytest.raises(ValueError, match="28 x 28"):
        next(inversion.search(plain, torch.zeros(8, 8)))


# The discriminator


def test_ranks_are_shares():
    scores = torch.tensor([0.0, 1.0, 2.0, 3.0])
    assert realism.rank(-1, scores) == 0 and realism.rank(9, scores) == 1
    assert realism.rank(1.5, scores) == 0.5 and realism.rank(1.0, scores) == 0.375  # a tie counts half


def test_quantiles_rank_as_the_pictures_do():
    marks = [0.0, 10.0, 20.0]  # lowest, middle, highest
    found = [realism.rank_in_quantiles(score, marks) for score in (-1, 0, 5, 10, 20, 21)]
    assert found == [0, 0, 0.25, 0.5, 1, 1]
    torch.manual_seed(0)
    model, images = MLPGAN((8, 64, 784), (784, 32, 1)).eval(), torch.rand(300, 1, 28, 28)
    marks, scores = realism.quantiles(model, images), realism.scores(model, images)
    assert len(marks) == 21 and marks == sorted(marks)
    share = realism.rank(float(scores[0]), scores)
    assert realism.rank_in_quantiles(float(scores[0]), marks) == pytest.approx(share, abs=0.02)


def test_its_own_digits_in_order(plain, labelled):
    for model in (plain, labelled):
        found = realism.reference(model, 60)
        assert torch.equal(found.scores, found.scores.sort().values)
        assert sorted(found.seeds.tolist()) == list(range(60))
        seed = int(found.seeds[10])  # the picture is the one that this seed gives in the tab
        assert torch.allclose(model.sample(1, seed)[0], found.images[10], atol=1e-5)
        assert torch.allclose(realism.scores(model, found.images), found.scores, atol=1e-4)


def test_by_label_is_what_the_discriminator_says_of_each_label(labelled):
    images = labelled.sample(3)
    found = realism.by_label(labelled, images)
    for digit in range(10):
        said = labelled.judged(images, torch.full((3,), digit))
        assert torch.allclose(found[:, digit], said, atol=1e-5)
    shares = realism.fits(labelled, images[0, 0], realism.reference(labelled, 100))
    assert len(shares) == 10 and all(0 <= one <= 1 for one in shares)


def test_ink_where_it_is_wished_for_raises_the_score(plain, labelled):
    for model in (plain, labelled):
        image = model.sample(1)[0, 0].clone() * 0.8 + 0.1
        wish = realism.wishes(model, image)
        assert wish.abs().max() == pytest.approx(1, abs=1e-5)
        before, after = (float(realism.scores(model, one[None, None])[0]) for one in (image, image + 1e-3 * wish))
        assert after > before
        assert all(one.grad is None for one in model.parameters())


# What the section does, on the models that are bundled


def search(drawing, model, steps=60, prior=1.0, seed=0, stop=None):
    asked = Search.check({"model": model, "steps": steps, "prior": prior, "seed": seed})
    return draw.search(asked, drawing, stop or threading.Event())


def test_bad_input_gets_a_sentence():
    drawing = draw.example_drawing()
    for given in (
        (drawing, "no-such-gan"),
        (drawing, "gpt2-stories"),
        (drawing, "cgan-mnist", 0),
        (drawing, "cgan-mnist", 10_000),
        (drawing, "cgan-mnist", 1.5),
        (drawing, "cgan-mnist", 60, float("nan")),
        (drawing, "cgan-mnist", 60, -1),
        (drawing, "cgan-mnist", 60, 1, -1),
        (drawing, "cgan-mnist", 60, 1, True),
        (drawing, "cgan-mnist", 60, 1, 2**40),
        ("", "cgan-mnist"),
        ("/etc/passwd", "cgan-mnist"),
        ({"a": 1}, "cgan-mnist"),
        ("data:image/png;base64,????", "cgan-mnist"),
    ):
        with pytest.raises(UserError) as refused:
            next(search(*given))
        assert str(refused.value).endswith((".", "mnist"))


def test_the_example_is_a_digit():
    pixels = draw.drawn(draw.example_drawing())
    assert pixels.shape == (28, 28) and 0.05 < pixels.mean() < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_gan_finds_its_own_digit(name):
    with loaders.use(name) as loaded:
        target = loaded.model.sample(1, seed=10**6)[0, 0].clone()
        match = last(loaded.model, target, steps=60)
    assert match.errors[0] < 0.12


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_gan_has_its_sections(name, monkeypatch):
    monkeypatch.setattr(judge, "_known", type(judge._known)())
    monkeypatch.setattr(realism, "reference", partial(realism.reference, n=150))
    drawing = draw.example_drawing()
    *_, shown = search(drawing, name, 10)
    assert shown.state == "done" and float(shown.match.errors[0]) <= shown.first + 0.01
    page = draw.found_html(shown)
    assert page.count("<img") == (13 if shown.match.labels is not None else 3)
    judged = judge.judged_html(name, shown.target, shown.match.images[0, 0])
    assert judged.count('class="inv-rank mine"') == 2 and judged.count("alt=") == judged.count("<img")
    assert ("inv-fits" in judged) == (shown.match.labels is not None)
    assert judge.sorted_html(name).count("<img") >= 40


@pytest.mark.parametrize("name", NAMES[:1])
def test_stop_ends_it_within_a_step(name):
    stop, steps = threading.Event(), []
    for shown in search(draw.example_drawing(), name, 300, stop=stop):
        steps.append(shown.match.step)
        if len(steps) == 2:
            stop.set()
            start = time.monotonic()
    assert shown.state == "stopped" and len(steps) == 3 and steps[2] == steps[1] + 1
    assert time.monotonic() - start < 2
