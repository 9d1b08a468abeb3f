"""Imported once, before programs are started: see programs.py."""

# ruff: noqa: F401
import diffusers.models.unets.unet_2d
import diffusers.pipelines.stable_diffusion
import scipy.stats
import torch
import transformers.models.gpt2.modeling_gpt2

from shared.page import start

with start.without_stubs():
    import gradio
