//! What is drawn on a film, for who asks.

use serde::{Deserialize, Serialize};

/// What is drawn on the pictures of a film. Written as a list of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Drawn>", into = "Vec<Drawn>")]
pub struct Draw {
    /// A box around each area that moved and counted.
    pub boxes: bool,
    /// When the picture was taken: date and time of the computer, to the second.
    pub time: bool,
    /// The outlines of the zones.
    pub zones: bool,
}

impl Draw {
    /// Whether anything is drawn at all.
    #[must_use]
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// One of them, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Drawn {
    Boxes,
    Time,
    Zones,
}

impl From<Vec<Drawn>> for Draw {
    fn from(names: Vec<Drawn>) -> Self {
        let has = |name| names.contains(&name);
        Self { boxes: has(Drawn::Boxes), time: has(Drawn::Time), zones: has(Drawn::Zones) }
    }
}

impl From<Draw> for Vec<Drawn> {
    fn from(draw: Draw) -> Self {
        let all = [(draw.boxes, Drawn::Boxes), (draw.time, Drawn::Time), (draw.zones, Drawn::Zones)];
        all.into_iter().filter_map(|(is_drawn, name)| is_drawn.then_some(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_a_list_of_names_and_another_name_is_refused() {
        let all = Draw { boxes: true, time: true, zones: true };
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"["boxes","time","zones"]"#);
        assert_eq!(serde_json::from_str::<Draw>("[]").unwrap(), Draw::default());
        assert_eq!(serde_json::from_str::<Draw>(r#"["time"]"#).unwrap(), Draw { time: true, ..Draw::default() });
        let error = serde_json::from_str::<Draw>(r#"["clock"]"#).unwrap_err().to_string();
        assert!(error.contains("boxes") && error.contains("zones"), "{error}");
    }
}
