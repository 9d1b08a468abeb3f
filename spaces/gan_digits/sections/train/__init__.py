"""Train in the page: a section of the GAN tab where a visitor trains a small generator and watches it learn.

The training runs in a process of its own (shared/training/live). runs.py has the trainings of the visitors, view.py
shows one, section.py puts it on the page.
"""
