"""Models that draw pictures from words, and the small decoders that go with them."""

from functools import partial

from shared.core.registry.spec import SCHEDULERS, ModelSpec, Picture

SD_PARTS = "unet vae text_encoder tokenizer"
SDXL_PARTS = f"{SD_PARTS} text_encoder_2 tokenizer_2"
DIFFUSION_PAPER = "Rombach et al. 2022, High-Resolution Image Synthesis with Latent Diffusion Models, arXiv:2112.10752"
TURBO_PAPER = "Sauer et al. 2023, Adversarial Diffusion Distillation, arXiv:2311.17042"
TURBO_LICENSE = "Stability AI Community License (free below USD 1 M revenue); Powered by Stability AI"


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


_drawer = partial(ModelSpec, task="text-to-image", builder="shared.models.text_to_image:load")


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


# memory_mb: while the largest of its pictures is made.
ROWS: tuple[ModelSpec, ...] = (
    _drawer(
        name="emoji-diffusion",
        title="Emoji diffusion",
        license="MIT code; trained on Noto (Apache-2.0), Twemoji (CC BY 4.0) and Fluent (MIT) emoji",
        download_mb=47,
        memory_mb=700,
        paper=DIFFUSION_PAPER,
        summary="A latent diffusion model of 23 million parameters, trained from nothing on emoji: 128x128 pixels, "
        "three styles.",
        bundled=True,
        files=("*.safetensors", "*.json", "*.txt"),
        picture=Picture(
            steps=4,
            guidance=2.0,
            width=128,
            height=128,
            scheduler="DPM++ 2M",
            schedulers=("DDIM", *(name for name in SCHEDULERS if name != "DDIM")),
            sizes=(128, 128, 8),
            earlier=(64,),
        ),
    ),
    # The model for a processor, from the Hub: four steps, one pass each, and a licence under which anybody may host it.
    _drawer(
        name="lcm-dreamshaper-7",
        title="LCM Dreamshaper 7",
        license="MIT; its base Stable Diffusion 1.5: CreativeML OpenRAIL-M",
        download_mb=4265,
        memory_mb=5000,
        paper="Luo et al. 2023, Latent Consistency Models, arXiv:2310.04378",
        summary="A Stable Diffusion 1.5 that was distilled to need four steps instead of fifty.",
        repo="SimianLuo/LCM_Dreamshaper_v7",
        files=_pipeline_files(SD_PARTS),
        checker=_checker_files(),
        decoder="taesd",
        picture=Picture(steps=4, guidance=8.0, scheduler="LCM", schedulers=("LCM",), most_steps=8),
    ),
    _drawer(
        name="sd-turbo",
        title="SD-Turbo",
        license=TURBO_LICENSE,
        download_mb=2580,
        memory_mb=5800,
        paper=TURBO_PAPER,
        summary="A Stable Diffusion 2.1 that draws in one to four steps.",
        repo="stabilityai/sd-turbo",
        revision="b261bac6fd2cf515557d5d0707481eafa0485ec2",
        files=_pipeline_files(SD_PARTS, ".fp16"),
        decoder="taesd",
        picture=Picture(
            steps=2, guidance=1.0, scheduler="Euler", schedulers=("Euler", "Euler a"), most_steps=8, most_guidance=2.0
        ),
    ),
    _drawer(
        name="sd-1-5",
        title="Stable Diffusion 1.5",
        license="CreativeML OpenRAIL-M",
        download_mb=2135,
        memory_mb=5000,
        paper=DIFFUSION_PAPER,
        summary="The model that most others come from; some twenty steps, two passes each: for a GPU.",
        repo="stable-diffusion-v1-5/stable-diffusion-v1-5",
        revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
        files=_pipeline_files(SD_PARTS, ".fp16"),
        checker=_checker_files(".fp16"),
        decoder="taesd",
        picture=Picture(),
    ),
    _drawer(
        name="sdxl-turbo",
        title="SDXL-Turbo",
        license=TURBO_LICENSE,
        download_mb=6940,
        memory_mb=8500,
        paper=TURBO_PAPER,
        summary="A Stable Diffusion XL that draws in one to four steps; the largest one here.",
        repo="stabilityai/sdxl-turbo",
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

# How files, repositories that are gone and other tools call them -> the row.
ALSO_CALLED = {
    "v1-5-pruned-emaonly": "sd-1-5",
    "v1-5-pruned": "sd-1-5",
    "runwayml/stable-diffusion-v1-5": "sd-1-5",
    "sd_turbo": "sd-turbo",
    "sd_xl_turbo_1.0_fp16": "sdxl-turbo",
    "sd_xl_turbo_1.0": "sdxl-turbo",
    "lcm_dreamshaper_v7": "lcm-dreamshaper-7",
}
