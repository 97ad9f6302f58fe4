"""The cutting methods that need no vectors: each makes units of a text and says which of them begin
a chunk.

`settle` looks at the whole text once and fixes what a section alone cannot tell; `plan` cuts one
section.
"""

from studio.chunking.atoms import Plan, Units
from studio.chunking.methods.plans import plan
from studio.chunking.methods.sentence_units import sentence_units
from studio.chunking.methods.settle import settle

__all__ = ["Plan", "Units", "plan", "sentence_units", "settle"]
