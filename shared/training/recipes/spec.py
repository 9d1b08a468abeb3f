"""What every training recipe says: the fields that the families share."""

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
    needs: tuple[str, ...] = ()


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
    score_steps: int = 0  # the family's score (digit Frechet distance, ...) is measured every so many steps; 0: never
    patience: int = 0  # stop early when that many scores in a row were no better; 0: never
    seed: int = 0
    data: str = "shared.data.digits:read_digits"  # reads the pictures from a folder
    needs: tuple[str, ...] = ()  # folders of shared/weights that the training looks into
    compiled: bool = False  # on a GPU, where it pays: two minutes at first, then faster steps
