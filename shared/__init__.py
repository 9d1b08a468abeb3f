"""What every tab uses: models, loaders, recipes, the look of the page."""

__version__ = "0.1.0"
