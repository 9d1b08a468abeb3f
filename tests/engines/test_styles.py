"""What is done with styles, on a tiny StyleGAN: components against numpy's, mixtures, walks, the search."""

import numpy as np
import pytest
import torch

from shared.engines import styles
from shared.models.stylegan import StyleGAN


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = StyleGAN(latent_size=8, w_size=6, mapping=2, widths=(8, 6, 4)).eval()
    made.w_avg.copy_(made.mean_styles())
    return made


def test_the_components_are_those_of_the_covariance(model):
    found = styles.components(model, 3)
    with torch.no_grad():
        many = model.style(torch.randn(20_000, 8, generator=torch.Generator().manual_seed(1))).numpy()
    values, vectors = np.linalg.eigh(np.cov(many.T))
    assert found.widths.numpy() == pytest.approx(np.sqrt(values[::-1][:3]), rel=0.05)
    assert abs(found.axes[0].numpy() @ vectors[:, -1]) == pytest.approx(1, abs=0.05)
    assert (found.axes @ found.axes.T).numpy() == pytest.approx(np.eye(3), abs=1e-5)
    assert 0 < found.shares.sum() <= 1 and (found.shares.diff() <= 0).all()
    w = torch.zeros(1, 6)
    assert styles.moved(w, found, 1, 2.0).norm().item() == pytest.approx(2 * found.widths[1].item())


def test_a_mixture_is_the_row_before_the_border_and_the_column_behind_it(model):
    coarse, fine = torch.ones(2, 6) * torch.tensor([[1.0], [2.0]]), torch.full((3, 6), 9.0)
    coarse, fine = model.every_layer(coarse), model.every_layer(fine)
    ws = styles.mixtures(model, coarse, fine, 2)
    assert ws.shape == (6, 5, 6)
    assert ws[:, :, 0].tolist() == [[1, 1, 9, 9, 9]] * 3 + [[2, 2, 9, 9, 9]] * 3
    assert (styles.mixtures(model, coarse, fine, 0) == 9).all() and (styles.mixtures(model, coarse, fine, 5) < 9).all()


def test_both_walks_begin_and_end_at_the_same_faces(model):
    with torch.no_grad():
        in_w, in_z = styles.walks(model, 1, 2, 5, 0.7)
        ends = model.style(model.latents([1, 2]), psi=0.7)
    for walk in (in_w, in_z):
        torch.testing.assert_close(walk[[0, -1]], ends, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(in_w[2], ends.mean(0))
    assert not torch.allclose(in_z[2], in_w[2], atol=1e-3), "the mapping network bends"


def test_a_face_of_its_own_is_found_again(model):
    with torch.no_grad():
        target = model.draw(model.every_layer(model.style(model.latents([12_345]), psi=0.8)))[0]
    found = list(styles.search(model, target, lambda pictures: pictures.mean((2, 3)), steps=40))
    assert [one.step for one in found] == [0, 10, 20, 30, 40] and found[-1].of == 40
    assert found[-1].error < 0.6 * found[0].error and found[-1].ws.shape == (1, 5, 6)
    errors = [one.error for one in found]
    assert errors == sorted(errors, reverse=True), "the best so far"
    assert all(weight.grad is None for weight in model.parameters())
