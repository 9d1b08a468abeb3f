"""How the storytellers are trained."""

from shared.training.recipes.spec import Stage, TextRecipe

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

ROWS = (
    TextRecipe(
        "ngram-stories",
        "ngram",
        model={"order": 5, "keep": [1, 1, 2, 3, 3]},  # n-grams seen less often than this are not stored, by order
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
