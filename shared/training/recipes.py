"""How each model is trained: one row per model, the only place where sizes and rates are written."""

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
    seed: int = 0


# Stories for four-year-olds are the aim; a fifth of old novels at the start teaches words and syntax that 12 MB
# of them do not hold. The last stage is simple and modern only, in rows as long as the context.
STORIES = {"tinystories": 0.92, "picture_books": 0.08, "children_books": 0.0}
STORIES_AND_NOVELS = {"tinystories": 0.74, "picture_books": 0.06, "children_books": 0.2}

RECIPES = (
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
    TextRecipe(
        "gpt2-stories",
        "gpt2",
        # No dropout: drawing its random numbers costs a third of the speed on a CPU, and in four passes over the
        # stories there is little to overfit. The tanh GELU is GPT-2's own, in one fused operation.
        model={
            "n_positions": 512,
            "n_embd": 384,
            "n_layer": 6,
            "n_head": 6,
            "activation_function": "gelu_pytorch_tanh",
        },
        steps=1700,
        stages=(Stage(0.55, 256, 32, STORIES_AND_NOVELS), Stage(0.3, 256, 32, STORIES), Stage(0.15, 512, 16, STORIES)),
        learning_rate=2e-3,
    ),
)


def recipe(name):
    """The recipe of that name; SystemExit with the names there are."""
    for row in RECIPES:
        if row.name == name:
            return row
    raise SystemExit(f"There is no recipe {name!r}. There is: {', '.join(row.name for row in RECIPES)}.")
