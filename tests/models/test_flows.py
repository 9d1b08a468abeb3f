"""Flows: layers against their inverses, log determinants against autograd's Jacobian, densities against known ones."""

import pytest
import torch

from shared.core import loaders, registry
from shared.data.moons import Moons
from shared.evaluation.flows import noise_of_one
from shared.models import flow
from shared.models.flow import NICE, ActNorm, Bell, Coupling, Glow, Mixing
from shared.models.plane_flow import PlaneFlow


def moved(module):
    """With weights that are not those it begins with, which would hide mistakes."""
    draw = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=draw))
    return module.eval()


def drawn(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def log_determinant(function, x):
    jacobian = torch.autograd.functional.jacobian(lambda one: function(one)[0].flatten(), x)
    return torch.linalg.slogdet(jacobian.view(x.numel(), x.numel()).double())[1].item()


LAYERS = {"actnorm": lambda: ActNorm(4), "mixing": lambda: Mixing(4), "coupling": lambda: Coupling(4, 6)}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_goes_back_and_knows_how_it_stretches(name):
    torch.manual_seed(0)
    layer, x, labels = moved(LAYERS[name]()), drawn(1, 4, 3, 3), torch.tensor([7])
    more = (labels,) if name == "coupling" else ()
    with torch.no_grad():
        y, change = layer(x, *more)
        torch.testing.assert_close(layer.inverse(y, *more), x, atol=1e-5, rtol=0)
    assert change.item() == pytest.approx(log_determinant(lambda one: layer(one, *more), x), abs=1e-4)


def test_the_bell_goes_back_and_knows_how_it_stretches():
    bell = moved(Bell())
    x = flow.dequantised(torch.rand(1, 1, 28, 28).round() * 0.7, torch.rand(1, 1, 28, 28)).requires_grad_()
    y, change = bell(x)
    (slope,) = torch.autograd.grad(y.sum(), x)  # each pixel by itself
    assert change.item() == pytest.approx(slope.log().sum().item(), rel=1e-4)
    torch.testing.assert_close(bell.inverse(y), x, atol=1e-6, rtol=0)


@pytest.mark.parametrize("make", [lambda: NICE(3, (12,)), lambda: Glow((2, 2), (6, 6))], ids=["nice", "glow"])
def test_a_whole_flow_goes_back(make):
    torch.manual_seed(0)
    model = moved(make())
    x = flow.dequantised(torch.rand(5, 1, 28, 28), torch.rand(5, 1, 28, 28))
    labels = torch.arange(5) if model.conditional else None
    with torch.no_grad():
        z, change = model(x, labels)
        assert z.shape == (5, 784) and change.shape == (5,)
        torch.testing.assert_close(model.inverse(z, labels), x, atol=1e-4, rtol=0)
        torch.testing.assert_close(model.log_prob_of(x, labels), flow.log_normal(z) + change)


def test_the_log_determinant_of_nice_is_that_of_its_jacobian():
    model = moved(NICE(2, (8,)))
    x = flow.dequantised(torch.rand(1, 1, 28, 28), torch.rand(1, 1, 28, 28))
    assert model(x)[1].item() == pytest.approx(log_determinant(model, x), rel=1e-4)


def test_a_flow_that_does_nothing_has_the_density_of_its_noise():
    """Glow before training, without its bell, is a rotation of N(0, 1)."""
    torch.manual_seed(0)
    model = Glow((1, 1), (4, 4))
    model.bell.forward = lambda x: (x, torch.zeros(len(x)))
    x = drawn(3, 1, 28, 28)
    torch.testing.assert_close(model.log_prob_of(x, torch.arange(3)), flow.log_normal(x), atol=0.01, rtol=1e-4)


def test_the_first_batch_sets_every_norm():
    torch.manual_seed(0)
    model = Glow((2, 2), (6, 6))
    x = flow.dequantised(torch.rand(64, 1, 28, 28).round(), torch.rand(64, 1, 28, 28))
    labels = torch.zeros(64, dtype=torch.long)
    assert not model.fitted
    model.fit(x, labels)
    coarse = model(x, labels)[0][:, :392].view(64, 8, 49)
    assert model.fitted and coarse.mean((0, 2)).abs().max() < 1e-3
    torch.testing.assert_close(coarse.std((0, 2)), torch.ones(8), atol=1e-3, rtol=0)


def test_noise_stays_inside_its_grey_level():
    levels = torch.arange(256).float() / 255
    for noise in (0.0, 0.5, 1 - 1e-7):
        assert torch.equal(flow.quantised(flow.dequantised(levels, torch.full((256,), noise))), levels)


def test_bits_of_known_densities():
    assert flow.bits_per_dimension(torch.tensor(0.0)).item() == 8  # even over (0, 1)
    half = 784 * torch.tensor(2.0).log()  # even over half of each pixel's range
    assert flow.bits_per_dimension(half).item() == pytest.approx(7, abs=1e-5)


def test_normal_and_logistic_numbers_far_out():
    h = torch.tensor([-2000.0, -40.0, -3.0, 0.0, 0.5, 30.0])
    torch.testing.assert_close(flow.logistic_of_normal(flow.normal_of_logistic(h)), h, atol=1e-4, rtol=1e-4)
    logistic = torch.distributions.TransformedDistribution(
        torch.distributions.Uniform(0.0, 1.0), [torch.distributions.SigmoidTransform().inv]
    )
    assert flow.log_logistic(h[None, 2:3]).item() == pytest.approx(logistic.log_prob(h[2]).item(), abs=1e-5)


def test_a_picture_is_as_likely_as_the_sum_over_its_digits():
    model = moved(Glow((1, 1), (6, 6)))
    x = flow.dequantised(torch.rand(2, 1, 28, 28), torch.rand(2, 1, 28, 28))
    with torch.no_grad():
        each = torch.stack([model.log_prob_of(x, torch.tensor([d, d])) for d in range(10)], 1)
    torch.testing.assert_close(model.log_prob(x), each.logsumexp(1) - 2.302585)
    shares = torch.nn.functional.one_hot(torch.tensor([3, 8]), 10).float()
    assert torch.equal(model.decode(drawn(2, 784), shares), model.decode(drawn(2, 784), torch.tensor([3, 8])))


# ---- the plane -------------------------------------------------------------------------------------------------------


@torch.no_grad()
def test_the_plane_goes_back_one_axis_at_a_time():
    model, points = moved(PlaneFlow(5, 8)), drawn(40, 2)
    z, _ = model(points)
    layers = model.layers(z)
    assert len(layers) == 6
    torch.testing.assert_close(layers[-1], points, atol=1e-5, rtol=0)
    for before, after in zip(layers, layers[1:], strict=False):
        assert sorted((before == after).all(0).tolist()) == [False, True]


@torch.no_grad()
def test_the_density_of_the_plane_sums_to_one():
    model = moved(PlaneFlow(6, 8))
    side = torch.linspace(-12, 12, 801)
    grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), 2).view(-1, 2)
    assert model.log_prob(grid).exp().sum().item() * (24 / 800) ** 2 == pytest.approx(1, abs=1e-3)


# ---- those that are bundled ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", registry.names("digit-flow"))
def test_a_bundled_flow_goes_back_from_digits_and_a_blank_sheet(name):
    with loaders.use(name) as loaded, torch.inference_mode():
        model = loaded.model
        pictures = torch.cat([model.sample(7, seed=3), torch.zeros(1, 1, 28, 28)])
        x = flow.dequantised(pictures, noise_of_one(0).expand(8, -1, -1, -1))
        labels = torch.arange(8) if model.conditional else None
        back = model.inverse(model(x, labels)[0], labels)
        assert (back - x).abs().max() < 1e-4 and torch.equal(flow.quantised(back), flow.quantised(x))


def test_the_bundled_plane_is_two_moons():
    with loaders.use("moons-flow") as loaded, torch.inference_mode():
        points = Moons().held_out[:500]
        apart = drawn(500, 2)  # a cloud of the same size
        assert loaded.model.log_prob(points).mean() > loaded.model.log_prob(apart).mean() + 1
        torch.testing.assert_close(loaded.model.inverse(loaded.model(points)[0]), points, atol=1e-4, rtol=0)
