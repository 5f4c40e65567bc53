//! The route table, docs/api.md and docs/openapi.yaml say the same.

use std::collections::BTreeSet;

use framekeep::access::Trouble;
use framekeep::domain::Verdict;
use framekeep::server::route::{ROUTES, Who};

const TEXT: &str = include_str!("../../docs/api.md");
const DESCRIPTION: &str = include_str!("../../docs/openapi.yaml");
const WORDS: &str = include_str!("../../web/words/en.js");
const ERRORS: &str = include_str!("../../src/server/error.rs");

type Addresses = BTreeSet<(String, String)>;

fn of_table() -> Addresses {
    // The plus of RFC 6570 says that slashes may stand there; OpenAPI does not know it.
    ROUTES.iter().map(|route| (route.method.to_owned(), route.path.replace("{+", "{"))).collect()
}

/// Operations of the description by their indentation: a path by two spaces, a method by four.
fn operations() -> Vec<(String, String, String)> {
    let paths = DESCRIPTION.split("\npaths:\n").nth(1).unwrap().split("\nsecurity:\n").next().unwrap();
    let (mut path, mut found) = (String::new(), Vec::<(String, String, String)>::new());
    for line in paths.lines() {
        let text = line.trim_start();
        match line.len() - text.len() {
            2 => text.trim_end_matches(':').clone_into(&mut path),
            4 => found.push((text.trim_end_matches(':').to_uppercase(), path.clone(), String::new())),
            _ => found.last_mut().unwrap().2.extend([text, "\n"]),
        }
    }
    found
}

#[test]
fn the_text_describes_every_route_and_no_other() {
    let headings = TEXT.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')?.split_once(' '));
    let described: Addresses = headings.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(described, of_table());
}

#[test]
fn the_description_holds_every_route_and_no_other() {
    let described: Addresses = operations().into_iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(described, of_table());
}

#[test]
fn the_description_says_of_each_route_what_it_does_and_who_may() {
    for route in ROUTES {
        let (method, path) = (route.method, route.path.replace("{+", "{"));
        let found = operations().into_iter().find(|(m, p, _)| m == method && *p == path).unwrap().2;
        let summary = found.lines().find_map(|line| line.strip_prefix("summary: ")).unwrap().trim_matches('"');
        assert_eq!(summary, route.summary);
        assert_eq!(found.contains("security: []"), route.who == Who::Anyone, "{method} {path}");
        assert_eq!(found.contains("For the operator alone."), route.who == Who::Operator, "{method} {path}");
        assert_eq!(found.contains("For the operator and viewers."), route.who == Who::Viewer, "{method} {path}");
    }
}

#[test]
fn every_verdict_stands_in_the_text_the_description_and_the_words_of_the_page() {
    for verdict in Verdict::ALL {
        let word = serde_json::to_value(verdict).unwrap();
        let word = word.as_str().unwrap();
        assert!(TEXT.contains(&format!("`{word}`")), "docs/api.md: {word}");
        let described =
            DESCRIPTION.lines().find_map(|line| line.trim().strip_prefix("verdict: {type: string, enum: ["));
        assert!(
            described.unwrap().trim_end_matches("]}").split(", ").any(|one| one == word),
            "docs/openapi.yaml: {word}"
        );
        assert!(WORDS.contains(&format!("\n    {word}: (")), "web/words/en.js: {word}");
    }
}

#[test]
fn every_trouble_of_a_joining_phone_stands_in_the_text() {
    for trouble in Trouble::ALL {
        let word = serde_json::to_value(trouble).unwrap();
        assert!(TEXT.contains(&format!("`{}`", word.as_str().unwrap())), "docs/api.md: {word}");
    }
}

#[test]
fn every_error_code_stands_in_the_text_and_the_reverse() {
    // In the source, a code is what follows the status: `(S::NOT_FOUND, "not_found", …`.
    let lines = ERRORS.split("S::").skip(1).filter_map(|rest| {
        let (status, rest) = rest.split_once(", \"")?;
        let plain = !status.is_empty() && status.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let code = rest.split('"').next()?;
        plain.then(|| code.to_owned())
    });
    let multiline = ERRORS.split("S::").skip(1).filter_map(|rest| {
        let (status, rest) = rest.split_once(",\n")?;
        let plain = !status.is_empty() && status.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let code = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        plain.then(|| code.to_owned())
    });
    let mut in_source: BTreeSet<String> = lines.chain(multiline).collect();
    // This one is the listener's.
    in_source.insert("too_slow".to_owned());
    let table = TEXT.split("| status | code | when |").nth(1).unwrap().split("\n## ").next().unwrap();
    let cells = table.lines().filter_map(|line| line.split('|').nth(2));
    let in_text: BTreeSet<String> =
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(ToOwned::to_owned).collect();
    assert_eq!(in_text, in_source);
}
