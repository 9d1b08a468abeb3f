"""StyleGAN: its modulated convolution against the paper's, styles, mixing, noise, levels, all with tiny networks."""

import pytest
import torch
import torch.nn.functional as F

from shared.models.emoji_classifier import EmojiClassifier
from shared.models.stylegan import DigitStyleGAN, Modulated, StyleGAN, normalised, spread

TINY = {"latent_size": 8, "w_size": 8, "mapping": 2}


def tiny(**changes):
    torch.manual_seed(0)
    model = StyleGAN(**TINY | {"widths": (8, 6, 4), "grows": True} | changes)
    with torch.no_grad():
        for conv in model.generator.convs:
            conv.strength.fill_(0.3)
        model.w_avg.copy_(model.mean_styles())
    return model.eval()


def digits():
    torch.manual_seed(0)
    model = DigitStyleGAN(8, 8, 2, (8, 8, 6, 4))
    model.w_avg.copy_(model.mean_styles())
    return model.eval()


@pytest.mark.parametrize("up", [False, True], ids=["same size", "larger"])
def test_scaling_what_goes_in_and_out_is_modulating_the_weights(up):
    """Equations 1 and 3, one picture at a time, by weights of its own."""
    torch.manual_seed(0)
    layer, x, w = Modulated(5, 4, 3, 8, up).eval(), torch.randn(2, 5, 4 if up else 8, 4 if up else 8), torch.randn(2, 3)
    with torch.no_grad():
        layer.bias.normal_()
        s, d = layer.styles(w)
        made = layer(x, s, d, None)
        x = x / x.square().mean((1, 2, 3), keepdim=True).sqrt()
        for i in range(2):
            own = layer.weight * layer.gain * s[i][None, :, None, None]
            own = own / (own.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
            if up:
                wide = F.conv_transpose2d(x[i : i + 1], own.transpose(0, 1), stride=2)
                y = F.conv2d(wide.transpose(0, 1), torch.ones(1, 1, 2, 2)).transpose(0, 1)
            else:
                y = F.conv2d(x[i : i + 1], own, padding=1)
            wanted = F.leaky_relu(y + layer.bias[:, None, None], 0.2) * 2**0.5
            torch.testing.assert_close(made[i : i + 1], wanted, atol=1e-5, rtol=1e-4)


def test_a_demodulated_layer_keeps_the_width_of_noise():
    torch.manual_seed(0)
    layer = Modulated(64, 64, 16, 16, up=False)
    with torch.no_grad():
        s, d = layer.styles(3 * torch.randn(50, 16))
        x = torch.randn(50, 64, 16, 16)
        out = F.conv2d(x * s[:, :, None, None], layer.weight * layer.gain, padding=1) * d[:, :, None, None]
    assert out[:, :, 1:-1, 1:-1].std().item() == pytest.approx(1, abs=0.05)


def test_pictures_do_not_grow_through_the_layers():
    """Weights of one sign add up what demodulation takes for independent."""
    model = tiny()
    with torch.no_grad():
        for conv in model.generator.convs:
            conv.weight.abs_()
        assert model.generator(model.latents([1, 2])).abs().max() < 100


def test_a_seed_is_one_picture_alone_and_among_others():
    model = tiny()
    pictures = model.sample(3, seed=5)
    assert pictures.shape == (3, 3, 16, 16) and 0 <= pictures.min() and pictures.max() <= 1
    torch.testing.assert_close(model.sample(1, seed=7), pictures[2:])
    with torch.no_grad():
        ws = model.every_layer(model.style(model.latents([3, 4])))
        both = model.draw(ws, model.noise_of([1, 2]))
        torch.testing.assert_close(model.draw(ws[1:], model.noise_of([2])), both[1:])
        assert not torch.allclose(model.draw(ws[1:], model.noise_of([9])), both[1:])
        assert not torch.allclose(model.draw(ws[1:], model.no_noise()), both[1:])


def test_psi_goes_from_the_mean_to_the_style():
    model = tiny()
    with torch.no_grad():
        z = model.latents([1, 2])
        torch.testing.assert_close(model.style(z, psi=0), model.w_avg.expand(2, -1))
        torch.testing.assert_close(model.style(z), model.generator.mapping(z))
        half = (model.w_avg + model.generator.mapping(z)) / 2
        torch.testing.assert_close(model.style(z, psi=0.5), half)
    assert normalised(torch.tensor([[3.0, 4.0]])).square().mean() == pytest.approx(1, abs=1e-5)


def test_a_mixture_takes_its_layers_from_two_latents():
    model = tiny()
    generator = model.generator
    with torch.no_grad():
        one, two = model.latents([1]), model.latents([2])
        mixed = generator(torch.cat([one, two]), cut=torch.tensor([2]))
        first, second = generator.mapping(one), generator.mapping(two)
        ws = torch.stack([first, first, second, second, second], 1)
        torch.testing.assert_close(mixed, generator.synthesis(ws))
        none = generator(torch.cat([one, two]), cut=torch.tensor([generator.layers]))
        torch.testing.assert_close(none, generator(one))


def test_a_level_that_is_not_faded_in_yet_is_the_one_before_enlarged():
    model = tiny()
    x = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        ws = model.every_layer(model.style(model.latents([1, 2])))
        small = model.generator.synthesis(ws, level=1)
        assert small.shape == (2, 3, 8, 8)
        wanted = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        torch.testing.assert_close(model.generator.synthesis(ws, level=2, alpha=0.0), wanted)
        known = model.discriminator(F.avg_pool2d(x, 2), level=1)
        torch.testing.assert_close(model.discriminator(x, level=2, alpha=0.0), known)
        assert not torch.allclose(model.discriminator(x), known)


def test_the_discriminator_sees_how_different_a_group_is():
    x = torch.zeros(8, 2, 3, 3)
    x[:4] = torch.tensor([1.0, 1.0, -1.0, -1.0])[:, None, None, None]
    assert spread(x).shape == (8, 1, 3, 3)
    assert spread(x)[:, 0, 0, 0].tolist() == pytest.approx([1.0] * 4 + [0.0] * 4, abs=1e-3)
    assert spread(x[:3]).max() < 1e-3, "no group, no difference"


def test_digits_are_drawn_by_class_and_truncated_by_length():
    model = digits()
    pictures = model.sample(4, seed=3, digit=7)
    assert pictures.shape == (4, 1, 28, 28) and model.conditional
    assert not torch.allclose(model.sample(4, seed=3, digit=1), pictures)
    with torch.no_grad():
        z, seven = model.latents([3], truncation=0.25), torch.tensor([7])
        wanted = model.draw(model.every_layer(model.style(model.latents([3]), seven, 0.25)))[:, :, 2:30, 2:30]
        torch.testing.assert_close(model.decode(z, seven), wanted, atol=1e-5, rtol=1e-4)
        shares = F.one_hot(seven, 10).float()
        torch.testing.assert_close(model.decode(z, shares), wanted, atol=1e-5, rtol=1e-4)
        assert model.style(model.latents([3]), seven, 0.0).allclose(model.w_avg[7:8])
    with torch.no_grad():
        both = model.judged(pictures, torch.full((4,), 7))
        torch.testing.assert_close(model.judged(pictures[:1], seven), both[:1])
        torch.testing.assert_close(model.by_label(pictures)[:, 7], both)


def test_the_judge_of_faces_tells_style_and_name():
    judge = EmojiClassifier(styles=6, names=9, widths=(4, 4, 4, 4), features=5).eval()
    styles, names, features = judge.judge(torch.rand(3, 3, 64, 64), batch=2)
    assert (styles.shape, names.shape, features.shape) == ((3, 6), (3, 9), (3, 5))
    torch.testing.assert_close(names.sum(1), torch.ones(3))
