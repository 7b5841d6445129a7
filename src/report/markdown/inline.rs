//! Code spans, links and folded sections.

use url::Url;

use crate::report::Shown;

/// Data within a line.
pub(crate) fn code(text: &Shown) -> String {
    let text = match text.as_str() {
        "" => "\"\"",
        text => text,
    };
    let fence = "`".repeat(longest_run(text) + 1);
    let is_tight = !text.starts_with(['`', ' ']) && !text.ends_with(['`', ' ']);
    let pad = if is_tight { "" } else { " " };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Data within a table, where a `|` would end the cell even in a code span.
pub(crate) fn cell(text: &Shown) -> String {
    code(text).replace('|', "\\|")
}

/// The length of the longest run of backticks.
pub(in crate::report) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A link to a web page; only the text if the address is not that of a web page.
pub(crate) fn link(text: &'static str, address: &str) -> String {
    let url = Url::parse(address).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        // After `?` and `#`, a URL may contain backticks; no linked page needs these parts.
        Some(mut url) if url.username().is_empty() && url.password().is_none() => {
            url.set_query(None);
            url.set_fragment(None);
            format!("[{text}](<{url}>)")
        }
        _ => text.to_owned(),
    }
}

/// A block that is folded behind its summary.
pub(crate) fn folded(summary: &'static str, block: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{block}\n</details>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_web_page_becomes_a_link() {
        for (address, expected) in [
            (
                "https://git.test/a/-/pipelines/1",
                "[here](<https://git.test/a/-/pipelines/1>)",
            ),
            (
                "https://git.test/`>)<script>\n\n/close?`#`",
                "[here](<https://git.test/%60%3E)%3Cscript%3E/close>)",
            ),
            ("javascript:alert(1)", "here"),
            ("https://me:secret@git.test/", "here"),
            ("/close", "here"),
        ] {
            assert_eq!(link("here", address), expected);
        }
    }
}
