"""The scores' formulas against answers that are known without them, and the scores against each other."""

import functools
import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from accelerate import init_empty_weights

from shared.core import building, loaders, registry
from shared.core.registry import SPECS, WEIGHTS
from shared.data import digits as data_of_digits
from shared.data import reviews
from shared.data.digits import Digits, binarised, unit
from shared.evaluation import dial, faces, flows, sentiment, spoken
from shared.evaluation import digits as scores_of_digits
from shared.evaluation.digits import likelihood, memorised, vae_scores
from shared.evaluation.image_metrics import (
    class_shares,
    frechet,
    gaussian,
    importance_weighted_bound,
    inception_score,
    nearest,
    precision_recall,
)
from shared.models.vae import MLPVAE, ConvVAE, LadderVAE, gaussian_kl, log_likelihood
from shared.tools.cards import card
from shared.tools.score import main, mnist


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def spd(d, seed):
    """A covariance matrix."""
    a = torch.randn(d, d, generator=seeded(seed), dtype=torch.float64)
    return a @ a.T + 0.1 * torch.eye(d, dtype=torch.float64)


# ---- Frechet distance ----------------------------------------------------------------------------


def test_frechet_of_one_dimension():
    """(m1 - m2)^2 + (s1 - s2)^2."""
    one, other = (torch.tensor([3.0]), torch.tensor([[4.0]])), (torch.tensor([-1.0]), torch.tensor([[25.0]]))
    one, other = ((m.double(), c.double()) for m, c in (one, other))
    assert frechet(one, other) == pytest.approx(16 + 9)


def test_frechet_of_gaussians_that_share_their_axes():
    rotation = torch.linalg.qr(torch.randn(5, 5, generator=seeded(), dtype=torch.float64))[0]
    a, b = torch.tensor([1.0, 4, 9, 16, 25]).double(), torch.tensor([4.0, 1, 9, 0, 36]).double()
    mean = torch.arange(5.0).double()
    one, other = ((m, rotation * v @ rotation.T) for m, v in ((mean, a), (mean + 2, b)))
    assert frechet(one, other) == pytest.approx(5 * 4 + (a.sqrt() - b.sqrt()).square().sum().item())


def test_frechet_of_any_two_covariances():
    """Against the definition with numpy's eigenvalues of the product, which is not symmetric."""
    a, b, mean = spd(6, 1), spd(6, 2), torch.zeros(6).double()
    root = np.sqrt(np.linalg.eigvals((a @ b).numpy()).real).sum()
    assert frechet((mean, a), (mean, b)) == pytest.approx((a.trace() + b.trace()).item() - 2 * root)
    assert frechet((mean, a), (mean, a)) == pytest.approx(0, abs=1e-9)
    assert frechet((mean, a), (mean, b)) == pytest.approx(frechet((mean, b), (mean, a)))


def test_frechet_of_flat_features():
    """Features that never move (a dead unit of the judge) have a covariance that cannot be inverted."""
    flat = gaussian(torch.cat([torch.randn(50, 3, generator=seeded()), torch.zeros(50, 2)], 1))
    assert frechet(flat, flat) == pytest.approx(0, abs=1e-6)


def test_the_gaussian_is_that_of_numpy():
    features = torch.randn(100, 4, generator=seeded())
    mean, covariance = gaussian(features)
    assert mean.numpy() == pytest.approx(features.double().mean(0).numpy())
    assert covariance.numpy() == pytest.approx(np.cov(features.numpy().T, dtype=np.float64))


# ---- Inception Score and classes -----------------------------------------------------------------


@pytest.mark.parametrize(
    "probabilities, score",
    [
        (torch.full((50, 10), 0.1), 1),  # no idea what anything is
        (torch.eye(10).repeat(5, 1), 10),  # sure, and all classes alike
        (torch.eye(10)[[3] * 50], 1),  # sure, and always the same
        (torch.eye(10)[[3, 7] * 25], 2),
        (torch.eye(10)[[0, 0, 0, 1]], math.exp(0.75 * math.log(4 / 3) + 0.25 * math.log(4))),
    ],
)
def test_inception_score(probabilities, score):
    assert inception_score(probabilities) == pytest.approx(score)


def test_class_shares():
    assert class_shares(torch.eye(4)[[0, 0, 1, 3]]).tolist() == [0.5, 0.25, 0, 0.25]


# ---- precision, recall, nearest ------------------------------------------------------------------


def test_precision_and_recall():
    real = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1], [10, 10], [10, 11], [11, 10], [11, 11]])
    assert precision_recall(real, real) == (1, 1)
    assert precision_recall(real, real + 100) == (0, 0)
    # Half of what is real never comes; all that comes is real.
    assert precision_recall(real, real[:4] + 0.1) == (1, 0.5)
    # A third of what comes is like nothing real, but all that is real is there.
    assert precision_recall(real, torch.cat([real, real[:4] + 50])) == pytest.approx((2 / 3, 1))


def test_the_third_neighbour_decides():
    line = torch.arange(10.0)[:, None]  # the balls of the line's first point reach 3 far to the left, and no further
    points = torch.tensor([[-2.9], [-3.1], [4.5], [12.1]])
    assert precision_recall(line, points.repeat(2, 1))[0] == pytest.approx(0.5)
    assert precision_recall(line, points.repeat(2, 1), k=4)[0] == pytest.approx(1)


def test_nearest():
    assert nearest(torch.tensor([[0.0, 0], [6, 8]]), torch.tensor([[3.0, 4], [0, 9]]), batch=1).tolist() == [5, 5]


# ---- likelihoods ---------------------------------------------------------------------------------


def test_kl_is_that_of_torch():
    mean, log_variance = torch.randn(2, 100, generator=seeded()).unbind()
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0, 1))
    assert torch.allclose(gaussian_kl(mean, log_variance), expected, atol=1e-6)


def test_log_likelihood_is_that_of_torch():
    logits, x = torch.randn(3, 1, 28, 28, generator=seeded()), torch.ones(3, 1, 28, 28).bernoulli(0.3)
    expected = torch.distributions.Bernoulli(logits=logits).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(log_likelihood(logits, x), expected, rtol=1e-5)


def test_the_bound_of_a_linear_gaussian_model():
    """z ~ N(0, 1), x|z ~ N(z, 1), q = N(1/2, 1): log p(x) = log N(x; 0, 2) is known."""
    x, n = 1.3, 200_000
    normal = torch.distributions.Normal
    z = 0.5 + torch.randn(n, 4, generator=seeded(), dtype=torch.float64)
    log_weights = normal(0.0, 1.0).log_prob(z) + normal(z, 1.0).log_prob(torch.tensor(x)) - normal(0.5, 1.0).log_prob(z)
    exact = normal(0.0, math.sqrt(2)).log_prob(torch.tensor(x)).item()
    assert importance_weighted_bound(log_weights).tolist() == pytest.approx([exact] * 4, abs=0.01)
    few = importance_weighted_bound(log_weights[:5000].reshape(5, -1)).mean().item()
    one = log_weights.mean().item()
    assert one < few < exact, "the bound rises with k"


@pytest.mark.slow
def test_the_bound_of_a_vae_is_its_likelihood():
    """One latent, so that p(x) is an integral over a line; and the sum rule holds for what `log_weights` gives."""
    torch.manual_seed(0)
    model = MLPVAE(latent_size=1, hidden=(8,)).eval()
    with torch.no_grad():
        model.decoder[-1].weight *= 0.5
    x = torch.ones(3, 1, 28, 28).bernoulli(0.3, generator=seeded())
    line = torch.linspace(-9, 9, 6001)[:, None]
    with torch.inference_mode():
        logits = model.logits_of(line).flatten(1).double()
        each = x.flatten(1).double() @ logits.T - torch.nn.functional.softplus(logits).sum(1)  # (3, 6001): log p(x|z)
        prior = torch.distributions.Normal(0.0, 1.0).log_prob(line.double())[:, 0]
        exact = (each + prior).logsumexp(1) + math.log(18 / 6000)
    bound = importance_weighted_bound(model.log_weights(x, 4000, seeded()))
    assert torch.allclose(bound, exact, atol=0.05)


TINY = {
    "mlp": lambda: MLPVAE(latent_size=3, hidden=(16,)),
    "conv": lambda: ConvVAE(latent_size=3, width=4, hidden=8),
    "ladder": lambda: LadderVAE(width=4),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_the_mean_log_weight_is_minus_bce_and_kl(name):
    """log p(x, z) - log q(z|x), on average over z, is the evidence lower bound that training maximises."""
    torch.manual_seed(0)
    model = TINY[name]().eval()
    x = torch.ones(4, 1, 28, 28).bernoulli(0.3, generator=seeded())
    drawn = model.log_weights(x, 100, seeded(1))
    bound = []
    with torch.inference_mode():
        for seed in range(100):
            logits, kl = model(x, torch.randn(4, model.latent_size, generator=seeded(seed)))
            bound.append(log_likelihood(logits, x) - kl.sum(1))
    bound = torch.stack(bound)
    error = ((drawn.var(0) + bound.var(0)) / 100).sqrt()
    assert ((drawn.mean(0) - bound.mean(0)).abs() < 5 * error).all()


@pytest.fixture(scope="module")
def some_digits():
    images = torch.randint(0, 256, (60, 1, 28, 28), generator=seeded(), dtype=torch.uint8)
    return Digits(images[:40], torch.zeros(40).long(), images[40:], torch.zeros(20).long(), "noise")


@pytest.mark.slow
@pytest.mark.parametrize("name", TINY)
def test_scores_of_a_vae_agree(name, some_digits):
    torch.manual_seed(0)
    model = TINY[name]().eval()
    found = vae_scores(model, some_digits)
    assert found["bce_plus_kl"] == pytest.approx(found["bce"] + found["kl"], abs=0.011)
    assert len(found["kl_per_dimension"]) == model.latent_size
    assert sum(found["kl_per_dimension"]) == pytest.approx(found["kl"], abs=0.05)
    # With one draw for each picture the bound is the ordinary one, and every picture counts in it.
    ordinary = likelihood(model, some_digits, images=20, draws=1)
    tighter = likelihood(model, some_digits, images=20, draws=50)
    assert tighter["iw_bound"] <= ordinary["iw_bound"] + 0.01
    assert (tighter["iw_images"], tighter["iw_draws"]) == (20, 50) and tighter["iw_bound_error"] >= 0
    assert likelihood(model, some_digits, images=20, draws=50) == tighter, "the same again"


def test_the_bound_from_some_pictures_is_that_of_all(some_digits):
    """`likelihood` makes all draws for a few pictures only; with all of them it must come to the same."""
    torch.manual_seed(0)
    model = TINY["mlp"]().eval()
    direct = importance_weighted_bound(model.log_weights(binarised(unit(some_digits.held_out_images)), 200, seeded(3)))
    found = likelihood(model, some_digits, images=5, draws=200)
    assert found["iw_bound"] == pytest.approx(-direct.mean().item(), abs=1)


def test_memorised(some_digits):
    training = unit(some_digits.images)
    assert memorised(training[:10], some_digits) == {"nearest": pytest.approx(0, abs=0.02), "near_copies": 1}
    far = memorised(torch.zeros(10, 1, 28, 28), some_digits)
    assert far["nearest"] > 5 and far["near_copies"] == 0


# ---- the command ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_scores_and_card_are_written_beside_the_weights(tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(WEIGHTS / "vae-mnist", tmp_path / "mine", ignore=shutil.ignore_patterns("*.md", "scores*"))
    data = tmp_path / "data" / "mnist"
    data.mkdir(parents=True)
    pictures = torch.randint(0, 256, (510, 28, 28), generator=seeded(), dtype=torch.uint8).numpy()
    for name, array in (("images-idx3", pictures), ("labels-idx1", np.zeros(510, np.uint8))):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        (data / f"train-{name}-ubyte").write_bytes(head + array.tobytes())
    monkeypatch.setattr(data_of_digits, "HELD_OUT", 500)
    quickly = functools.partial(scores_of_digits.digit_scores, samples=60, iw_images=2, iw_draws=3)
    monkeypatch.setattr(scores_of_digits, "digit_scores", quickly)
    monkeypatch.setattr(dial, "curve", functools.partial(dial.curve, samples=100))
    monkeypatch.setenv("AIGC_LOCAL", "")
    main(["vae-mnist", "--data", str(data.parent), "--folder", str(folder)])
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((folder / "scores.json").read_text("utf-8"))
    assert (folder / "README.md").read_text("utf-8") == card(registry.spec("vae-mnist"), folder)
    loaders.forget()


def test_scores_of_other_digits_are_refused():
    with pytest.raises(SystemExit, match="measured on MNIST; name a folder"):
        mnist(None)  # without a network, scikit-learn's digits would stand in
    with pytest.raises(SystemExit, match="has no train-images"):
        mnist(WEIGHTS)


# ---- the scores that are bundled -----------------------------------------------------------------

DIGITS = [row for row in SPECS if row.bundled and row.task.startswith("digit-")]
DRAWN = [row for row in DIGITS if row.task != "digit-judge"]
ALL = {"score_name", "samples", "frechet", "inception_score", "smallest_class", "precision", "recall", "nearest"}


def table():
    """The words of the tables of scores in the docstrings of digits.py and flows.py."""
    return scores_of_digits.__doc__ + flows.__doc__


@pytest.mark.parametrize("row", DIGITS, ids=lambda row: row.name)
def test_bundled_scores(row):
    found = registry.scores(row.name)
    wanted = ALL | {"near_copies"}
    wanted |= {"accuracy"} if row.task == "digit-judge" else {"ms_per_1000", "threads", "dial"}
    if row.task == "digit-gan":
        wanted.add("realism_of_real")
    if row.task == "digit-vae":
        wanted |= {"bce", "kl", "bce_plus_kl", "kl_per_dimension"}
        wanted |= {"iw_bound", "iw_bound_error", "iw_draws", "iw_images"}
    if row.task == "digit-flow":
        wanted |= {"bits", "bits_of_real", "bits_of_blank", "bits_of_noise", "inversion_error"}
        wanted |= {"right_class"} if row.name == "glow-mnist" else set()
    assert set(found) == wanted
    assert all(key in table() for key in found), "every score is explained"
    assert found["samples"] == 10_000
    assert found["score_name"] == scores_of_digits.score_name(), "measured with another judge: run `make scores`"


@pytest.mark.parametrize("row", DRAWN, ids=lambda row: row.name)
def test_bundled_scores_are_possible(row):
    found = registry.scores(row.name)
    assert found["frechet"] > 0 and 1 <= found["inception_score"] <= 10
    assert all(0 <= found[key] <= 1 for key in ("precision", "recall", "near_copies"))
    assert 0 <= found["smallest_class"] <= 0.1


def test_the_reference_is_there_without_mnist():
    mean, covariance = scores_of_digits.reference()
    assert mean.shape == (128,) and covariance.shape == (128, 128)
    assert frechet((mean, covariance), (mean, covariance)) == pytest.approx(0, abs=1e-3)


def test_quick_looks_at_a_model_in_training():
    model = TINY["mlp"]().eval()
    found = scores_of_digits.quick(model, n=20)
    assert found["frechet"] > 0 and len(found["classes"]) == 10 and sum(found["classes"]) == pytest.approx(1)
    assert found["smallest_class"] == min(found["classes"])


def test_scores_are_flat_json():
    for row in DIGITS:
        text = (WEIGHTS / row.name / "scores.json").read_text("utf-8")
        assert all(isinstance(value, (int, float, str, list)) for value in json.loads(text).values())


# ---- sentiment -----------------------------------------------------------------------------------


def test_accuracy_and_calibration_of_known_answers():
    logits, labels = torch.tensor([2.0, 2.0, -2.0, -2.0]), torch.tensor([1, 1, 0, 1])
    assert sentiment.accuracy(logits, labels) == 0.75
    # It is sure by sigmoid(2) each time and right three times of four.
    assert sentiment.calibration_error(logits, labels) == pytest.approx(torch.tensor(2.0).sigmoid().item() - 0.75)
    assert sentiment.calibration_error(torch.tensor([20.0, -20.0]), torch.tensor([1, 0])) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("row", [row for row in SPECS if row.task == "sentiment" and row.bundled], ids=lambda r: r.name)
def test_bundled_scores_of_sentiment(row):
    found = registry.scores(row.name)
    assert found.keys() == {"accuracy", "calibration_error", "held_out", "ms_per_sentence"}
    assert found["held_out"] == 1000 and 0.7 < found["accuracy"] < 1


def test_held_out_sentences_are_nobody_elses(tmp_path):
    lines = [f"{i % 2}\tsentence {i} ." for i in range(1200)]
    (tmp_path / "sentence_polarity.tsv").write_text("\n".join(["label\tsentence", *lines]))
    found = reviews.read_reviews(tmp_path)
    assert len(found) == 200 and len(found.held_out_sentences) == 1000
    assert not set(found.sentences) & set(found.held_out_sentences)
    assert all(label == int(text.split()[1]) % 2 for text, label in zip(found.sentences, found.labels, strict=True))
    with pytest.raises(SystemExit, match="label, tab, sentence"):
        reviews.read_reviews(None)


@pytest.mark.parametrize("of", [scores_of_digits, faces, spoken])
def test_a_judge_is_made_while_no_other_network_is(of):
    """diffusers makes its networks on the "meta" device, and meanwhile those of all other threads."""
    of.judge.cache_clear()
    with ThreadPoolExecutor() as pool:
        with building.one_at_a_time, init_empty_weights():
            made = pool.submit(of.judge)
            with pytest.raises(TimeoutError):
                made.result(0.5)
        assert {parameter.device.type for parameter in made.result().parameters()} == {"cpu"}
