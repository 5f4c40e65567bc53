"""What can be asked of scripts/bench-peers."""
import contextlib
import io
import unittest

from arguments import parse

GIVEN = ["--framekeep", "framekeep", "--cache", "cache"]


class Arguments(unittest.TestCase):
    def test_sizes_are_pairs_of_numbers(self):
        self.assertEqual(parse(GIVEN).sizes, [(640, 480), (1280, 720), (1920, 1080)])
        self.assertEqual(parse([*GIVEN, "--sizes", "320x240"]).sizes, [(320, 240)])

    def test_nonsense_is_refused_as_bad_usage(self):
        for wrong in (["--sizes", "640"], ["--sizes", "0x480"], ["--rounds", "0"], ["--only", "colour"]):
            with self.assertRaises(SystemExit) as refused, contextlib.redirect_stderr(io.StringIO()):
                parse([*GIVEN, *wrong])
            self.assertEqual(refused.exception.code, 2, wrong)


if __name__ == "__main__":
    unittest.main()
