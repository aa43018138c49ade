"""The functions of a vector, along an axis: a module per family, a block per function."""

# The order of the catalogue.
# isort: off
from actcli.core.vector import softmax
from actcli.core.vector import maxima
from actcli.core.vector import simplex
from actcli.core.vector import gumbel
from actcli.core.vector import gated
from actcli.core.vector import crelu
from actcli.core.vector import scaling
from actcli.core.vector import standardize
# isort: on

__all__ = ["crelu", "gated", "gumbel", "maxima", "scaling", "simplex", "softmax", "standardize"]
