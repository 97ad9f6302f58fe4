"""Export: what was made, in the forms of other tools.

Importing this package is light.
"""

from studio.export.recipes.bundle import TOOLS, recipe_limited, recipe_zip

__all__ = ["TOOLS", "recipe_limited", "recipe_zip"]
