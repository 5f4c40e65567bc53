//! The few pages that the server writes itself. It knows that nothing from outside goes into a page unescaped.

use std::fmt::Write;

/// Text as it may stand in a page or in XML, between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A page in the language `lang`: a heading, paragraphs of plain text, and links (address, text).
pub fn page(lang: &str, title: &str, paragraphs: &[&str], links: &[(&str, &str)]) -> String {
    whole(lang, title, paragraphs, links, "")
}

/// A page in the language `lang` with one button, which a script presses at once: sends a form without fields to `to`.
pub fn pressing_on(lang: &str, title: &str, paragraph: &str, to: &str, button: &str) -> String {
    let (to, button) = (escape(to), escape(button));
    let form = format!(
        "<form method=\"post\" action=\"{to}\"><button class=\"button\">{button}</button></form>\n\
         <script src=\"/web/join.js\"></script>\n"
    );
    whole(lang, title, &[paragraph], &[], &form)
}

/// `more` is HTML and stands at the end.
fn whole(lang: &str, title: &str, paragraphs: &[&str], links: &[(&str, &str)], more: &str) -> String {
    let (lang, title) = (escape(lang), escape(title));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – Framekeep</title>\n<link rel=\"stylesheet\" href=\"/web/style.css\">\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n"
    );
    // Writing to a string cannot fail.
    for paragraph in paragraphs {
        let _ = writeln!(page, "<p>{}</p>", escape(paragraph));
    }
    for (address, text) in links {
        let _ = writeln!(page, "<p><a href=\"{}\">{}</a></p>", escape(address), escape(text));
    }
    page.push_str(more);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_a_tag() {
        let page = page("en", "<script>", &["\"><img src=x onerror=alert('1')>"], &[("/a\"b", "<b>")]);
        for bad in ["<script>", "<img", "<b>", "/a\"b"] {
            assert!(!page.contains(bad), "{page}");
        }
        assert!(page.contains("&#39;1&#39;"), "{page}");
    }
}
