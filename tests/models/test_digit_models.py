"""The networks that make digits: shapes, seeds, and formulas against known answers. Tiny and untrained."""

import pytest
import torch

from shared.models.classifier import DigitClassifier
from shared.models.digit_diffusion import SCHEDULERS, DigitDiffusion
from shared.models.flow import NICE, Glow
from shared.models.gan import MLPGAN, ConvGAN
from shared.models.vae import MLPVAE, ConvVAE, LadderVAE, gaussian_kl
from shared.training.gan import LOSSES, gradient_penalty, shifted

MODELS = {
    "mlp gan": lambda: MLPGAN((8, 16, 784), (784, 16, 1)),
    "conv gan": lambda: ConvGAN(8, 8, "batch"),
    "conditional gan": lambda: ConvGAN(8, 8, "spectral", conditional=True),
    "mlp vae": lambda: MLPVAE(4, (16,)),
    "conv vae": lambda: ConvVAE(4, 8, 16),
    "ladder vae": lambda: LadderVAE(8, 4, 2, 2),
    "diffusion": lambda: DigitDiffusion((32, 32), 1),
    "nice": lambda: NICE(2, (8,)),
    "glow": lambda: Glow((1, 1), (8, 8)),
}
VAES = [name for name in MODELS if "vae" in name]


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]().eval()


def vae(name):
    torch.manual_seed(0)
    found = MODELS[name]().eval()
    with torch.no_grad():
        for parameter in found.parameters():  # some begin at zero, which would hide mistakes
            parameter.add_(0.03 * torch.randn_like(parameter))
    return found


def test_samples_are_pictures(model):
    pictures = model.sample(3, seed=5)
    assert pictures.shape == (3, 1, 28, 28) and pictures.dtype == torch.float32
    assert 0 <= pictures.min() and pictures.max() <= 1


def test_a_picture_is_the_same_alone_and_in_a_grid(model):
    torch.testing.assert_close(model.sample(3, seed=5)[2:], model.sample(1, seed=7), atol=1e-5, rtol=1e-4)


def test_truncation_zero_leaves_one_style(model):
    pictures = model.sample(2, seed=5, digit=3 if model.conditional else None, truncation=0.0)
    torch.testing.assert_close(pictures[0], pictures[1], atol=1e-5, rtol=1e-4)


def test_the_digit_does_not_change_the_style():
    model = ConvGAN(8, 8, conditional=True)
    assert model.labels(range(4), 7).tolist() == [7, 7, 7, 7]
    assert len(set(model.labels(range(100)).tolist())) == 10
    assert torch.equal(model.latents([3]), model.latents([3]))


def test_saved_weights_come_back(model, tmp_path):
    import shared.models.digit_diffusion as diffusion

    model.save_pretrained(tmp_path)
    if isinstance(model, DigitDiffusion):
        again = diffusion.load(tmp_path)
    else:
        again = type(model).from_pretrained(str(tmp_path), strict=True).eval()
    assert torch.equal(again.sample(2, seed=1), model.sample(2, seed=1))


# ---- GAN -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, real, fake, discriminator, generator",
    [
        ("bce", 0.0, 0.0, 2 * 0.693147, 0.693147),  # -2 log 1/2
        ("lsgan", 1.0, 0.0, 0.0, 0.5),
        ("lsgan", 0.0, 1.0, 1.0, 0.0),
        ("hinge", 2.0, -2.0, 0.0, 2.0),
        ("hinge", -2.0, 2.0, 6.0, -2.0),
        ("wgan-gp", 3.0, 1.0, -2.0, -1.0),
    ],
)
def test_losses(name, real, fake, discriminator, generator):
    d, g = LOSSES[name]
    real, fake = torch.full((4,), real), torch.full((4,), fake)
    assert d(real, fake).item() == pytest.approx(discriminator, abs=1e-5)
    assert g(fake).item() == pytest.approx(generator, abs=1e-5)


def test_label_smoothing_is_cross_entropy_with_soft_labels():
    real, fake = torch.randn(8), torch.randn(8)
    soft = torch.nn.functional.binary_cross_entropy_with_logits
    wanted = soft(real, torch.full((8,), 0.9)) + soft(fake, torch.zeros(8))
    torch.testing.assert_close(LOSSES["bce"][0](real, fake, 0.1), wanted)


def test_gradient_penalty_of_a_plane():
    def plane(images, labels):
        return 3 * images.flatten(1)[:, 0]  # its gradient is 3 long everywhere

    real, fake = torch.rand(2, 5, 1, 28, 28)
    penalty = gradient_penalty(plane, real, fake, None, torch.Generator().manual_seed(0))
    assert penalty.item() == pytest.approx(4.0)  # (3 - 1)^2


def test_shifted_moves_pictures_and_fills_with_paper():
    images = torch.full((50, 1, 28, 28), -1.0)
    images[:, :, 14, 14] = 1.0
    moved = shifted(images, 2, torch.Generator().manual_seed(0))
    _, _, rows, columns = (moved == 1).nonzero().unbind(1)
    assert set(rows.tolist()) == set(columns.tolist()) == {12, 13, 14, 15, 16}
    assert (moved == -1).sum() == 50 * (28 * 28 - 1)


# ---- VAE -----------------------------------------------------------------------------------------------------


def test_kl_is_that_of_torch():
    mean, log_variance = torch.randn(2, 5, 3)
    normal = torch.distributions.Normal
    wanted = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(mean, log_variance), wanted)


@pytest.mark.parametrize("name", VAES)
@torch.no_grad()
def test_decoding_the_posterior_mean_is_the_reconstruction(name):
    model, images = vae(name), torch.rand(3, 1, 28, 28)
    mean, log_variance = model.encode(images)
    assert mean.shape == log_variance.shape == (3, model.latent_size)
    logits, kl = model(images, torch.zeros(3, model.latent_size))
    torch.testing.assert_close(model.decode(mean), logits.sigmoid(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(kl, gaussian_kl(mean, log_variance), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", VAES)
@torch.no_grad()
def test_mean_log_weight_is_the_evidence_lower_bound(name):
    """E log p(x, z) / q(z|x) = E log p(x|z) - KL: the draws of `log_weights` against those of `forward`."""
    from shared.models.vae import log_likelihood

    model, images = vae(name), (torch.rand(2, 1, 28, 28) > 0.5).float()
    noise = torch.Generator().manual_seed(0)
    weights = model.log_weights(images, 400, noise).mean(0)
    many = images.repeat(400, 1, 1, 1)
    logits, kl = model(many, torch.randn(800, model.latent_size, generator=noise))
    bounds = (log_likelihood(logits, many) - kl.sum(1)).view(400, 2)
    error = bounds.std(0) / 400**0.5
    assert ((weights - bounds.mean(0)).abs() < 6 * error + 0.05).all()


# ---- diffusion and judge -------------------------------------------------------------------------------------


def test_noising_keeps_the_variance():
    model = DigitDiffusion((32, 32), 1)
    black = torch.ones(1, 1, 28, 28)
    for t in (0, 500, 999):
        alpha = model.alphas_cumprod[t]
        noise = torch.randn(1, 1, 28, 28)
        torch.testing.assert_close(model.noised(black, t, noise), alpha.sqrt() + (1 - alpha).sqrt() * noise)
    assert model.alphas_cumprod[0] > 0.999 and model.alphas_cumprod[-1] < 1e-4


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_finds_a_picture_that_the_network_knows(scheduler):
    """With a network that always predicts one picture, each scheduler must end at that picture."""
    model = DigitDiffusion((32, 32), 1).eval()
    wanted = torch.rand(1, 1, 28, 28)

    def guided(x, t, labels, guidance):
        alpha = model.alphas_cumprod[t]
        noise = (x - alpha.sqrt() * (2 * wanted - 1)) / (1 - alpha).sqrt()
        return alpha.sqrt() * noise - (1 - alpha).sqrt() * (2 * wanted - 1)

    model.guided = guided
    steps = list(model.steps(2, seed=3, n_steps=8, scheduler=scheduler))
    assert [step for step, *_ in steps] == list(range(1, 9))
    torch.testing.assert_close(steps[-1][3], wanted.expand(2, -1, -1, -1), atol=0.03, rtol=0)


def test_guidance_one_is_the_network_alone():
    model = DigitDiffusion((32, 32), 1).eval()
    x, t, labels = torch.randn(2, 1, 28, 28), torch.tensor(500), torch.tensor([1, 2])
    with torch.inference_mode():
        told = model(x, t.expand(2), labels)
        untold = model(x, t.expand(2), torch.tensor([10, 10]))
        torch.testing.assert_close(model.guided(x, t, labels, 1.0), told)
        torch.testing.assert_close(model.guided(x, t, labels, 3.0), untold + 3 * (told - untold), atol=1e-4, rtol=1e-4)


def test_the_judge_gives_chances_and_features():
    judge = DigitClassifier((4, 8, 8), 6)
    probabilities, features = judge.eval().judge(torch.rand(7, 1, 28, 28), batch=3)
    assert features.shape == (7, 6) and features.min() >= 0
    torch.testing.assert_close(probabilities.sum(1), torch.ones(7))
