"""Precision, recall and F of the masks of a clip, as they are and after a median of 5x5."""
import shutil

import cv2

import opencv
from clip import read
from framekeep import DETECTORS
from score import Score

MEDIAN = 5


def measure(clip, framekeep, peers, scratch):
    """Scores of all detectors on a clip: `{name: (as it is, with a median)}`."""
    scores = {f"framekeep {name}": ours(clip, framekeep, name, scratch) for name in DETECTORS}
    return scores | {f"OpenCV {name}": theirs(clip, name) for name in peers}


def ours(clip, framekeep, detector, scratch):
    folder = scratch / "masks"
    shutil.rmtree(folder, ignore_errors=True)
    framekeep.masks(detector, clip.input, clip.fps, folder)
    scores = Score(), Score()
    for number in filter(clip.counts, clip.pictures):
        mask = read(folder / f"{clip.pictures[number].stem}.png", cv2.IMREAD_GRAYSCALE)
        count(scores, clip.truth(number), mask)
    shutil.rmtree(folder)
    return scores


def theirs(clip, name):
    detector, scores = opencv.make(name), (Score(), Score())
    for number, path in clip.pictures.items():
        mask = detector.apply(read(path))
        if clip.counts(number):
            count(scores, clip.truth(number), mask)
    return scores


def count(scores, truth, mask):
    raw, smooth = scores
    raw.add(truth.tobytes(), mask.tobytes())
    smooth.add(truth.tobytes(), cv2.medianBlur(mask, MEDIAN).tobytes())
