//! What a device is called, for people. It comes from a stranger's browser and is made fit to be shown.

/// Most characters of a label.
pub const MAX_LABEL_CHARS: usize = 60;

/// A label without what cannot be seen or turns the line around, and short.
pub fn readable(label: &str) -> String {
    let text: String = label
        .chars()
        .take(4 * MAX_LABEL_CHARS)
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .filter(|c| c.is_alphanumeric() || *c == ' ' || c.is_ascii_punctuation())
        .collect();
    let words: Vec<_> = text.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(MAX_LABEL_CHARS).collect();
    if short.is_empty() { "unnamed device".to_owned() } else { short }
}
