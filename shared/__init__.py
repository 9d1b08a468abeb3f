"""What every Space uses: models, loaders, recipes, the look of the page."""

__version__ = "0.2.0"  # its one place
