"""The training recipes: how each model is trained, a row each, the only place where sizes and rates are written."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stage:
    """A stretch of training on one mixture of sources; a source that is not named has weight 1."""

    share: float  # of all steps
    length: int  # tokens in a row
    rows: int  # in a batch
    mixture: dict = field(default_factory=dict)


@dataclass(frozen=True)
class TextRecipe:
    name: str
    family: str  # gpt2, lstm or ngram
    model: dict  # constructor arguments, by the architecture's own names
    vocab_size: int = 6144
    steps: int = 0
    stages: tuple[Stage, ...] = ()
    learning_rate: float = 0.0
    weight_decay: float = 0.1
    warmup: int = 100  # steps
    decay: float = 0.4  # share of the steps, at the end, over which the rate falls to zero
    recast: tuple[str, ...] = ()  # sources whose stories are told of others on every pass
    packed: bool = False  # rows hold whole stories, each of which sees itself alone; else they are cut from a stream
    dropout: float = 0.0
    teaching: float = 0.0  # weight of the teacher's probabilities; the teacher is the model of the recipe NAME/teacher
    seed: int = 0


@dataclass(frozen=True)
class PictureRecipe:
    """What the training recipes of all models of pictures have."""

    name: str
    network: str  # "module:class"
    model: dict = field(default_factory=dict)  # constructor arguments
    epochs: float = 10  # passes over the training pictures
    batch: int = 128
    learning_rate: float = 1e-3
    rise: int = 0  # steps, at the beginning, over which the rate rises
    decay: float = 0.0  # share of the steps, at the end, over which the rate falls to zero
    ema: float = 0.0  # the saved weights are a moving average with this decay; 0: the last ones
    score_steps: int = 0  # the digit Frechet distance is measured every so many steps; 0: never
    patience: int = 0  # stop early when that many scores in a row were no better; 0: never
    seed: int = 0
    data: str = "shared.data.digits:read_digits"  # reads the pictures from a folder


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


@dataclass(frozen=True)
class FlowRecipe(PictureRecipe):
    family: str = "flow"


@dataclass(frozen=True)
class SentimentRecipe(PictureRecipe):
    family: str = "sentiment"  # or naive-bayes, which is counted and has no steps
    data: str = "shared.training.sentiment:read_encoded"
    weight_decay: float = 0.1
    drop_words: float = 0.2  # share of pieces that are unknown in a step
    label_smoothing: float = 0.1


@dataclass(frozen=True)
class AutoencoderRecipe(PictureRecipe):
    family: str = "autoencoder"
    data: str = "shared.data.emoji:read_large"
    noise: float = 0.25  # standard deviation of what is added to the latents, at most
    edges: float = 0.5  # weight of the differences between neighbouring pixels; half of it in pictures half as large


@dataclass(frozen=True)
class TextToImageRecipe(PictureRecipe):
    family: str = "text-to-image"
    data: str = "shared.data.emoji_scenes:read_scenes"
    drop_caption: float = 0.1  # share of pictures that come without their caption, for classifier-free guidance
    pairs: int = 131_072  # pictures of two things that are kept, at most


# Stories for four-year-olds are the aim; fables and old novels in the first half teach words and syntax that 16 MB
# of them do not hold. Then it is simple and modern stories only.
NO_MORE = {"tinystories_more": 0.0, "tinystories_more_truecased": 0.0, "fables": 0.0, "children_books": 0.0}
STORIES = {"tinystories": 0.92, "picture_books": 0.08, **NO_MORE}
MORE_TALES = {"tinystories": 0.67, "tinystories_more": 0.155, "tinystories_more_truecased": 0.095}
MORE_STORIES = {**MORE_TALES, "picture_books": 0.08, "fables": 0.0, "children_books": 0.0}
STORIES_AND_NOVELS = {
    **{name: round(0.78 * share, 3) for name, share in MORE_TALES.items()},
    **{"picture_books": 0.05, "fables": 0.08, "children_books": 0.15},
}

# The tanh GELU is GPT-2's own, in one fused operation.
GPT2_SIZES = {"n_positions": 512, "activation_function": "gelu_pytorch_tanh"}

TEXT = (
    TextRecipe(
        "ngram-stories",
        "ngram",
        model={"order": 5, "keep": [1, 1, 1, 2, 2]},  # n-grams seen less often than this are not stored, by order
        stages=(Stage(1.0, 0, 0, STORIES),),
    ),
    TextRecipe(
        "lstm-stories",
        "lstm",
        model={"width": 384, "layers": 2},
        steps=800,
        stages=(Stage(1.0, 128, 64, STORIES),),
        learning_rate=3e-3,
    ),
    # A larger network, which nobody loads but its pupil. It begins to know the stories by heart, which the dropout and
    # the kept best are against.
    TextRecipe(
        "gpt2-stories/teacher",
        "gpt2",
        model=GPT2_SIZES | {"n_embd": 768, "n_layer": 8, "n_head": 12},
        steps=1760,
        stages=(Stage(0.5, 512, 64, STORIES_AND_NOVELS), Stage(0.5, 512, 64, MORE_STORIES)),
        learning_rate=3e-3,
        weight_decay=0.5,
        warmup=80,
        decay=0.55,
        recast=tuple(MORE_TALES),
        packed=True,
        dropout=0.2,
    ),
    TextRecipe(
        "gpt2-stories",
        "gpt2",
        model=GPT2_SIZES | {"n_embd": 448, "n_layer": 7, "n_head": 7},
        steps=2760,
        stages=(Stage(0.5, 512, 48, STORIES_AND_NOVELS), Stage(0.5, 512, 48, MORE_STORIES)),
        learning_rate=4e-3,
        weight_decay=0.15,
        warmup=80,
        decay=0.55,
        recast=tuple(MORE_TALES),
        packed=True,
        dropout=0.1,
        teaching=0.8,
    ),
)

GAN, VAE = "shared.models.gan:", "shared.models.vae:"
# The same small networks for every loss: many updates of a small one come closer to the digits than few of a large one.
CONV = {"latent_size": 64, "width": 64}
CONV_RUN = {"epochs": 14, "decay": 0.5, "ema": 0.999}

DIGITS = (
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
    FlowRecipe(
        "nice-mnist", "shared.models.flow:NICE", epochs=8, batch=64, learning_rate=3e-3, rise=50, decay=0.7, ema=0.99
    ),
    FlowRecipe(
        "glow-mnist", "shared.models.flow:Glow", epochs=6, batch=32, learning_rate=3e-3, rise=50, decay=0.8, ema=0.995
    ),
)

# For a GPU: the rates of the bundled weights, which took 80 and 330 seconds of an H100. On a processor smaller batches
# are as good, `--set batch=32`, and nights are long.
EMOJI = (
    AutoencoderRecipe(
        "emoji-diffusion/vae",
        "diffusers:AutoencoderTiny",
        {
            "encoder_block_out_channels": [64, 64, 64, 64],
            "decoder_block_out_channels": [64, 64, 64, 64],
            # Most of the depth is where the pictures are small: at 128x128 it would take three quarters of the time.
            "num_encoder_blocks": [0, 1, 2, 4],
            "num_decoder_blocks": [6, 3, 1, 0],
            "latent_channels": 12,
            "upsampling_scaling_factor": 2,
        },
        epochs=76,
        batch=128,
        learning_rate=1e-3,
        rise=200,
        decay=0.75,
        ema=0.999,
    ),
    TextToImageRecipe(
        "emoji-diffusion",
        "shared.training.text_to_image:PromptedDenoiser",
        {
            "text": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 3, "num_attention_heads": 4},
            # Words are looked at where the latents are 8x8; 16x16 is for convolutions.
            "unet": {
                "sample_size": 16,
                "in_channels": 12,
                "out_channels": 12,
                "block_out_channels": [128, 256],
                "layers_per_block": 1,
                "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
                "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
                "attention_head_dim": 8,  # that many heads; the name is diffusers' own
                # The prompt as one vector, too, which scales and shifts every layer, like the time does.
                "addition_embed_type": "text",
                "addition_embed_type_num_heads": 4,
                "resnet_time_scale_shift": "scale_shift",
            },
        },
        epochs=300,
        batch=256,
        learning_rate=1.2e-3,
        rise=300,
        decay=0.7,
        ema=0.9985,
    ),
)

PLANE = (
    FlowRecipe(
        "moons-flow",
        "shared.models.plane_flow:PlaneFlow",
        {"couplings": 8, "width": 24},
        family="plane-flow",
        data="shared.data.moons:read_moons",
        epochs=60,
        batch=512,
        learning_rate=5e-3,
        decay=0.8,
        ema=0.99,
    ),
)

REVIEWS = (
    SentimentRecipe(
        "naive-bayes-reviews",
        "shared.models.sentiment:NaiveBayes",
        {"smoothing": 1.0, "fewest": 1},
        family="naive-bayes",
    ),
    SentimentRecipe(
        "lstm-reviews",
        "shared.models.sentiment:LSTMClassifier",
        {"vocab_size": 8000, "width": 128},
        epochs=12,
        batch=64,
        learning_rate=1e-3,
        decay=0.7,
        ema=0.995,
    ),
    SentimentRecipe(
        "bert-reviews",
        "shared.training.sentiment:encoder",
        {"vocab_size": 8000, "dim": 128, "n_layers": 2, "n_heads": 4, "hidden_dim": 256, "dropout": 0.3},
        epochs=14,
        batch=64,
        learning_rate=1e-3,
        decay=0.7,
        ema=0.995,
    ),
)

RECIPES = (*TEXT, *DIGITS, *EMOJI, *PLANE, *REVIEWS)


def recipe(name):
    """The recipe of that name; SystemExit with the names there are."""
    for row in RECIPES:
        if row.name == name:
            return row
    raise SystemExit(f"There is no recipe {name!r}. There is: {', '.join(row.name for row in RECIPES)}.")
