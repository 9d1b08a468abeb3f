"""What the list says of a model: the fields of its row."""

from dataclasses import dataclass

# What a transformers folder needs. One precision of the weights only: many repositories hold the same weights
# several times (fp16, onnx, tflite, pickle), and a pickle runs code when it is opened.
TRANSFORMERS_FILES = ("model.safetensors", "model-*-of-*.safetensors", "*.json", "*.txt")
SCHEDULERS = ("DPM++ 2M", "DDIM", "Euler", "Euler a", "UniPC", "Heun")  # for any noise levels


@dataclass(frozen=True)
class Picture:
    """How a text-to-image model draws best, and what it allows; known before the model is there."""

    steps: int = 20
    guidance: float = 7.5  # 1: none, and one pass of the UNet a step instead of two
    width: int = 512  # pixels
    height: int = 512
    scheduler: str = "DPM++ 2M"  # of shared.engines.diffusion.schedulers.CLASSES
    schedulers: tuple[str, ...] = SCHEDULERS
    sizes: tuple[int, int, int] = (256, 768, 64)  # smallest, largest, and what a side must be a multiple of
    most_steps: int = 50
    most_guidance: float = 15.0
    earlier: tuple[int, ...] = ()  # sides that its weights drew before; a recipe of theirs is drawn at today's


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
    # A commit, or the pull request that has safetensors; "" is main. What it stood for is recorded with every output.
    revision: str = ""
    bundled: bool = False  # the weights are in shared/weights/NAME
    files: tuple[str, ...] = TRANSFORMERS_FILES
    picture: Picture | None = None  # of text-to-image models; goes to the builder as `defaults`
    decoder: str = ""  # the row of the small decoder that goes with it; its folder goes to the builder as `decoder`
    base: str = ""  # the row that an adapter changes; its folder goes to the builder as `base`
    remote: str = ""  # the address of the server that runs it; nothing of it is on this machine
    checker: tuple[str, ...] = ()  # files of its safety checker, fetched where the host has it on
