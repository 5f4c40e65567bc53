"""What can be asked of scripts/bench-jobs. Needs no RQ, so that --help answers before anything is installed."""
import argparse
import sys
from pathlib import Path

WHAT = "Framekeep's queue of jobs, in the index and in Redis, beside RQ at the same Redis: jobs in which there is nothing to do."


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/bench-jobs", description=WHAT, epilog=(
        "In each round every queue has its turn, so that a computer that is busy for a while is so for all of them; of each "
        "figure the best of the rounds is told. One worker each, which steps back before other work (niceness 10)."))
    parser.add_argument("--jobs", type=positive, default=1000, help="that are queued one by one, and then done (%(default)s)")
    parser.add_argument("--single", type=positive, default=50, help="that are queued while nothing else is to be done (%(default)s)")
    parser.add_argument("--rounds", type=positive, default=3, help="in which each queue has its turn (%(default)s)")
    parser.add_argument("--appendfsync", choices=["always", "everysec", "no"], default="always",
                        help="when Redis writes to the disk: before it answers, as compose.yaml has it (%(default)s), or later")
    parser.add_argument("--framekeep", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def positive(text):
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


if __name__ == "__main__":
    parse(sys.argv[1:])
