"""The job that RQ does. In a file of its own, as RQ's workers look it up by its name."""


def nothing():
    """Nothing."""
