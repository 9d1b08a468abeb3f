"""Diffusion in the GAN tab: a digit grows out of noise step by step, and the other way round.

Three things: denoising with a slider over what was recorded, samplers compared at 5 to 50 steps, and the forward
process on a digit with its formula and the numbers in it. runs.py makes them, view.py shows them, section.py puts them
on the page. The model is in shared/models/digit_diffusion.py.
"""
