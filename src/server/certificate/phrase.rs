//! A fingerprint as words that two people can compare aloud, one word a byte.

/// How many bytes are said: 64 bits. Fewer could be made to match by trying; more nobody reads to the end.
const BYTES: usize = 8;

/// The words of a fingerprint's first bytes: "acorn tiger …".
pub fn phrase(fingerprint: &[u8]) -> String {
    let words: Vec<_> = fingerprint.iter().take(BYTES).map(|byte| WORDS[usize::from(*byte)]).collect();
    words.join(" ")
}

/// One word for each value of a byte. Short, plain, and none like another in sound or writing. Their order never changes:
/// phones and people have seen the phrases.
const WORDS: [&str; 256] = [
    "acorn", "agent", "album", "almond", "amber", "anchor", "angle", "animal", "april", "arch", "armor", "artist",
    "atlas", "attic", "autumn", "avenue", "badge", "baker", "balloon", "bamboo", "banana", "banjo", "barrel", "beach",
    "bicycle", "biscuit", "bishop", "blanket", "bobcat", "bonfire", "border", "bottle", "bread", "bronze", "brush",
    "bubble", "bucket", "buffalo", "bumper", "button", "cabin", "cactus", "camel", "canoe", "captain", "caravan",
    "cargo", "carpet", "cashew", "castle", "cello", "cement", "cereal", "chalk", "cheese", "cherry", "chimney",
    "circle", "citrus", "clay", "clock", "clover", "coconut", "coffee", "compass", "copper", "cousin", "cradle",
    "crayon", "cricket", "crown", "crystal", "cube", "daisy", "dancer", "desert", "diamond", "doctor", "dolphin",
    "domino", "donkey", "drawer", "drum", "duck", "echo", "eclipse", "elbow", "eleven", "engine", "evening", "fabric",
    "falcon", "father", "fence", "fiddle", "finger", "flame", "forest", "fossil", "fox", "fruit", "funnel", "galaxy",
    "garden", "garlic", "ghost", "giant", "giraffe", "glacier", "goblet", "golf", "gorilla", "grape", "guitar",
    "harvest", "helmet", "heron", "hippo", "horizon", "hotel", "hunter", "hyena", "iceberg", "igloo", "indigo",
    "insect", "island", "ivory", "jaguar", "jasmine", "jewel", "jigsaw", "journal", "juniper", "kayak", "ketchup",
    "king", "kitchen", "koala", "ladder", "lagoon", "lantern", "lava", "leopard", "letter", "lily", "lizard", "lobby",
    "lobster", "lunch", "magnet", "mammoth", "maple", "meadow", "medal", "mirror", "moose", "morning", "muffin",
    "museum", "mustard", "napkin", "nectar", "needle", "nephew", "nickel", "north", "nutmeg", "oasis", "oboe", "ocean",
    "octopus", "olive", "onion", "opera", "orange", "orchid", "ostrich", "palace", "panda", "parrot", "pelican",
    "pencil", "pigeon", "pillow", "pirate", "poem", "poppy", "potato", "prairie", "prince", "pumpkin", "puzzle",
    "pyramid", "quarry", "queen", "quilt", "rabbit", "radio", "raisin", "raven", "ribbon", "rubber", "sailor",
    "saturn", "school", "scooter", "sheriff", "silver", "slipper", "snail", "spider", "spinach", "spoon", "stadium",
    "statue", "stereo", "sunset", "swan", "syrup", "teapot", "temple", "tennis", "theater", "thimble", "toast",
    "topaz", "tornado", "tower", "tractor", "trumpet", "tulip", "tundra", "turtle", "twelve", "unicorn", "vacuum",
    "valley", "vanilla", "vessel", "village", "violin", "volcano", "vulture", "waffle", "walnut", "warrior", "wheat",
    "whistle", "window", "wombat", "yacht", "yogurt", "zebra", "zigzag", "zodiac",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// How many letters must be changed, added or left out to make one word of the other.
    fn distance(a: &str, b: &str) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.bytes().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.bytes().enumerate() {
                let replaced = diagonal + usize::from(x != y);
                diagonal = row[j + 1];
                row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
            }
        }
        row[b.len()]
    }

    #[test]
    fn no_word_is_taken_for_another() {
        for (at, word) in WORDS.iter().enumerate() {
            assert!((3..=7).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
            for other in &WORDS[at + 1..] {
                assert!(distance(word, other) >= 3, "{word} and {other}");
            }
        }
        let beginnings: HashSet<_> = WORDS.iter().map(|word| &word[..word.len().min(4)]).collect();
        assert_eq!(beginnings.len(), 256);
    }

    #[test]
    fn a_phrase_says_the_first_eight_bytes_in_order() {
        let mut fingerprint = [7_u8; 32];
        (fingerprint[0], fingerprint[1]) = (0, 255);
        let phrase = phrase(&fingerprint);
        let words: Vec<_> = phrase.split(' ').collect();
        assert_eq!(words.len(), BYTES);
        assert_eq!((words[0], words[1], words[7]), (WORDS[0], WORDS[255], WORDS[7]));
        fingerprint[8] = 9;
        assert_eq!(super::phrase(&fingerprint), phrase);
    }
}
