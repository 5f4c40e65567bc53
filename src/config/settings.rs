//! What the operator may choose.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{
    CameraChoice, CameraName, JobSettings, RecordSettings, StreamId, StreamSettings, ThemeChoice, TraceSettings,
    UserName,
};

/// The whole of `settings.toml`. Every field has a default; unknown fields are an error, so that a misspelt one is noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where frames are kept; `None`: the default of [`crate::config::Paths::default_save_dir`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub save_dir: Option<PathBuf>,
    /// Address and port of the LAN server.
    pub listen: SocketAddr,
    /// Which local camera.
    pub camera: CameraChoice,
    /// Whether the local camera starts with the program.
    pub camera_on: bool,
    /// The user whose camera the local one is.
    pub local_user: UserName,
    /// The address that the QR code shows; `None`: the best one found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// How the window is drawn.
    pub theme: ThemeChoice,
    /// For how long it is kept what was seen in every frame.
    pub traces: TraceSettings,
    /// Where work waits, and how much of it is done here.
    pub jobs: JobSettings,
    /// How the camera of this computer is recorded.
    pub record: RecordSettings,
    /// For every stream that has no settings of its own.
    pub defaults: StreamSettings,
    /// Settings of single streams: user, then camera, both in lower case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub streams: BTreeMap<UserName, BTreeMap<CameraName, StreamSettings>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            save_dir: None,
            listen: SocketAddr::from(([0, 0, 0, 0], 8443)),
            camera: CameraChoice::Auto,
            camera_on: true,
            local_user: default_user(),
            address: None,
            theme: ThemeChoice::default(),
            traces: TraceSettings::default(),
            jobs: JobSettings::default(),
            record: RecordSettings::default(),
            defaults: StreamSettings::default(),
            streams: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// What holds for one stream.
    #[must_use]
    pub fn of_stream(&self, stream: &StreamId) -> &StreamSettings {
        self.streams.get(&stream.user).and_then(|cameras| cameras.get(&stream.camera)).unwrap_or(&self.defaults)
    }

    /// Whether every value is one that can be meant.
    ///
    /// # Errors
    /// The field, and what it may be.
    pub fn check(&self) -> Result<(), String> {
        self.record.check().map_err(|why| format!("record.{why}"))?;
        self.jobs.check().map_err(|why| format!("jobs.{why}"))?;
        self.defaults.check().map_err(|why| format!("defaults.{why}"))?;
        let streams = self.streams.iter().flat_map(|(user, cameras)| cameras.iter().map(move |own| (user, own)));
        for (user, (camera, own)) in streams {
            own.check().map_err(|why| format!("streams.{user}.{camera}.{why}"))?;
        }
        Ok(())
    }

    /// Gives a stream settings of its own.
    pub fn set_stream(&mut self, stream: &StreamId, settings: StreamSettings) {
        self.streams.entry(stream.user.clone()).or_default().insert(stream.camera.clone(), settings);
    }
}

/// The name that the operator is logged in under, where it can be a user's name.
fn default_user() -> UserName {
    ["USER", "USERNAME"]
        .iter()
        .filter_map(|variable| std::env::var(variable).ok())
        .find_map(|name| UserName::new(&name).ok())
        .unwrap_or_else(|| UserName::new("operator").expect("a plain word is a name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KeepRule;

    fn stream(user: &str, camera: &str) -> StreamId {
        StreamId { user: user.parse().unwrap(), camera: camera.parse().unwrap() }
    }

    #[test]
    fn settings_read_back_as_they_were_written() {
        let mut settings = Settings { save_dir: Some("frames".into()), ..Settings::default() };
        let own = StreamSettings { keep: KeepRule::All { every_secs: 5.0 }, ..StreamSettings::default() };
        settings.set_stream(&stream("Anna B", "front.door"), own);
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings, "{text}");
    }

    #[test]
    fn an_empty_file_is_all_defaults_and_a_misspelt_field_is_noticed() {
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
        let error = toml::from_str::<Settings>("save_dri = \"x\"").unwrap_err().to_string();
        assert!(error.contains("save_dri"), "{error}");
    }

    #[test]
    fn of_a_rule_what_is_left_out_is_as_documented_and_the_rest_must_make_sense() {
        let read = |text: &str| toml::from_str::<Settings>(text).map_err(|error| error.to_string());
        let keep = |text: &str| read(&format!("[defaults.keep]\n{text}")).map(|settings| settings.defaults.keep);
        assert_eq!(keep("mode = \"motion\""), Ok(KeepRule::Motion { per_second: 2.0 }));
        assert_eq!(keep("per_second = 5"), Ok(KeepRule::Motion { per_second: 5.0 }));
        assert_eq!(keep("mode = \"all\"\nevery_secs = 3"), Ok(KeepRule::All { every_secs: 3.0 }));
        for (text, word) in [
            ("mode = \"motion\"\nper_second = 2.0\nper_secnd = 1", "per_secnd"),
            ("mode = \"all\"", "every_secs"),
            ("every_secs = 3", "every_secs"),
            ("mode = \"some\"", "some"),
        ] {
            let error = keep(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(read("[[defaults.motion.zones]]\nkind = \"watch\"\npoints = []\ncolour = 1").is_err());
        for (text, word) in [
            ("[defaults.motion]\nsensitivity = 7", "defaults.motion.sensitivity is 7"),
            ("[defaults.motion]\nsmallest_area = nan", "smallest_area"),
            ("[streams.anna.front.event]\ngap_secs = -1", "streams.anna.front.event.gap_secs"),
            ("[defaults.keep]\nper_second = inf", "per_second"),
            ("[[defaults.motion.zones]]\nkind = \"watch\"\npoints = []", "zones"),
        ] {
            let error = read(text).unwrap().check().unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_stream_without_settings_of_its_own_follows_the_defaults() {
        let mut settings = Settings::default();
        let own = StreamSettings { keep: KeepRule::All { every_secs: 1.0 }, ..StreamSettings::default() };
        settings.set_stream(&stream("anna", "front"), own.clone());
        assert_eq!(settings.of_stream(&stream("ANNA", "Front")), &own);
        assert_eq!(settings.of_stream(&stream("ben", "front")), &settings.defaults);
    }
}
