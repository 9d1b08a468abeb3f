"""The one list of models: a row per model, nothing is loaded or imported here.

A new model is a new row in SPECS (and, only if the architecture is new, a builder under shared/models/).
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from shared.core.errors import UserError
from shared.core.settings import settings

WEIGHTS = Path(__file__).parents[1] / "weights"  # the bundled models, one folder each

# What a transformers folder needs. One precision of the weights only: many repositories hold the same weights
# several times (fp16, onnx, tflite, pickle), and a pickle runs code when it is opened.
TRANSFORMERS_FILES = ("model.safetensors", "model-*-of-*.safetensors", "*.json", "*.txt")


@dataclass(frozen=True)
class Picture:
    """How a text-to-image model draws best, and what it allows; known before the model is there."""

    steps: int = 20
    guidance: float = 7.5  # 1: none, and one pass of the UNet a step instead of two
    width: int = 512  # pixels
    height: int = 512
    scheduler: str = "DPM++ 2M"  # of shared.engines.diffusion.schedulers.CLASSES
    schedulers: tuple[str, ...] = ("DPM++ 2M", "DDIM", "Euler", "Euler a", "UniPC", "Heun")
    sizes: tuple[int, int, int] = (256, 768, 64)  # smallest, largest, and what a side must be a multiple of
    most_steps: int = 50
    most_guidance: float = 15.0


@dataclass(frozen=True)
class ModelSpec:
    """`name` is the same everywhere: dropdown, recipe, folder under shared/weights/, test id."""

    name: str
    task: str
    title: str
    builder: str  # "module:function"; function(folder: Path, precision: str) -> the ready model
    license: str
    download_mb: int  # megabytes (10^6 bytes) to fetch; for a bundled model, what lies in the checkout
    memory_mb: int  # megabytes while it loads, the most it ever needs; 0: not known before the Hub is asked
    paper: str
    summary: str = ""  # one sentence: what it is, for its card and its tab
    repo: str = ""  # on the Hub; a bundled model gets one from AIGC_HUB_NAMESPACE, see `repo_of`
    revision: str = ""  # a commit; "" is main, and the commit it stood for is recorded with every output
    bundled: bool = False  # the weights are in shared/weights/NAME
    files: tuple[str, ...] = TRANSFORMERS_FILES
    picture: Picture | None = None  # of text-to-image models; goes to the builder as `defaults`
    decoder: str = ""  # the row of the small decoder that goes with it; its folder goes to the builder as `decoder`
    checker: tuple[str, ...] = ()  # files of its safety checker, fetched where the host has it on


DIFFUSERS_FILES = ("diffusion_pytorch_model*.safetensors", "*.json")

DIGITS_LICENSE = "MIT code; data CC BY-SA 3.0 (MNIST)"
GAN_PAPER = "Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661"
VAE_PAPER = "Kingma and Welling 2013, Auto-Encoding Variational Bayes, arXiv:1312.6114"
GPT2_PAPER = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"
STORIES_LICENSE = "MIT code; data CDLA-Sharing-1.0 (TinyStories) and CC BY 4.0 (picture books)"


def _gpt2(name: str, title: str, download_mb: int, memory_mb: int, revision: str = "") -> ModelSpec:
    return ModelSpec(
        name=name,
        task="text",
        title=title,
        builder="shared.models.gpt2:load",
        license="MIT",
        download_mb=download_mb,
        memory_mb=memory_mb,
        paper=GPT2_PAPER,
        repo=f"openai-community/{name}",
        revision=revision,
    )


def _digits(name: str, task: str, builder: str, title: str, mb: int, paper: str, summary: str, **more) -> ModelSpec:
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
        **more,
    )


def _gan(name: str, title: str, mb: int, paper: str, summary: str, builder: str = "gan:load_conv") -> ModelSpec:
    return _digits(name, "digit-gan", builder, title, mb, paper, summary)


def _vae(name: str, builder: str, title: str, mb: int, paper: str, summary: str) -> ModelSpec:
    return _digits(name, "digit-vae", f"vae:{builder}", title, mb, paper, summary)


def _pipeline_files(parts: str, kind: str = "") -> tuple[str, ...]:
    """The files of a diffusers pipeline, each network once: kind is "" or ".fp16"."""
    files = ["model_index.json", "scheduler/scheduler_config.json"]
    for part in parts.split():
        if part.startswith("tokenizer"):
            files += [f"{part}/vocab.json", f"{part}/merges.txt", f"{part}/tokenizer*.json", f"{part}/special*.json"]
        else:
            name = "diffusion_pytorch_model" if part in ("unet", "vae") else "model"
            files += [f"{part}/config.json", f"{part}/{name}{kind}.safetensors"]
    return tuple(files)


def _checker_files(kind: str = "") -> tuple[str, ...]:
    weights = f"safety_checker/model{kind}.safetensors"
    return ("safety_checker/config.json", weights, "feature_extractor/preprocessor_config.json")


SD_PARTS = "unet vae text_encoder tokenizer"
SDXL_PARTS = f"{SD_PARTS} text_encoder_2 tokenizer_2"
DIFFUSION_PAPER = "Rombach et al. 2022, High-Resolution Image Synthesis with Latent Diffusion Models, arXiv:2112.10752"
TURBO_PAPER = "Sauer et al. 2023, Adversarial Diffusion Distillation, arXiv:2311.17042"
TURBO_LICENSE = "Stability AI Community License (free below USD 1 M revenue); Powered by Stability AI"
FREE = ("DPM++ 2M", "DDIM", "Euler", "Euler a", "UniPC", "Heun")  # schedulers for any noise levels


def _drawer(name: str, title: str, repo: str, mb: tuple[int, int], paper: str, summary: str, **more) -> ModelSpec:
    """mb: megabytes to download, and in memory while the largest of its pictures is made."""
    return ModelSpec(
        name=name,
        task="text-to-image",
        title=title,
        builder="shared.models.text_to_image:load",
        repo=repo,
        download_mb=mb[0],
        memory_mb=mb[1],
        paper=paper,
        summary=summary,
        **more,
    )


def _decoder(name: str, title: str, revision: str = "") -> ModelSpec:
    return ModelSpec(
        name=name,
        task="picture-decoder",
        title=title,
        builder="shared.models.text_to_image:load_decoder",
        license="MIT",
        download_mb=10,
        memory_mb=50,
        paper="Bohan 2023, Tiny AutoEncoder for Stable Diffusion, github.com/madebyollin/taesd",
        summary="Makes pixels of latents in a tenth of the time: previews, and results on a processor.",
        repo=f"madebyollin/{name}",
        revision=revision,
        files=("config.json", "diffusion_pytorch_model.safetensors"),
    )


PICTURES: tuple[ModelSpec, ...] = (
    _drawer(
        "emoji-diffusion",
        "Emoji diffusion",
        "",
        (27, 600),
        DIFFUSION_PAPER,
        "A latent diffusion model of 13 million parameters, trained from nothing on emoji: 64x64 pixels, three styles.",
        license="MIT code; trained on Noto (Apache-2.0), Twemoji (CC BY 4.0) and Fluent (MIT) emoji",
        bundled=True,
        files=("*.safetensors", "*.json", "*.txt"),
        picture=Picture(
            steps=6,
            guidance=2.0,
            width=64,
            height=64,
            scheduler="DPM++ 2M",
            schedulers=("DDIM", *(name for name in FREE if name != "DDIM")),
            sizes=(64, 64, 8),
        ),
    ),
    # The model for a processor, from the Hub: four steps, one pass each, and a licence under which anybody may host it.
    _drawer(
        "lcm-dreamshaper-7",
        "LCM Dreamshaper 7",
        "SimianLuo/LCM_Dreamshaper_v7",
        (4265, 5000),
        "Luo et al. 2023, Latent Consistency Models, arXiv:2310.04378",
        "A Stable Diffusion 1.5 that was distilled to need four steps instead of fifty.",
        license="MIT; its base Stable Diffusion 1.5: CreativeML OpenRAIL-M",
        files=_pipeline_files(SD_PARTS),
        checker=_checker_files(),
        decoder="taesd",
        picture=Picture(steps=4, guidance=8.0, scheduler="LCM", schedulers=("LCM",), most_steps=8),
    ),
    _drawer(
        "sd-turbo",
        "SD-Turbo",
        "stabilityai/sd-turbo",
        (2580, 5800),
        TURBO_PAPER,
        "A Stable Diffusion 2.1 that draws in one to four steps.",
        license=TURBO_LICENSE,
        revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
        files=_pipeline_files(SD_PARTS, ".fp16"),
        decoder="taesd",
        picture=Picture(
            steps=2, guidance=1.0, scheduler="Euler", schedulers=("Euler", "Euler a"), most_steps=8, most_guidance=2.0
        ),
    ),
    _drawer(
        "sd-1-5",
        "Stable Diffusion 1.5",
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        (2135, 5000),
        DIFFUSION_PAPER,
        "The model that most others come from; some twenty steps, two passes each: for a GPU.",
        license="CreativeML OpenRAIL-M",
        revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
        files=_pipeline_files(SD_PARTS, ".fp16"),
        checker=_checker_files(".fp16"),
        decoder="taesd",
        picture=Picture(schedulers=FREE),
    ),
    _drawer(
        "sdxl-turbo",
        "SDXL-Turbo",
        "stabilityai/sdxl-turbo",
        (6940, 8500),
        TURBO_PAPER,
        "A Stable Diffusion XL that draws in one to four steps; the largest one here.",
        license=TURBO_LICENSE,
        revision="71153311d3dbb46851df1931d3ca6e939de83304",
        files=_pipeline_files(SDXL_PARTS, ".fp16"),
        decoder="taesdxl",
        picture=Picture(
            steps=2, guidance=1.0, scheduler="Euler a", schedulers=("Euler a", "Euler"), most_steps=8, most_guidance=2.0
        ),
    ),
    _decoder("taesd", "TAESD", "614f76814bbe30edbe2e627ace1c2234c81a2c0e"),
    _decoder("taesdxl", "TAESD for SDXL"),
)

SPECS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="gpt2-stories",
        task="text",
        title="Story GPT-2",
        builder="shared.models.gpt2:load",
        license=STORIES_LICENSE,
        download_mb=27,
        memory_mb=150,
        paper=f"{GPT2_PAPER}; data: Eldan and Li 2023, TinyStories, arXiv:2305.07759",
        summary="A GPT-2 of 13 million parameters: 6 layers, each of which looks back at up to 512 tokens.",
        bundled=True,
    ),
    ModelSpec(
        name="lstm-stories",
        task="text",
        title="Story LSTM",
        builder="shared.models.lstm:load",
        license=STORIES_LICENSE,
        download_mb=10,
        memory_mb=100,
        paper="Hochreiter and Schmidhuber 1997, Long Short-Term Memory; Zaremba et al. 2014, arXiv:1409.2329",
        summary="A recurrent network of 5 million parameters: 2 LSTM layers that carry a state from token to token.",
        bundled=True,
    ),
    ModelSpec(
        name="ngram-stories",
        task="text",
        title="Story n-gram",
        builder="shared.models.ngram:load",
        license=STORIES_LICENSE,
        download_mb=17,
        memory_mb=150,
        paper="Kneser and Ney 1995; Chen and Goodman 1998, An Empirical Study of Smoothing Techniques",
        summary="A table of 1.8 million runs of up to 5 tokens and how often each was seen, smoothed (Kneser-Ney).",
        bundled=True,
    ),
    _gpt2("gpt2", "GPT-2", 548, 700, revision="607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    _gpt2("gpt2-medium", "GPT-2 medium", 1520, 1800),
    _gpt2("gpt2-large", "GPT-2 large", 3247, 3700),
    _gpt2("gpt2-xl", "GPT-2 XL", 6431, 7200),
    ModelSpec(
        name="distilgpt2",
        task="text",
        title="DistilGPT-2",
        builder="shared.models.gpt2:load",
        license="Apache-2.0",
        download_mb=353,
        memory_mb=520,
        paper="Sanh et al. 2019, DistilBERT, a distilled version of BERT, arXiv:1910.01108",
        repo="distilbert/distilgpt2",
    ),
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
        "A classifier that reads digits; the distances between digits are measured on its features.",
    ),
    *PICTURES,
)


def files_of(row: ModelSpec) -> tuple[str, ...]:
    """The files to fetch, as patterns: those of the safety checker only where the host has it on."""
    return row.files + (row.checker if settings().safety_checker else ())


def scores(name: str) -> dict:
    """What `python -m shared.tools.score` measured of a bundled model; {} where it was never measured."""
    file = WEIGHTS / name / "scores.json"
    return json.loads(file.read_text("utf-8")) if "/" not in name and file.exists() else {}


def names(task: str) -> list[str]:
    return [row.name for row in SPECS if row.task == task]


def spec(name: str) -> ModelSpec:
    """The row called `name`, or one made for a Hub id where the host allows any model."""
    for row in SPECS:
        if row.name == name:
            return row
    if settings().allow_any_model and "/" in str(name):
        return any_model_spec(name)
    known = ", ".join(row.name for row in SPECS)
    raise UserError(f"There is no model called “{str(name)[:60]}”; there are: {known}.")


def any_model_spec(repo_id: str) -> ModelSpec:
    """A row for any causal language model of the Hub, by its id OWNER/NAME; its sizes are not known yet."""
    if not settings().allow_any_model:
        raise UserError("This site offers the models in its list; hosts allow others (AIGC_ALLOW_ANY_MODEL).")
    check_id(repo_id)
    return ModelSpec(
        name=repo_id,
        task="text",
        title=repo_id,
        builder="shared.models.gpt2:load",
        license=f"see huggingface.co/{repo_id}",
        download_mb=0,
        memory_mb=0,
        paper="",
        repo=repo_id,
    )


def check_id(repo_id: str) -> None:
    """UserError where this cannot be the name of a repository of the Hub."""
    part = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
    # The Hub forbids -- and .. too; they must not reach the folder name that is made from the id.
    if not re.fullmatch(f"{part}/{part}", repo_id) or "--" in repo_id or ".." in repo_id:
        raise UserError("A model of the Hub is named OWNER/NAME, for example openai-community/gpt2.")


def repo_of(row: ModelSpec) -> str:
    """The Hub repository of a row: its own, or NAMESPACE/NAME for one trained here, or ""."""
    namespace = settings().hub_namespace
    return row.repo or (f"{namespace}/{row.name}" if row.bundled and namespace else "")


def starter(task: str) -> ModelSpec | None:
    """The bundled model that stands in when the Hub cannot be reached: the first bundled row of the task."""
    return next((row for row in SPECS if row.task == task and row.bundled), None)
