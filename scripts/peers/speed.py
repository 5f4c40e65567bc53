"""CPU milliseconds a frame on one thread, from the decoded picture to the mask of full size, in rounds.

In each round every detector has its turn, so that a computer that is busy for a while is so for all of them; what is told
is the median of the rounds, and the ratio is the median of the ratios within the rounds.
"""
import statistics
import time

import opencv
from clip import frames
from framekeep import DETECTORS

# A detector that took so long has shown how slow it is.
LONGEST_SECS = 20


def measure(source, size, most, rounds, framekeep, peers):
    """`{name: (milliseconds, ratio to OpenCV's fastest)}` at one size."""
    pictures = frames(source, size, most)
    turns = [turn(source, pictures, size, framekeep, peers) for _ in range(rounds)]
    middle = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    fastest = min((f"OpenCV {name}" for name in peers), key=middle.get)
    ratio = {name: statistics.median(turn[name] / turn[fastest] for turn in turns) for name in middle}
    return {name: (middle[name], ratio[name]) for name in middle}


def turn(source, pictures, size, framekeep, peers):
    width, height = size
    times = {f"framekeep {name}": framekeep.cpu_ms(name, source, f"{width}x{height}", len(pictures)) for name in DETECTORS}
    return times | {f"OpenCV {name}": cpu_ms(opencv.make(name), pictures) for name in peers}


def cpu_ms(detector, pictures):
    times, began = [], time.monotonic()
    for picture in pictures:
        before = time.process_time_ns()
        detector.apply(picture)
        times.append(time.process_time_ns() - before)
        if time.monotonic() - began > LONGEST_SECS:
            break
    return statistics.median(times) / 1e6
