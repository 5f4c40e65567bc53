"""What can be asked of scripts/bench-peers. Needs no OpenCV, so that --help answers before anything is installed."""
import argparse
import sys
from pathlib import Path

WHAT = "Framekeep's detectors beside OpenCV's, on the same pictures in one run: how good their masks are, what they cost."


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=WHAT, epilog=(
        "CLIP is a folder in the layout of changedetection.net (input/in000001.jpg, groundtruth/gt000001.png, "
        "temporalROI.txt); the masks are scored on it. VIDEO is only timed. Without either, the scenes that Framekeep "
        "draws are measured. Time is measured on the videos, or else on the first clip."))
    parser.add_argument("input", nargs="*", type=Path, metavar="CLIP|VIDEO")
    parser.add_argument("--only", choices=["quality", "speed"], help="leave the other out")
    parser.add_argument("--slow", action="store_true", help="GMG, GSOC and LSBP as well, which takes long")
    parser.add_argument("--fps", type=positive, default=25, help="pictures a second of the clips (25)")
    parser.add_argument("--minutes", type=positive, default=2, help="of each scene that is drawn (2)")
    parser.add_argument("--sizes", type=sizes, default="640x480,1280x720,1920x1080", help="to time at (%(default)s)")
    parser.add_argument("--frames", type=positive, default=100, help="to time at each size (100)")
    parser.add_argument("--rounds", type=positive, default=5, help="in which each detector has its turn (5)")
    parser.add_argument("--framekeep", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def positive(text):
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def sizes(text):
    return [size(one) for one in text.split(",")]


def size(text):
    width, height = text.split("x")
    return positive(width), positive(height)


if __name__ == "__main__":
    parse(sys.argv[1:])
