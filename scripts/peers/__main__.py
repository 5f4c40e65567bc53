"""One run: quality and speed of Framekeep's detectors and of OpenCV's, as tables. Called by scripts/bench-peers, which
builds and installs what is needed.
"""
import shutil
import sys

import cv2

import arguments
import opencv
import quality
import speed
from clip import Clip, Unusable
from framekeep import Framekeep

# All of `framekeep bench scenes`.
SCENES = "calm", "noise", "mains-flicker", "white-balance", "clouds", "lamp", "screen", "rain", "bump"
SCENE_SIZE, SCENE_FPS = "320x240", 10
# The scene that is timed is drawn large, and somebody walks there in these pictures.
TIMED_SCENE, TIMED_SIZE, WALKING = "calm", "1280x720", range(301, 391)


def main():
    asked = arguments.parse(sys.argv[1:])
    cv2.setNumThreads(1)
    framekeep = Framekeep(asked.framekeep)
    peers = opencv.FAST + (opencv.SLOW if asked.slow else ())
    scratch = asked.cache / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        clips, videos = sorted_out(asked.input, asked.fps)
        print(f"OpenCV {cv2.__version__}, one thread\n", flush=True)
        if asked.only == "quality" and videos and not clips:
            raise Unusable(f"{videos[0]}: nobody knows what moves in a video; name a folder with a truth as well")
        if asked.only != "speed":
            tell_quality(clips if asked.input else drawn(framekeep, asked.minutes, scratch), framekeep, peers, scratch)
        if asked.only != "quality":
            for what, source in timed(clips, videos) or [timed_scene(framekeep, scratch)]:
                tell_speed(what, source, asked, framekeep, peers)
    except Unusable as problem:
        sys.exit(f"bench-peers: failed to use {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sorted_out(inputs, fps):
    """Clips and videos."""
    for path in inputs:
        if not path.exists():
            raise Unusable(f"{path}: there is no such file or folder")
    folders = [path for path in inputs if path.is_dir()]
    names = [path.resolve().name for path in folders]
    for path, name in zip(folders, names):
        if names.count(name) > 1:
            raise Unusable(f"{path}: two clips are called {name}, which could not be told apart; rename a folder")
    return [Clip(path, fps) for path in folders], [path for path in inputs if path not in folders]


def drawn(framekeep, minutes, scratch):
    """The scenes, one after the other: only one is on the disk at a time."""
    for scene in SCENES:
        framekeep.draw(scene, scratch, SCENE_SIZE, minutes, SCENE_FPS)
        yield Clip(scratch / scene, SCENE_FPS)
        shutil.rmtree(scratch / scene)


def timed(clips, videos):
    """What to measure the time on, by name."""
    return [(video.name, video) for video in videos] or [(clip.name, clip.input) for clip in clips[:1]]


def timed_scene(framekeep, scratch):
    """A name, and a folder with those pictures of a scene in which somebody walks by."""
    framekeep.draw(TIMED_SCENE, scratch, TIMED_SIZE, 1, SCENE_FPS)
    folder = scratch / "somebody-walks-by"
    folder.mkdir()
    for number in WALKING:
        name = f"in{number:06d}.jpg"
        (scratch / TIMED_SCENE / "input" / name).rename(folder / name)
    return f"{TIMED_SCENE}, somebody walks by", folder


def tell_quality(clips, framekeep, peers, scratch):
    all_scores = {}
    for clip in clips:
        scores = all_scores[clip.name] = quality.measure(clip, framekeep, peers, scratch)
        height, width = clip.truth(next(filter(clip.counts, clip.pictures))).shape
        counted = next(iter(scores.values()))[0].pictures
        print(f"{clip.name}: {len(clip.pictures)} pictures of {width}x{height}, {counted} count")
        print(f"{'':<18} {'as it is':>26}   {'with a median of 5x5':>26}")
        print(f"{'detector':<18}" + 2 * f" {'precision':>10} {'recall':>7} {'F':>7}  ")
        for name, both in scores.items():
            print(f"{name:<18}" + "".join(f" {s.precision:>10.3f} {s.recall:>7.3f} {s.f:>7.3f}  " for s in both))
        print(flush=True)
    if len(all_scores) > 1:
        tell_all(all_scores)


def tell_all(all_scores):
    """F of all clips side by side."""
    names = list(next(iter(all_scores.values())))
    print("F, as it is / with a median of 5x5")
    print(f"{'':<14}" + "".join(f"{name:>18}" for name in names))
    for clip, scores in all_scores.items():
        print(f"{clip:<14}" + "".join(f"{raw.f:>10.3f} / {smooth.f:.3f}" for raw, smooth in scores.values()))
    print(flush=True)


def tell_speed(what, source, asked, framekeep, peers):
    table = {}
    for size in asked.sizes:
        for name, figures in speed.measure(source, size, asked.frames, asked.rounds, framekeep, peers).items():
            table.setdefault(name, []).append(figures)
    print(f"{what}: CPU milliseconds a frame on one thread, and how many times as long as OpenCV's fastest")
    print(f"{'detector':<18}" + "".join(f"{f'{width}x{height}':>20}" for width, height in asked.sizes))
    for name, row in table.items():
        print(f"{name:<18}" + "".join(f"{ms:>11.2f} {ratio:>8.2f}" for ms, ratio in row))
    print(flush=True)


if __name__ == "__main__":
    main()
