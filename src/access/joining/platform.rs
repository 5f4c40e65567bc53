//! What kind of device a browser says that it runs on, as far as the way past a warning differs. It believes the browser.

use serde::Serialize;

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// iPhone, iPad.
    Ios,
    /// Android.
    Android,
    /// A computer.
    Computer,
    /// It has not said.
    Unknown,
}

impl Platform {
    /// By what a browser calls itself (`User-Agent`). An iPad calls itself a Mac unless it is asked otherwise.
    #[must_use]
    pub fn of(agent: &str) -> Self {
        if agent.is_empty() {
            Self::Unknown
        } else if ["iPhone", "iPad", "iPod"].iter().any(|device| agent.contains(device)) {
            Self::Ios
        } else if agent.contains("Android") {
            Self::Android
        } else {
            Self::Computer
        }
    }

    /// Its name for people.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Ios => Some("iPhone or iPad"),
            Self::Android => Some("Android"),
            Self::Computer => Some("Computer"),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_says_what_it_runs_on() {
        let cases = [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", Platform::Ios),
            ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120", Platform::Android),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", Platform::Computer),
            ("", Platform::Unknown),
        ];
        for (agent, platform) in cases {
            assert_eq!(Platform::of(agent), platform, "{agent}");
        }
    }
}
