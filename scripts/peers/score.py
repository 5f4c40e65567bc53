"""How well masks agree with the truth, by the rules of changedetection.net. Knows bytes only: no picture library, no file.

In a truth 255 moves, 0 and 50 (a hard shadow) do not, and everything else (85, outside; 170, unknown) does not count. In a
mask above 200 moves, so that OpenCV's 127 for shadows is background.
"""
from dataclasses import dataclass

STILL, MOVING, OPEN = 0, 1, 2
SAID = 4

_TRUTH = bytes(MOVING if value == 255 else STILL if value in (0, 50) else OPEN for value in range(256))
_MASK = bytes(SAID if value > 200 else 0 for value in range(256))


@dataclass
class Score:
    """Pixels of all the pictures that were counted."""
    hits: int = 0
    false: int = 0
    missed: int = 0
    pictures: int = 0

    def add(self, truth, mask):
        """Counts one picture: its truth and its mask, one byte a pixel."""
        if len(truth) != len(mask):
            raise ValueError(f"the truth has {len(truth)} pixels and the mask {len(mask)}")
        # Both say something else of a pixel, in other bits: their sum, as one long number, is all pairs at once.
        pairs = int.from_bytes(truth.translate(_TRUTH), "big") + int.from_bytes(mask.translate(_MASK), "big")
        pairs = pairs.to_bytes(len(truth), "big")
        self.hits += pairs.count(MOVING + SAID)
        self.false += pairs.count(STILL + SAID)
        self.missed += pairs.count(MOVING)
        self.pictures += 1

    @property
    def precision(self):
        """Of what was said to move, the share that does. Nothing said is nothing wrong."""
        return share(self.hits, self.hits + self.false)

    @property
    def recall(self):
        """Of what moves, the share that was said to."""
        return share(self.hits, self.hits + self.missed)

    @property
    def f(self):
        """The harmonic mean of both."""
        return share(2 * self.hits, 2 * self.hits + self.false + self.missed)


def share(part, whole):
    return part / whole if whole else 1.0
