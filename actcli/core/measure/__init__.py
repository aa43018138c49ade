"""What is measured of functions and of kernels: properties, distances, errors in ULP."""

from actcli.core.measure.cost import relative_cost
from actcli.core.measure.curve import Curve, Point
from actcli.core.measure.depth import factors, layers
from actcli.core.measure.distance import Distance, Gap, by_region, distance, distances_by_region
from actcli.core.measure.gaussian import Moments, moments, normal_share
from actcli.core.measure.properties import THRESHOLD, Monotone, Properties, Symmetry, properties
from actcli.core.measure.ulp import error_in_ulp, ordinal, ulp_distance

__all__ = [
    "THRESHOLD",
    "Curve",
    "Distance",
    "Gap",
    "Moments",
    "Monotone",
    "Point",
    "Properties",
    "Symmetry",
    "by_region",
    "distance",
    "distances_by_region",
    "error_in_ulp",
    "factors",
    "layers",
    "moments",
    "normal_share",
    "ordinal",
    "properties",
    "relative_cost",
    "ulp_distance",
]
