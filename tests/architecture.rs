//! The walls hold: modules import only from floors below, outside crates stay in their homes, files open by saying what
//! they are for and stay small enough to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the ground up. Modules of one floor never import each other.
const FLOORS: [&[&str]; 10] = [
    &["domain"],
    &["motion", "codec", "scenes", "bus"],
    &["config", "ffmpeg", "store"],
    &["sources", "library", "access"],
    &["pipeline", "jobs"],
    &["intake", "video"],
    &["control"],
    &["desktop", "server"],
    &["runtime"],
    &["cli"],
];

/// Outside crates that are words of the language rather than parts of the program.
const ANYWHERE: [&str; 10] = [
    "arc_swap",
    "bytes",
    "crossbeam_channel",
    "libc",
    "serde",
    "serde_json",
    "tempfile",
    "thiserror",
    "tokio",
    "tracing",
];

/// All others and the only places that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("base64", &["access/secret.rs", "server"]),
    ("futures_util", &["server", "store"]),
    ("getrandom", &["access/secret.rs"]),
    ("http_body_util", &["server"]),
    ("image", &["codec"]),
    ("indicatif", &["cli/scan"]),
    ("epaint_default_fonts", &["video/clip/overlay.rs"]),
    ("jiff", &["cli/replay", "desktop/words.rs", "library/place.rs", "server/api", "video/clip"]),
    ("multer", &["server"]),
    ("prometheus_client", &["server/metrics.rs"]),
    ("rustls_pki_types", &["server/certificate"]),
    ("sha2", &["access/secret.rs", "library/clips", "library/place.rs", "library/recordings", "server"]),
    ("skrifa", &["video/clip/overlay.rs"]),
    ("toml", &["config"]),
    ("tracing_subscriber", &["cli/mod.rs"]),
    ("unicode_normalization", &["domain/name.rs"]),
    ("vello_cpu", &["video/clip/overlay.rs"]),
    ("x509_parser", &["server/certificate"]),
    ("object_store", &["store"]),
    ("redis", &["jobs/redis.rs"]),
    ("reqwest", &["store"]),
    ("zip", &["sources/files", "server/api/archive.rs"]),
    ("zune_core", &["codec"]),
    ("nokhwa", &["sources/webcam"]),
    ("v4l", &["sources/webcam"]),
    ("warp", &["server"]),
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("tokio_rustls", &["server", "store"]),
    ("governor", &["server"]),
    ("rust_embed", &["server"]),
    ("rcgen", &["server/certificate"]),
    ("eframe", &["desktop"]),
    ("egui", &["desktop"]),
    ("rfd", &["desktop"]),
    ("rusqlite", &["library"]),
    ("directories", &["config/paths.rs"]),
    ("if_addrs", &["config/addresses.rs"]),
    ("qrcode", &["control/invitation.rs"]),
    ("zune_jpeg", &["codec"]),
    ("jpeg_encoder", &["codec"]),
    ("libjpeg_turbo_rs", &["codec"]),
    ("fast_image_resize", &["codec"]),
    ("clap", &["cli"]),
];

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The code of a file without its comments: a link in a comment imports nothing.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The top-level modules that a file names by `crate::…`, also in `use crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        // `$crate::` and `some_crate::` are something else.
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(group_heads(group));
        } else {
            found.insert(word(rest));
        }
    }
    found.remove("");
    found
}

fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut start) = (0, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(word(group[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(word(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(source_root()).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn floors() -> BTreeMap<&'static str, usize> {
    FLOORS.iter().enumerate().flat_map(|(floor, modules)| modules.iter().map(move |module| (*module, floor))).collect()
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let code = "use crate::domain::Frame;\nuse crate::{bus, config::{Paths, Settings}, motion::Detector};\n$crate::x; let a = crate::codec::decode();";
    let expected: BTreeSet<String> =
        ["domain", "bus", "config", "motion", "codec"].iter().map(ToString::to_string).collect();
    assert_eq!(imports(code), expected);
}

#[test]
fn every_module_stands_on_a_floor() {
    let floors = floors();
    for path in rust_files(&source_root()) {
        let module = module_of(&path);
        assert!(
            module == "lib" || module == "main" || floors.contains_key(module.as_str()),
            "{module} stands on no floor; give it one in FLOORS"
        );
    }
}

#[test]
fn modules_import_only_from_floors_below() {
    let floors = floors();
    let mut wrong = Vec::new();
    for path in rust_files(&source_root()) {
        let module = module_of(&path);
        let Some(floor) = floors.get(module.as_str()) else { continue };
        for import in imports(&code(&path)) {
            let Some(other) = floors.get(import.as_str()) else { continue };
            if import != module && other >= floor {
                wrong.push(format!("{} (floor {floor}) imports {import} (floor {other})", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_homes() {
    let mut wrong = Vec::new();
    for path in rust_files(&source_root()) {
        let inside = path.strip_prefix(source_root()).unwrap().to_string_lossy().replace('\\', "/");
        let code = code(&path);
        // Unit tests make their own samples with whatever makes them.
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (name, homes) in HOMES {
            let used = names(code, name);
            let at_home = homes.iter().any(|home| inside == *home || inside.starts_with(home));
            if used && !at_home {
                wrong.push(format!("src/{inside} uses {name}, whose home is {homes:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether code names a crate: `name::…`, `use name;` or `use name as …`.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let inside = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
        !inside && (after.starts_with("::") || (before.ends_with("use ") && after.starts_with([';', ' '])))
    })
}

#[test]
fn the_reader_of_crates_sees_every_form() {
    for code in ["rfd::pick()", "use rfd::Dialog;", "use rfd as x;", "use rfd;", "let a = (rfd::A);"] {
        assert!(names(code, "rfd"), "{code}");
    }
    for code in ["crate::rfd::A", "let rfd = 1;", "my_rfd::A", "use rfdx::A;", "rfd.open()"] {
        assert!(!names(code, "rfd"), "{code}");
    }
}

#[test]
fn every_outside_crate_has_a_home_or_none() {
    let manifest: toml::Table = toml::from_str(include_str!("../Cargo.toml")).unwrap();
    let mut tables = vec![manifest["dependencies"].as_table().unwrap()];
    let of_targets = manifest["target"].as_table().unwrap().values();
    tables.extend(of_targets.map(|target| target["dependencies"].as_table().unwrap()));
    let crates = tables.into_iter().flat_map(toml::Table::keys).map(|name| name.replace('-', "_"));
    let known = |name: &str| ANYWHERE.contains(&name) || HOMES.iter().any(|(home, _)| *home == name);
    let homeless: Vec<String> = crates.filter(|name| !known(name)).collect();
    assert!(homeless.is_empty(), "give them one in HOMES: {homeless:?}");
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    for path in rust_files(&source_root()) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not open with a sentence about itself", path.display());
    }
}

#[test]
fn files_are_small_enough_to_read() {
    // Tests at the bottom of a file count as well: a promise that needs more of them earns a file of its own.
    const MOST_LINES: usize = 520;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&source_root()).into_iter().chain(rust_files(&root.join("tests")));
    let long: Vec<String> = files
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > MOST_LINES).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by what they own:\n{}", long.join("\n"));
}

#[test]
fn nothing_is_named_after_nothing() {
    for path in rust_files(&source_root()) {
        let stem = path.file_stem().unwrap().to_string_lossy().to_lowercase();
        let empty = ["util", "utils", "manager", "common", "helper", "helpers", "misc"];
        assert!(!empty.contains(&stem.as_str()), "{}: name it after its idea", path.display());
    }
}
