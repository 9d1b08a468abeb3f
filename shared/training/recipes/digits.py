"""How the models of handwritten digits are trained: judge, GANs, VAEs, diffusion."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class ClassifierRecipe(PictureRecipe):
    family: str = "classifier"
    weight_decay: float = 1e-2
    shift: float = 0.1  # augmentation: moved by up to this share of the picture,
    turn: float = 12.0  # turned by up to these degrees
    scale: float = 0.1  # and enlarged or made smaller by up to this share


@dataclass(frozen=True)
class GANRecipe(PictureRecipe):
    """The known remedies for what goes wrong are fields here; what each of them does is measured in remedies.json."""

    family: str = "gan"
    loss: str = "bce"  # bce, lsgan, hinge or wgan-gp
    batch: int = 64
    learning_rate: float = 2e-4
    beta1: float = 0.5  # Adam's; with 0.9 the two networks chase each other (Radford et al., 2015)
    critic_steps: int = 1  # discriminator steps for each generator step
    label_smoothing: float = 0.0  # real pictures are 1 - this, not 1 (bce only; Salimans et al., 2016)
    feature_matching: float = 0.0  # weight of the distance between mean features (Salimans et al., 2016)
    gradient_penalty: float = 10.0  # wgan-gp only
    r1: float = 0.0  # weight of the squared gradient at real pictures, which smooths D (Mescheder et al., 2018)
    generator_rate: float = 1.0  # the generator's learning rate, in units of the discriminator's
    shift: int = 0  # real and generated pictures are moved by up to this many pixels (Zhao et al., 2020)


@dataclass(frozen=True)
class VAERecipe(PictureRecipe):
    family: str = "vae"
    beta: float = 1.0  # weight of the KL; above 1: beta-VAE (Higgins et al., 2017)
    warmup: float = 0.0  # share of the steps over which that weight rises from 0
    binary: bool = False  # pixels are drawn anew, black or white, at every step
    adversarial: float = 0.0  # weight of a discriminator's feature distance and judgement (Larsen et al., 2015)


@dataclass(frozen=True)
class DiffusionRecipe(PictureRecipe):
    family: str = "diffusion"
    drop_label: float = 0.1  # share of pictures whose digit is not told, for classifier-free guidance


GAN, VAE = "shared.models.gan:", "shared.models.vae:"
# The same small networks for every loss: many updates of a small one come closer to the digits than few of a large one.
CONV = {"latent_size": 64, "width": 64}
CONV_RUN = {"epochs": 14, "decay": 0.5, "ema": 0.999}

ROWS = (
    ClassifierRecipe(
        "digit-judge", "shared.models.classifier:DigitClassifier", epochs=10, batch=128, decay=1.0, ema=0.998
    ),
    GANRecipe("gan-mnist", f"{GAN}MLPGAN", epochs=30, beta1=0.9),
    GANRecipe("dcgan-mnist", f"{GAN}ConvGAN", CONV | {"norm": "batch"}, **CONV_RUN),
    GANRecipe("lsgan-mnist", f"{GAN}ConvGAN", CONV | {"norm": "batch"}, **CONV_RUN, loss="lsgan"),
    GANRecipe("wgan-gp-mnist", f"{GAN}ConvGAN", CONV | {"norm": "layer"}, **CONV_RUN, loss="wgan-gp", critic_steps=3),
    GANRecipe(
        "hinge-mnist", f"{GAN}ConvGAN", CONV | {"norm": "spectral"}, **CONV_RUN, loss="hinge", learning_rate=4e-4
    ),
    GANRecipe(
        "cgan-mnist",
        f"{GAN}ConvGAN",
        CONV | {"norm": "spectral", "conditional": True},
        **CONV_RUN,
        loss="hinge",
        learning_rate=4e-4,
    ),
    VAERecipe("vae-mnist", f"{VAE}MLPVAE", epochs=50),
    VAERecipe("vae2d-mnist", f"{VAE}MLPVAE", {"latent_size": 2, "hidden": [512, 256]}, epochs=60, decay=0.5),
    VAERecipe("conv-vae-mnist", f"{VAE}ConvVAE", epochs=14, decay=0.5, ema=0.999),
    VAERecipe("beta-vae-mnist", f"{VAE}ConvVAE", epochs=5, decay=0.5, beta=4.0, ema=0.999),
    VAERecipe("vae-gan-mnist", f"{VAE}ConvVAE", epochs=5, decay=0.5, adversarial=1.0, ema=0.999),
    VAERecipe("ladder-vae-mnist", f"{VAE}LadderVAE", epochs=9, decay=0.6, warmup=0.2, binary=True, ema=0.999),
    DiffusionRecipe(
        "ddpm-mnist", "shared.models.digit_diffusion:DigitDiffusion", epochs=14, batch=64, decay=0.7, ema=0.999
    ),
)
