//! The documents are true: what they name exists, and what exists is named.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn documents() -> Vec<PathBuf> {
    let of = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect::<Vec<_>>()
    };
    let mut found = of(root());
    found.extend(of(&root().join("docs")));
    found.sort();
    assert!(found.len() > 5, "the documents were not found");
    found
}

/// Targets of `[text](target)`, `![text](target)` and `<img src="target">`.
fn links(text: &str) -> Vec<&str> {
    let plain = text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split(')').next());
    let pictures = text.match_indices(" src=\"").filter_map(|(at, start)| text[at + start.len()..].split('"').next());
    plain.chain(pictures).filter(|target| !target.contains(char::is_whitespace)).collect()
}

/// The anchor that a heading gets: lower case, spaces to hyphens, punctuation gone.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_module_of_the_architecture_exists_and_every_module_is_in_it() {
    let text = read("ARCHITECTURE.md");
    for path in text.split('`').filter(|word| word.starts_with("src/")) {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which is not there");
    }
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = format!("`src/{}/`", path.file_name().unwrap().to_string_lossy());
            assert!(text.contains(&name), "ARCHITECTURE.md does not name {name}");
        }
    }
}

#[test]
fn links_resolve() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            if link.starts_with("http://") || link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", document.display());
            if let Some(heading) = heading {
                let headings = fs::read_to_string(&target).unwrap();
                let found = headings
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line.trim_start_matches('#')) == heading);
                assert!(found, "{}: {link} names no heading", document.display());
            }
        }
    }
}

#[test]
fn the_readme_names_the_two_commands_and_they_are_there() {
    let readme = read("README.md");
    for command in ["scripts/run", "scripts/test"] {
        assert!(readme.contains(command), "README.md does not name {command}");
        assert!(root().join(command).exists(), "{command} is not there");
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let text = read("docs/settings.md");
    let settings = framekeep::config::Settings {
        save_dir: Some("x".into()),
        address: Some([127, 0, 0, 1].into()),
        ..framekeep::config::Settings::default()
    };
    let table: toml::Table = toml::from_str(&toml::to_string(&settings).unwrap()).unwrap();
    let (whole, of_streams) = text.split_once("## Of a stream").unwrap();
    let mut wrong = Vec::new();
    for (key, value) in &table {
        // These depend on the computer and the person; their row says in words how.
        let here = ["save_dir", "local_user", "address"].contains(&key.as_str());
        check(key, value, !here, whole, &mut wrong);
    }
    let traces = whole.split("Under `[traces]`").nth(1).expect("docs/settings.md has no [traces]");
    let jobs = whole.split("Under `[jobs]`").nth(1).expect("docs/settings.md has no [jobs]");
    for (key, value) in table["jobs"].as_table().unwrap() {
        check(key, value, true, jobs, &mut wrong);
    }
    for (key, value) in table["traces"].as_table().unwrap() {
        check(key, value, true, traces, &mut wrong);
    }
    for (name, value) in table["defaults"].as_table().unwrap() {
        let section = of_streams.split("Under `[").find(|section| section.starts_with(&format!("defaults.{name}]")));
        let section = section.unwrap_or_else(|| panic!("docs/settings.md has no [defaults.{name}]"));
        for (key, value) in value.as_table().unwrap() {
            check(key, value, true, section, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "docs/settings.md is not true of {wrong:#?}");
}

/// Looks the row of a setting up in its section and compares the default that it tells.
fn check(key: &str, value: &toml::Value, compared: bool, section: &str, wrong: &mut Vec<String>) {
    let Some(row) = section.lines().find(|row| row.starts_with(&format!("| `{key}` |"))) else {
        wrong.push(format!("{key}, which has no row"));
        return;
    };
    let told = row.split(" | ").nth(1).unwrap_or_default().trim().trim_matches('`');
    let same = match value {
        toml::Value::Table(_) => true,
        // Kept in 32 bits and written out in 64.
        toml::Value::Float(number) => told.parse::<f64>().is_ok_and(|told| (told - number).abs() < 1e-6),
        value => told == value.to_string(),
    };
    if compared && !same {
        wrong.push(format!("{key} = {value}, told as {told}"));
    }
}

#[test]
fn the_container_is_built_of_what_is_there() {
    let dockerfile = read("Dockerfile");
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let rust = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(dockerfile.contains(&format!("FROM rust:{rust}-")), "the Dockerfile builds with another Rust than {rust}");
    let own =
        dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|words| !words.contains("--from="));
    let copied: Vec<&str> = own
        .flat_map(|words| {
            let words: Vec<&str> = words.split(' ').filter(|word| !word.starts_with("--")).collect();
            words[..words.len() - 1].to_vec()
        })
        .collect();
    assert!(copied.len() > 5, "{copied:?}");
    let let_in = read(".dockerignore");
    for path in &copied {
        assert!(root().join(path).exists(), "the Dockerfile copies {path}, which is not there");
        let top = path.split('/').next().unwrap();
        assert!(let_in.lines().any(|line| line == format!("!{top}")), ".dockerignore keeps {path} out");
    }
    // What the program embeds when it is built is there as well.
    for top in ["assets", "docs", "web", "src", "benches", "Cargo.lock"] {
        assert!(copied.contains(&top), "the Dockerfile does not copy {top}");
    }
    for (path, code) in sources(&root().join("src")) {
        // Tests have samples of their own.
        let code = code.split("#[cfg(test)]").next().unwrap();
        for embedded in code.match_indices("include_").filter_map(|(at, _)| code[at..].split('"').nth(1)) {
            let top = path.parent().unwrap().join(embedded).canonicalize().ok();
            let Some(top) = top.as_deref().and_then(|path| path.strip_prefix(root()).ok()) else { continue };
            let top = top.components().next().unwrap().as_os_str().to_str().unwrap();
            assert!(copied.contains(&top), "{} embeds {embedded}, which the Dockerfile does not copy", path.display());
        }
    }
}

/// All Rust files below a folder, with what is in them.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                return sources(&path);
            }
            let is_test = path.ends_with("tests.rs");
            let code = fs::read_to_string(&path).ok().filter(|_| !is_test);
            code.map(|code| vec![(path, code)]).unwrap_or_default()
        })
        .collect()
}

#[test]
fn the_changelog_speaks_of_this_version() {
    assert!(read("CHANGELOG.md").contains(concat!("## ", env!("CARGO_PKG_VERSION"))));
}
