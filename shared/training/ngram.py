"""Training an n-gram model is counting, so there are no steps, nothing to resume, and no clock to look at."""

from pathlib import Path

from shared.data.stories import read_stories
from shared.models.ngram import NGram
from shared.training.text import tokenizer_for


def train(recipe, data, output, steps=None, resume=False, minutes=None):
    """Count the stories and save the model into `output`. `steps`: count that many stories only, for a quick try."""
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    stories = read_stories(data)
    tokenizer = tokenizer_for(recipe, stories, output)
    mixture = recipe.stages[0].mixture  # a source counts wholly or not at all
    texts = [story for name, (train, _) in stories.items() if mixture.get(name, 1.0) > 0 for story in train][:steps]
    end = tokenizer.end_id
    ids = [[end, *tokenizer.encode(text), end] for text in texts]
    NGram.fit(ids, len(tokenizer), **recipe.model).save(output)
    print(f"Counted {sum(map(len, ids)):,} tokens of {len(texts):,} stories into {output}")
