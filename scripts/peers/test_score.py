"""Masks are scored by the rules of changedetection.net. Pixels are drawn as text, so that a failure can be read."""
import unittest

from score import Score

# Moving, still, a hard shadow, outside, unknown.
TRUTH = {"#": 255, ".": 0, "s": 50, "o": 85, "?": 170}
# Moving, still, what a detector takes for a shadow.
MASK = {"#": 255, ".": 0, "s": 127}


def scored(*pictures):
    score = Score()
    for truth, mask in pictures:
        score.add(bytes(TRUTH[sign] for sign in truth), bytes(MASK[sign] for sign in mask))
    return score


class Scores(unittest.TestCase):
    def test_hits_false_and_missed_pixels_are_told_apart(self):
        score = scored(("####......",
                        "###.##...."))
        self.assertEqual((score.hits, score.false, score.missed), (3, 2, 1))
        self.assertAlmostEqual(score.precision, 3 / 5)
        self.assertAlmostEqual(score.recall, 3 / 4)
        self.assertAlmostEqual(score.f, 2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))

    def test_a_shadow_is_background_in_the_truth_and_in_the_mask(self):
        score = scored(("ss##",
                        "#s#s"))
        self.assertEqual((score.hits, score.false, score.missed), (1, 1, 1))

    def test_what_the_truth_leaves_open_does_not_count(self):
        score = scored(("oo??#",
                        "#.#.#"))
        self.assertEqual((score.hits, score.false, score.missed), (1, 0, 0))

    def test_pictures_are_added_up_and_not_averaged(self):
        score = scored(("#...", "#..."), ("####", "...."))
        self.assertEqual((score.hits, score.missed, score.pictures), (1, 4, 2))
        self.assertAlmostEqual(score.recall, 1 / 5)

    def test_nothing_moves_and_nothing_is_said(self):
        score = scored(("....", "...."))
        self.assertEqual((score.precision, score.recall, score.f), (1, 1, 1))

    def test_a_mask_of_another_size_is_refused(self):
        with self.assertRaises(ValueError):
            scored(("....", "..."))


if __name__ == "__main__":
    unittest.main()
