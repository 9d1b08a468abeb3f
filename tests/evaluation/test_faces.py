"""Scores of faces, with a judge and a StyleGAN that are tiny: path lengths of a straight mapping, near copies."""

from types import SimpleNamespace

import pytest
import torch

from shared.evaluation import faces
from shared.models.stylegan import StyleGAN


@pytest.fixture
def pixels(monkeypatch):
    """A judge whose features are eight numbers of the picture."""

    def features(images):
        images = images.float() / 255 if images.dtype == torch.uint8 else images
        return torch.nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)[:, :8]

    monkeypatch.setattr(faces, "features", features)
    monkeypatch.setattr(faces, "score_name", lambda: "emoji-FD@test")


def test_a_line_has_its_length(pixels):
    """Where the picture is the style itself, a path of length d moves by d^2 per square of the step."""
    model = SimpleNamespace(
        latents=lambda seeds: torch.stack([torch.eye(2)[int(seed >= 1000)] for seed in seeds]),
        style=lambda z: z,
        every_layer=lambda w: w,
        draw=lambda w: w[:, :1, None, None].expand(-1, 3, 4, 4),
    )
    in_w, in_z = faces.path_lengths(model, 8)
    assert in_w == pytest.approx(8.0, rel=0.01), "eight features, each goes from 1 to 0"
    assert in_z != pytest.approx(in_w, rel=0.01), "an arc is longer"


def test_all_scores_of_a_tiny_model(pixels):
    torch.manual_seed(0)
    model = StyleGAN(latent_size=8, w_size=6, mapping=2, widths=(8, 6, 4)).eval()
    drawn = (255 * model.sample(40, faces.SEED)).round().byte()
    data = SimpleNamespace(images=drawn[:30], held_out_images=drawn[30:])
    scores = faces.face_scores(model, data, samples=60, pairs=4)
    assert scores["samples"] == 60 and scores["frechet"] < scores["frechet_few"], "few look farther away"
    assert 0 <= scores["precision"] <= 1 and scores["path_w"] > 0
    assert scores["near_copies"] > 0.4, "half of the samples are the training pictures themselves"
