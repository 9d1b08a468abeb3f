"""The network that translates between two styles of pictures."""

import pytest
import torch

from shared.models.cyclegan import BEYOND, CycleGAN, Generator, PatchDiscriminator, load


def tiny():
    torch.manual_seed(0)
    return CycleGAN(("noto", "twemoji"), width=4, blocks=1).eval()


def test_pictures_go_there_and_back_in_their_range():
    model, pictures = tiny(), torch.rand(3, 3, 64, 64)
    there, back = model.convert(pictures), model.convert(pictures, back=True)
    assert there.shape == back.shape == pictures.shape and not torch.equal(there, back)
    assert 0 <= there.min() and there.max() <= 1
    assert torch.allclose(model.convert(pictures[1:2]), there[1:2], atol=1e-5), "the same alone as among others"
    assert model.convert(torch.rand(1, 3, 40, 96)).shape == (1, 3, 40, 96), "any multiple of 4"


def test_pictures_begin_light_and_end_within_reach():
    model = Generator(4, 1)
    torch.nn.init.zeros_(model.body.head.weight)
    torch.nn.init.zeros_(model.body.head.bias)
    made = model(torch.rand(1, 3, 64, 64))
    torch.testing.assert_close(made, BEYOND * torch.tanh(torch.ones_like(made)))
    torch.nn.init.constant_(model.body.head.bias, 50.0)
    assert model(torch.rand(1, 3, 64, 64)).max().item() == pytest.approx(BEYOND)


def test_smooth_is_the_mean_of_four_moved_pictures():
    model, pictures = tiny(), torch.rand(2, 3, 16, 16)
    assert not torch.equal(model.convert(pictures), model.convert(pictures, smooth=False))
    white = torch.nn.functional.pad(2 * pictures - 1, (3, 5, 2, 6), value=1.0)
    moved = [white[:, :, 2 - down : 22 - down, 3 - right : 23 - right] for down in (0, 1) for right in (0, 1)]
    with torch.no_grad():
        made = [model.there(one) for one in moved]
    parts = [one[:, :, i // 2 : i // 2 + 16, i % 2 : i % 2 + 16] for i, one in enumerate(made)]
    torch.testing.assert_close(model.convert(pictures), ((sum(parts) / 4 + 1) / 2).clamp(0, 1))


def test_the_pixels_of_a_square_begin_alike():
    made = tiny().convert(torch.rand(1, 3, 16, 16), smooth=False)
    assert torch.allclose(made[..., ::2, ::2], made[..., 1::2, 1::2]) and made.std() > 0


def test_the_discriminator_sees_patches_of_34_pixels():
    judge = PatchDiscriminator(4).double()
    for place, part in enumerate(judge.body):
        if isinstance(part, torch.nn.InstanceNorm2d):  # it looks at the whole picture
            judge.body[place] = torch.nn.Identity()
    picture = torch.rand(1, 3, 64, 64, dtype=torch.float64, requires_grad=True)
    scores = judge(picture)
    assert scores.shape == (1, 1, 14, 14)
    (gradient,) = torch.autograd.grad(scores[0, 0, 7, 7], picture)
    seen = gradient[0].abs().sum(0).nonzero()
    assert (seen.max(0).values - seen.min(0).values + 1).tolist() == [34, 34]


def test_a_model_comes_back_from_its_folder(tmp_path):
    model = tiny()
    model.half().save_pretrained(tmp_path)
    again = load(tmp_path)
    assert again.styles == ("noto", "twemoji")
    pictures = torch.rand(2, 3, 64, 64)
    assert torch.allclose(again.convert(pictures), model.float().convert(pictures), atol=1e-5)


def test_a_bundled_one_is_small_enough():
    size = 2 * sum(p.numel() for p in CycleGAN().parameters())
    assert size < 9_000_000
