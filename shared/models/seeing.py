"""Models that look at pictures with a Transformer: a reader of digits, and CLIP, which compares pictures with words.

A picture is cut into square patches, each is a token (ViT: Dosovitskiy et al., 2021, arXiv:2010.11929). CLIP (Radford
et al., 2021, arXiv:2103.00020) has one such tower for pictures and one for texts, whose outputs are of one length and
lie near each other where picture and text belong together. Both are the classes of transformers, so that the Hub's
models are loaded by the same lines.
"""

from typing import Any


def vit(**sizes: Any) -> Any:
    """A fresh ViT for ten digits in grey."""
    from transformers import ViTConfig, ViTForImageClassification

    network = ViTForImageClassification(ViTConfig(num_channels=1, num_labels=10, **sizes))
    network.config.id2label = {i: str(i) for i in range(10)}
    network.config.label2id = {str(i): i for i in range(10)}
    return network


def clip(text: dict[str, Any], vision: dict[str, Any], projection: int) -> Any:
    """A fresh CLIP with towers of these sizes, for the project's own tokens."""
    from transformers import CLIPConfig, CLIPModel

    special = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    return CLIPModel(
        CLIPConfig(
            text_config={**special, **text, "projection_dim": projection},
            vision_config={**vision, "projection_dim": projection},
            projection_dim=projection,
        )
    )
