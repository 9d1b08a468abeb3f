"""Models of handwritten digits: GANs, VAEs, diffusion, and the judge that scores them. All are trained here."""

from shared.core.registry.spec import TRANSFORMERS_FILES, ModelSpec

DIFFUSERS_FILES = ("diffusion_pytorch_model*.safetensors", "*.json")

DIGITS_LICENSE = "MIT code; data CC BY-SA 3.0 (MNIST)"
GAN_PAPER = "Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661"
VAE_PAPER = "Kingma and Welling 2013, Auto-Encoding Variational Bayes, arXiv:1312.6114"


def _digits(
    name: str,
    task: str,
    builder: str,
    title: str,
    mb: int,
    paper: str,
    summary: str,
    files: tuple[str, ...] = TRANSFORMERS_FILES,
) -> ModelSpec:
    return ModelSpec(
        name=name,
        task=task,
        title=title,
        builder=f"shared.models.{builder}",
        license=DIGITS_LICENSE,
        download_mb=mb,
        memory_mb=100 + 10 * mb,
        paper=paper,
        summary=summary,
        bundled=True,
        files=files,
    )


def _gan(name: str, title: str, mb: int, paper: str, summary: str, builder: str = "gan:load_conv") -> ModelSpec:
    return _digits(name, "digit-gan", builder, title, mb, paper, summary)


def _vae(name: str, builder: str, title: str, mb: int, paper: str, summary: str) -> ModelSpec:
    return _digits(name, "digit-vae", f"vae:{builder}", title, mb, paper, summary)


ROWS: tuple[ModelSpec, ...] = (
    _gan(
        "cgan-mnist",
        "Class-conditional GAN",
        1,
        "Miyato and Koyama 2018, cGANs with Projection Discriminator, arXiv:1802.05637",
        "Draws the digit it is asked for: class-conditional batch normalisation, a projection discriminator with "
        "spectral normalisation, the hinge loss, and averaged weights.",
    ),
    _gan(
        "hinge-mnist",
        "Hinge GAN",
        1,
        "Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, arXiv:1802.05957",
        "The convolutional GAN with the hinge loss and a discriminator whose layers cannot stretch by more than 1.",
    ),
    _gan(
        "stylegan-mnist",
        "StyleGAN",
        1,
        "Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN, arXiv:1912.04958; Karras et al. "
        "2018, Progressive Growing of GANs, arXiv:1710.10196",
        "Draws the digit it is asked for, with a style of its own for every layer: mapping network, modulated "
        "convolutions, noise; grown from 4x4.",
        builder="stylegan:load_digits",
    ),
    _gan(
        "wgan-gp-mnist",
        "Wasserstein GAN",
        1,
        "Gulrajani et al. 2017, Improved Training of Wasserstein GANs, arXiv:1704.00028",
        "The convolutional GAN with a critic that estimates the Wasserstein distance, held smooth by a penalty on its "
        "gradient.",
    ),
    _gan(
        "lsgan-mnist",
        "Least-squares GAN",
        1,
        "Mao et al. 2016, Least Squares Generative Adversarial Networks, arXiv:1611.04076",
        "The convolutional GAN with squared errors in the place of logarithms.",
    ),
    _gan(
        "dcgan-mnist",
        "DCGAN",
        1,
        "Radford et al. 2015, Unsupervised Representation Learning with DCGANs, arXiv:1511.06434",
        "The convolutional GAN with batch normalisation in both networks and the original loss.",
    ),
    _gan(
        "gan-mnist",
        "Textbook GAN",
        6,
        GAN_PAPER,
        "Two plain networks of fully connected layers, as the first articles teach it: the baseline.",
        builder="gan:load_mlp",
    ),
    _vae(
        "conv-vae-mnist",
        "load_conv",
        "Convolutional VAE",
        2,
        VAE_PAPER,
        "20 latents; convolutions see neighbouring pixels together, so it needs fewer nats than the textbook's.",
    ),
    _vae(
        "vae-mnist",
        "load_mlp",
        "Textbook VAE",
        1,
        VAE_PAPER,
        "Fully connected, 784-400-20-400-784, as the articles teach it.",
    ),
    _vae(
        "beta-vae-mnist",
        "load_conv",
        "Beta-VAE",
        2,
        "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework",
        "The convolutional VAE with its KL counted four times: fewer latents carry more, and pictures blur.",
    ),
    _vae(
        "vae-gan-mnist",
        "load_conv",
        "VAE-GAN",
        2,
        "Larsen et al. 2015, Autoencoding beyond pixels using a learned similarity metric, arXiv:1512.09300",
        "The convolutional VAE trained against a discriminator too, which objects to blur.",
    ),
    _vae(
        "vae2d-mnist",
        "load_mlp",
        "VAE with a map",
        2,
        VAE_PAPER,
        "Two latents only, so that everything it can draw lies on one map.",
    ),
    _vae(
        "ladder-vae-mnist",
        "load_ladder",
        "Ladder VAE",
        4,
        "Sonderby et al. 2016, Ladder Variational Autoencoders, arXiv:1602.02282; Child 2020, arXiv:2011.10650",
        "Four layers of latents with learned priors, from the whole digit down to strokes; trained on black-and-white "
        "pixels for the likelihood.",
    ),
    _digits(
        "ddpm-mnist",
        "digit-diffusion",
        "digit_diffusion:load",
        "Diffusion",
        2,
        "Ho et al. 2020, Denoising Diffusion Probabilistic Models, arXiv:2006.11239",
        "Takes the noise out of a picture, step by step; a small UNet that knows the digit it is asked for.",
        files=DIFFUSERS_FILES,
    ),
    _digits(
        "digit-judge",
        "digit-judge",
        "classifier:load",
        "Judge of the digits",
        1,
        "Simonyan and Zisserman 2015, arXiv:1409.1556; Heusel et al. 2017, arXiv:1706.08500",
        "A classifier that reads digits; the distances between digits are measured on its features. With it come 200 "
        "digits of MNIST that nothing was trained on, for eyes that compare.",
    ),
)
