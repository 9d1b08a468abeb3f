"""How the text-to-image model of emoji is trained: its autoencoder, then itself."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


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


# For a GPU: the rates of the bundled weights, which took 80 and 330 seconds of an H100. On a processor smaller batches
# are as good, `--set batch=32`, and nights are long.
ROWS = (
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
        needs=("emoji-diffusion/vae",),
    ),
)
