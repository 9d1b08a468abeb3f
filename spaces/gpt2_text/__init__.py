"""Text: three generations of language models that can be watched, stopped, forked and measured."""

TITLE = {"en": "Text", "zh": "文本"}
ORDER = 20
GROUP = "make"
WAY_IN = {"en": "Write", "zh": "写一个故事", "press": ["gpt2_text-reproduce"]}


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
