"""Clips to measure with: folders in the layout of changedetection.net, which have a truth, and plain videos, which have none."""
from pathlib import Path

import cv2

TRUTH = "groundtruth/gt{:06d}.png"


class Unusable(Exception):
    """What is wrong with an input, and what to do."""


class Clip:
    """A folder with `input/in000001.jpg` …, `groundtruth/gt000001.png` … and `temporalROI.txt`."""

    def __init__(self, folder, fps):
        self.folder = Path(folder)
        self.fps = fps
        self.name = self.folder.resolve().name
        self.pictures = numbered(self.folder / "input")
        self.first, self.last = span(self.folder / "temporalROI.txt")
        if not any(self.counts(number) for number in self.pictures):
            raise Unusable(f"{folder}: no picture between {self.first} and {self.last} (temporalROI.txt) has a truth "
                           f"in {self.folder / 'groundtruth'}; unpack the clip anew")

    @property
    def input(self):
        """What Framekeep is to look at."""
        return self.folder / "input"

    def counts(self, number):
        """Whether there is a truth of this picture that counts."""
        return self.first <= number <= self.last and (self.folder / TRUTH.format(number)).exists()

    def truth(self, number):
        """One byte a pixel."""
        return read(self.folder / TRUTH.format(number), cv2.IMREAD_GRAYSCALE)


def read(path, colours=cv2.IMREAD_COLOR):
    picture = cv2.imread(str(path), colours)
    if picture is None:
        raise Unusable(f"{path}: missing, or no picture that OpenCV can read")
    return picture


def numbered(folder):
    """The pictures of a folder by their numbers, in order."""
    found = {int(path.stem[2:]): path for path in folder.glob("in*.*") if path.stem[2:].isdigit()}
    if not found:
        raise Unusable(f"{folder}: there is no in000001.jpg or the like; name a folder in the layout of "
                       "changedetection.net, or a video")
    return dict(sorted(found.items()))


def span(path):
    """First and last picture that count."""
    try:
        first, last = map(int, path.read_text().split()[:2])
        return first, last
    except (OSError, ValueError):
        raise Unusable(f"{path}: not the numbers of the first and the last picture that count, such as \"1 300\"") from None


def frames(source, size, most):
    """The first pictures of a video or folder, brought to a size."""
    found = []
    for picture in pictures(Path(source)):
        found.append(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        if len(found) == most:
            break
    if not found:
        raise Unusable(f"{source}: not a video or folder of pictures that OpenCV can read")
    return found


def pictures(source):
    if source.is_dir():
        yield from map(read, numbered(source).values())
        return
    video = cv2.VideoCapture(str(source))
    while True:
        there, picture = video.read()
        if not there:
            return
        yield picture
