"""OpenCV's detectors, each as it is when nothing is set."""
import cv2

# The versions that scripts/bench-peers installs have them all.
_MODULES = cv2, cv2.bgsegm

FAST = "MOG2", "KNN", "CNT"
# A hundred times slower, or (GMG) blind for the first 120 pictures.
SLOW = "GMG", "GSOC", "LSBP"


def make(name):
    """A new detector, which knows no background yet."""
    maker = f"createBackgroundSubtractor{name}"
    return next(getattr(module, maker)() for module in _MODULES if hasattr(module, maker))
